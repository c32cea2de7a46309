// One measurement as one line, its number first, in columns that hold from area to area:
//
//    1.02x  <= 1.30x  ok      hot   one handle at its call site            2.01 ns handle, 1.97 ns bare export
export type Unit = 'x' | 'ns' | 'us' | 'ms' | 'KiB' | 'MB' | 'MB/s' | 'k/s' | 'M/s'
type Aim = { readonly atMost: number } | { readonly atLeast: number }

export interface Row {
  readonly value: number
  readonly unit: Unit
  /** In the unit of the value. */
  readonly aim?: Aim
  /** Cold: the first time in its thread, or in its process; hot: after V8 has optimized what there is. */
  readonly heat: 'hot' | 'cold'
  readonly what: string
  /** What the number was made from: whose it is, and how it was taken. */
  readonly figures: string
}

export function isMissed({ value, aim }: Row): boolean {
  if (aim === undefined) return false
  // Not the other way around: NaN reaches nothing.
  return 'atMost' in aim ? !(value <= aim.atMost) : !(value >= aim.atLeast)
}

export function formatRow(row: Row): string {
  const verdict = row.aim === undefined ? '' : isMissed(row) ? 'missed' : 'ok'
  const columns = [
    quantity(row.value, row.unit).padStart(9),
    formatAim(row).padEnd(11),
    verdict.padEnd(6),
    row.heat.padEnd(4),
    row.what.padEnd(56),
    row.figures,
  ]
  return columns.join('  ').trimEnd()
}

function formatAim({ aim, unit }: Row): string {
  if (aim === undefined) return ''
  return 'atMost' in aim ? `<= ${quantity(aim.atMost, unit)}` : `>= ${quantity(aim.atLeast, unit)}`
}

/** Three digits, as many as a busy machine is good for. */
export function quantity(value: number, unit: Unit): string {
  const size = Math.abs(value)
  const digits = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
  return unit === 'x' ? `${digits}x` : `${digits} ${unit}`
}
