// From an address to a source line. Nothing is decoded before the first question, since most objects never trap. Debug
// information is advice, so a malformed unit costs its own lines only.
import type { JITErrorData } from '@worc/protocol'
import { DebugReader } from './debug-reader.js'
import { textAt } from './debug-sections.js'
import type { LineSections, StringPlace } from './debug-sections.js'
import { runLineUnit } from './line-program.js'
import type { LineRow, LineSequence, LineUnitFiles } from './line-program.js'
import { reading } from './malformed.js'

/**
 * `line` and `column` count from 1; column 0 means unknown. `file` is absolute where the compiler recorded its
 * directory.
 */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface AddressLines {
  /** `address` is in the numbers that the sections were relocated to. Undefined where no line is recorded. */
  lookup(address: number): SourceLocation | undefined
  /** The first thing that was malformed, if any was. */
  problem(): JITErrorData | undefined
}

/** The lines of one object, whose sections `sections` makes when they are first needed. */
export function addressLines(sections: () => LineSections): AddressLines {
  let decoded: Decoded | undefined
  const table = (): Decoded => (decoded ??= decode(sections()))
  return {
    lookup(address) {
      const { sequences } = table()
      const sequence = lastAtOrBelow(sequences, address, startOf)
      if (sequence === undefined || address >= sequence.end) return undefined
      const row = lastAtOrBelow(sequence.rows, address, addressOf)
      // Line 0 is code that belongs to no line.
      if (row === undefined || row.line === 0) return undefined
      return { file: pathOf(sequence.unit, row.file), line: row.line, column: row.column }
    },
    problem: () => table().problem,
  }
}

interface Decoded {
  /** Ascending by start. */
  readonly sequences: readonly LineSequence[]
  readonly problem: JITErrorData | undefined
}

function decode(sections: LineSections): Decoded {
  const sequences: LineSequence[] = []
  const lines = sections['.debug_line']
  const reader = new DebugReader(lines, 0, lines.length, '.debug_line')
  let problem: JITErrorData | undefined
  while (!reader.atEnd) {
    const unit = reading(() => reader.unit('line table unit'))
    const outcome = unit.ok ? reading(() => runLineUnit(unit.value, sections, sequences)) : unit
    if (!outcome.ok) problem ??= outcome.error
    if (!unit.ok) break
  }
  sequences.sort((a, b) => a.start - b.start)
  return { sequences, problem }
}

function startOf(sequence: LineSequence): number {
  return sequence.start
}

function addressOf(row: LineRow): number {
  return row.address
}

/** Binary search in a list that ascends by `key`. */
function lastAtOrBelow<T>(list: readonly T[], limit: number, key: (item: T) => number): T | undefined {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = list[middle]
    if (item !== undefined && key(item) <= limit) low = middle + 1
    else high = middle
  }
  return list[low - 1]
}

function pathOf(unit: LineUnitFiles, fileIndex: number): string {
  const file = unit.files[fileIndex]
  const name = textOf(file?.name)
  if (isAbsolute(name)) return name
  const directory = textOf(unit.directories[file?.directory ?? 0])
  const compilationDirectory = textOf(unit.directories[0])
  if (directory === '' || isAbsolute(directory)) return joined(directory, name)
  return joined(directory === compilationDirectory ? '' : compilationDirectory, joined(directory, name))
}

function textOf(place: StringPlace | undefined): string {
  return place === undefined ? '' : textAt(place)
}

function joined(directory: string, name: string): string {
  if (directory === '') return name
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
}
