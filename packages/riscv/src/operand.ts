// The operands of instructions: where each lies in the word, which values it takes, and what it means to an assembler.
// A field's place is written as the manual draws it: from a bit of the word downwards, the bits of the value that lie
// there, `12|10:5`. Values are numbers: a register's number, an immediate as the assembler spells it (a branch to
// itself is 0, `lui`'s operand counts 4096s).
//
// Source: RISC-V Unprivileged ISA, chapters 2 (formats) and 28 (compressed formats).

export type OperandKind =
  'x' | 'f' | 'signed' | 'unsigned' | 'upper' | 'shift' | 'target' | 'csr' | 'rounding' | 'exact rounding' | 'fence'

export interface Operand {
  readonly name: string
  readonly kind: OperandKind
  /** From the value's bits to the word's, lowest value bits last as drawn. */
  readonly pieces: readonly Piece[]
  readonly isSigned: boolean
  /** What the encoded number 0 stands for: 8 in the three-bit register fields. */
  readonly bias: number
  readonly minimum: number
  readonly maximum: number
  /** Values are multiples of it. */
  readonly step: number
}

interface Piece {
  readonly wordBit: number
  readonly valueBit: number
  readonly bitCount: number
}

/** A part of the drawing: the word's bit at which it begins, and the value's bits from there down. */
type Part = readonly [topBit: number, bits: string]

function operand(name: string, kind: OperandKind, parts: readonly Part[], signedness: 'signed' | 'unsigned'): Operand {
  const pieces = parts.flatMap(piecesOf)
  const top = Math.max(...pieces.map(({ valueBit, bitCount }) => valueBit + bitCount))
  const step = 2 ** Math.min(...pieces.map(({ valueBit }) => valueBit))
  const isSigned = signedness === 'signed'
  const minimum = isSigned ? -(2 ** (top - 1)) : 0
  const maximum = (isSigned ? 2 ** (top - 1) : 2 ** top) - step
  return { name, kind, pieces, isSigned, bias: 0, minimum, maximum, step }
}

function piecesOf([topBit, bits]: Part): readonly Piece[] {
  let next = topBit + 1
  return bits.split('|').map((range) => {
    const [high = 0, low = high] = range.split(':').map(Number)
    const bitCount = high - low + 1
    next -= bitCount
    return { wordBit: next, valueBit: low, bitCount }
  })
}

function register(name: string, kind: 'x' | 'f', topBit: number): Operand {
  return operand(name, kind, [[topBit, '4:0']], 'unsigned')
}

/** x8 to x15, or f8 to f15. */
function shortRegister(name: string, kind: 'x' | 'f', topBit: number): Operand {
  return { ...operand(name, kind, [[topBit, '2:0']], 'unsigned'), bias: 8, minimum: 8, maximum: 15 }
}

/** By the names that the syntax of an instruction uses. An apostrophe marks the compressed formats' short registers. */
const operandList: readonly Operand[] = [
  register('rd', 'x', 11),
  register('rs1', 'x', 19),
  register('rs2', 'x', 24),
  register('fd', 'f', 11),
  register('fs1', 'f', 19),
  register('fs2', 'f', 24),
  register('fs3', 'f', 31),
  operand('imm', 'signed', [[31, '11:0']], 'signed'),
  operand(
    'offset',
    'signed',
    [
      [31, '11:5'],
      [11, '4:0'],
    ],
    'signed',
  ),
  operand(
    'target',
    'target',
    [
      [31, '12|10:5'],
      [11, '4:1|11'],
    ],
    'signed',
  ),
  operand('far', 'target', [[31, '20|10:1|11|19:12']], 'signed'),
  operand('upper', 'upper', [[31, '19:0']], 'signed'),
  operand('shamt5', 'shift', [[24, '4:0']], 'unsigned'),
  operand('shamt6', 'shift', [[25, '5:0']], 'unsigned'),
  operand('csr', 'csr', [[31, '11:0']], 'unsigned'),
  operand('uimm', 'unsigned', [[19, '4:0']], 'unsigned'),
  operand('pred', 'fence', [[27, '3:0']], 'unsigned'),
  operand('succ', 'fence', [[23, '3:0']], 'unsigned'),
  operand('rm', 'rounding', [[14, '2:0']], 'unsigned'),
  operand('exact', 'exact rounding', [[14, '2:0']], 'unsigned'),

  // Compressed. rs1' is also the destination of two-operand arithmetic.
  register('r2', 'x', 6),
  register('f2', 'f', 6),
  shortRegister("rd'", 'x', 4),
  shortRegister("rs1'", 'x', 9),
  shortRegister("rs2'", 'x', 4),
  shortRegister("fd'", 'f', 4),
  shortRegister("fs2'", 'f', 4),
  ...compressedImmediates(),
]

function compressedImmediates(): readonly Operand[] {
  const two = (name: string, kind: OperandKind, high: string, low: string, sign: 'signed' | 'unsigned'): Operand =>
    operand(
      name,
      kind,
      [
        [12, high],
        [6, low],
      ],
      sign,
    )
  return [
    two('imm6', 'signed', '5', '4:0', 'signed'),
    two('shamt', 'shift', '5', '4:0', 'unsigned'),
    operand('shamt5c', 'shift', [[6, '4:0']], 'unsigned'),
    two('upper6', 'upper', '5', '4:0', 'signed'),
    two('imm16sp', 'signed', '9', '4|6|8:7|5', 'signed'),
    operand('imm4spn', 'unsigned', [[12, '5:4|9:6|2|3']], 'unsigned'),
    two('offset4', 'unsigned', '5:3', '2|6', 'unsigned'),
    two('offset8', 'unsigned', '5:3', '7:6', 'unsigned'),
    two('load4sp', 'unsigned', '5', '4:2|7:6', 'unsigned'),
    two('load8sp', 'unsigned', '5', '4:3|8:6', 'unsigned'),
    operand('store4sp', 'unsigned', [[12, '5:2|7:6']], 'unsigned'),
    operand('store8sp', 'unsigned', [[12, '5:3|8:6']], 'unsigned'),
    two('target8', 'target', '8|4:3', '7:6|2:1|5', 'signed'),
    operand('far11', 'target', [[12, '11|4|9:8|10|6|7|3:1|5']], 'signed'),
  ]
}

const operands: ReadonlyMap<string, Operand> = new Map(operandList.map((each) => [each.name, each]))

/** An unknown name is a program error. */
export function operandNamed(name: string): Operand {
  const found = operands.get(name)
  if (found === undefined) throw new Error(`no operand is called "${name}"`)
  return found
}

/** The bits of the word that the operand lies in. */
export function fieldMask({ pieces }: Operand): number {
  return pieces.reduce((mask, { wordBit, bitCount }) => mask | ((2 ** bitCount - 1) << wordBit), 0) >>> 0
}

export function extract({ pieces, isSigned, bias }: Operand, word: number): number {
  let value = 0
  let top = 0
  for (const { wordBit, valueBit, bitCount } of pieces) {
    value |= ((word >>> wordBit) & (2 ** bitCount - 1)) << valueBit
    top = Math.max(top, valueBit + bitCount)
  }
  return isSigned ? (value << (32 - top)) >> (32 - top) : value + bias
}

/** The word's bits for a value that `isEncodable`. */
export function insert({ pieces, bias }: Operand, value: number): number {
  const bits = value - bias
  return pieces.reduce(
    (word, { wordBit, valueBit, bitCount }) => word | (((bits >>> valueBit) & (2 ** bitCount - 1)) << wordBit),
    0,
  )
}

export function isEncodable({ minimum, maximum, step }: Operand, value: number): boolean {
  return Number.isInteger(value) && value >= minimum && value <= maximum && value % step === 0
}
