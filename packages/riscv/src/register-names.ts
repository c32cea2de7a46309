// The names of registers, of the CSRs that user code may touch, and of the values of small operands.
//
// Sources: RISC-V ELF psABI, chapter "Register Convention"; Unprivileged ISA, chapters 7, 8 and 20.

const xNames: readonly string[] = [
  ...['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1'],
  ...numbered('a', 0, 7),
  ...numbered('s', 2, 11),
  ...numbered('t', 3, 6),
]

const fNames: readonly string[] = [
  ...numbered('ft', 0, 7),
  ...numbered('fs', 0, 1),
  ...numbered('fa', 0, 7),
  ...numbered('fs', 2, 11),
  ...numbered('ft', 8, 11),
]

const csrNumbers: ReadonlyMap<string, number> = new Map([
  ['fflags', 0x001],
  ['frm', 0x002],
  ['fcsr', 0x003],
  ['cycle', 0xc00],
  ['time', 0xc01],
  ['instret', 0xc02],
  ...numbered('hpmcounter', 3, 31).map((name, index) => [name, 0xc03 + index] as const),
  ['cycleh', 0xc80],
  ['timeh', 0xc81],
  ['instreth', 0xc82],
  ...Array.from({ length: 29 }, (_, index) => [`hpmcounter${index + 3}h`, 0xc83 + index] as const),
])

/** The number of the high halves, which only RV32 has. */
const firstHighCounter = 0xc80

const roundingModes: readonly string[] = ['rne', 'rtz', 'rdn', 'rup', 'rmm', '', '', 'dyn']

export const dynamicRounding = 7

const xNumbers = numbersOf(xNames, 'x').set('fp', 8)
const fNumbers = numbersOf(fNames, 'f')
const csrNames: ReadonlyMap<number, string> = new Map([...csrNumbers].map(([name, number]) => [number, name]))

export function registerName(kind: 'x' | 'f', number: number): string {
  return (kind === 'x' ? xNames : fNames)[number] ?? `${kind}${number}`
}

/** By ABI name (a0, fa0, fp) or by number (x10, f10). */
export function registerNumber(kind: 'x' | 'f', name: string): number | undefined {
  return (kind === 'x' ? xNumbers : fNumbers).get(name)
}

/** Undefined where the CSR has no name, or none at this XLEN. */
export function csrName(number: number, xlen: 32 | 64): string | undefined {
  return xlen === 64 && number >= firstHighCounter ? undefined : csrNames.get(number)
}

export function csrNumber(name: string): number | undefined {
  return csrNumbers.get(name)
}

export function roundingName(mode: number): string {
  return roundingModes[mode] ?? ''
}

export function roundingMode(name: string): number | undefined {
  const mode = name === '' ? -1 : roundingModes.indexOf(name)
  return mode < 0 ? undefined : mode
}

/** A set out of input, output, reads and writes, as fence takes it: `rw`; none is `0`. */
export function fenceName(set: number): string {
  const letters = ['i', 'o', 'r', 'w'].filter((_, index) => (set & (8 >> index)) !== 0)
  return letters.length === 0 ? '0' : letters.join('')
}

export function fenceSet(name: string): number | undefined {
  if (name === '0') return 0
  if (!/^i?o?r?w?$/.test(name) || name === '') return undefined
  return Array.from(name).reduce((set, letter) => set | (8 >> 'iorw'.indexOf(letter)), 0)
}

function numbersOf(names: readonly string[], letter: string): Map<string, number> {
  return new Map(names.flatMap((name, number) => [[name, number] as const, [`${letter}${number}`, number] as const]))
}

function numbered(prefix: string, first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${first + index}`)
}
