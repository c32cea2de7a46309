// A row of the instruction table, and how rows are written. A row says what is fixed in the word, which operands are
// written in which order, and what the instruction does; a compressed row says which other instruction it stands for.
import type { Effect } from './expression.js'
import type { Operand } from './operand.js'
import { fieldMask, operandNamed } from './operand.js'

export type Xlen = 32 | 64

export type Extension = 'i' | 'm' | 'a' | 'f' | 'd' | 'c' | 'zicsr' | 'zifencei' | 'zba' | 'zbb' | 'zbs'

/** The instruction that a compressed one stands for; its operands by name, each a number or an operand of this one. */
export interface Expansion {
  readonly name: string
  readonly operands: Readonly<Record<string, number | string>>
}

export interface Instruction {
  readonly name: string
  /** All of them are needed. */
  readonly extensions: readonly Extension[]
  readonly xlens: readonly Xlen[]
  readonly lengthBytes: 2 | 4
  /** A word is this instruction if `(word & mask) === match`, as unsigned numbers, and no operand has its excluded value. */
  readonly match: number
  readonly mask: number
  /** Operands as they are written: `rd, imm(rs1)`. Words that name no operand stand for themselves: `sp`. */
  readonly syntax: string
  readonly operands: readonly Operand[]
  /** Operands and a value of each that makes it something else: mostly 0. */
  readonly excluded: Readonly<Record<string, number>>
  /** Undefined for a compressed instruction, which is what it expands to. */
  readonly effects: readonly Effect[] | undefined
  readonly expansion: Expansion | undefined
}

export const bothXlens: readonly Xlen[] = [32, 64]

interface RowOptions {
  readonly xlens?: readonly Xlen[]
  /** Operands of which 0 is excluded. */
  readonly nonzero?: readonly string[]
  readonly excluded?: Readonly<Record<string, number>>
}

/** A row for one XLEN or both. */
export function row(
  name: string,
  extensions: readonly Extension[],
  match: number,
  syntax: string,
  effects: readonly Effect[],
  { xlens = bothXlens, nonzero = [], excluded: others = {} }: RowOptions = {},
): Instruction {
  const operands = operandsOf(syntax)
  const mask = ~operands.reduce((bits, each) => bits | fieldMask(each), 0) >>> 0
  const excluded = { ...Object.fromEntries(nonzero.map((operand) => [operand, 0])), ...others }
  const parts = { name, extensions, xlens, match: match >>> 0, mask, syntax, operands, excluded }
  return { ...parts, lengthBytes: 4, effects, expansion: undefined }
}

/** A row of the compressed extension; `extensions` are those needed beside C. */
export function compressedRow(
  name: string,
  match: number,
  syntax: string,
  [expanded, operandMap]: readonly [name: string, operands: Readonly<Record<string, number | string>>],
  { extensions = [], ...options }: RowOptions & { readonly extensions?: readonly Extension[] } = {},
): Instruction {
  const written = row(name, ['c', ...extensions], match, syntax, [], options)
  const expansion = { name: expanded, operands: operandMap }
  return { ...written, mask: written.mask & 0xffff, lengthBytes: 2, effects: undefined, expansion }
}

/** Words of the syntax that are registers, not operands. */
const literals: ReadonlySet<string> = new Set(['sp'])

/** A syntax in its parts: operands, literal words, and punctuation. */
export function syntaxParts(syntax: string): readonly string[] {
  return syntax.match(/[a-z0-9']+|[(),]/g) ?? []
}

function operandsOf(syntax: string): readonly Operand[] {
  return syntaxParts(syntax)
    .filter((part) => /^[a-z]/.test(part) && !literals.has(part))
    .map(operandNamed)
}
