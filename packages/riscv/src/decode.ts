// Words to instructions. Rows that could match are found by the bits in which most of them differ (opcode and funct3; the
// quadrant and funct3 of a compressed one) and tried from the most specific to the least.
import type { Instruction, Xlen } from './instruction.js'
import type { Isa } from './isa.js'
import { fullIsa, instructionsOf } from './isa.js'
import type { Operand } from './operand.js'
import { extract, insert } from './operand.js'

/** An instruction with the values of its operands by name. */
export interface Decoded {
  readonly instruction: Instruction
  readonly operands: Readonly<Record<string, number>>
}

export interface Decoder {
  /**
   * The instruction that begins with these 32 bits (as a number of either sign), of which only the lower 16 count where
   * they are a compressed one. Undefined: illegal or reserved.
   */
  decode(word: number): Decoded | undefined
  /** The base instruction that a compressed one stands for; any other is itself. */
  expand(decoded: Decoded): Decoded
}

/** Two bits at the bottom tell the lengths apart: longer ones than 32 bits have no rows. */
export function lengthOf(word: number): 2 | 4 {
  return (word & 3) === 3 ? 4 : 2
}

const decoders = new Map<Xlen, Decoder>()

/** Of all there is for that width; made when first asked for. */
export function decoderFor(xlen: Xlen): Decoder {
  const known = decoders.get(xlen)
  if (known !== undefined) return known
  const made = createDecoder(fullIsa(xlen))
  decoders.set(xlen, made)
  return made
}

export function createDecoder(isa: Isa): Decoder {
  const rows = instructionsOf(isa)
  const buckets = bucketsOf(rows)
  const baseRows = new Map(rows.filter(({ expansion }) => expansion === undefined).map((row) => [row.name, row]))
  return {
    decode(word) {
      const bits = lengthOf(word) === 4 ? word >>> 0 : word & 0xffff
      const row = buckets[bucketOf(bits)]?.find((candidate) => matches(candidate, bits))
      return row === undefined ? undefined : { instruction: row, operands: operandsOf(row, bits) }
    },
    expand(decoded) {
      const { expansion } = decoded.instruction
      if (expansion === undefined) return decoded
      const base = baseRows.get(expansion.name)
      if (base === undefined)
        throw new Error(`${decoded.instruction.name} expands to ${expansion.name}, which is no row`)
      return { instruction: base, operands: expandedOperands(decoded, expansion.operands) }
    },
  }
}

function expandedOperands(
  { operands }: Decoded,
  sources: Readonly<Record<string, number | string>>,
): Readonly<Record<string, number>> {
  const valueOf = (source: number | string): number => (typeof source === 'number' ? source : (operands[source] ?? 0))
  return Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, valueOf(source)]))
}

/** The word of an instruction whose operands all are encodable. */
export function encode({ instruction, operands }: Decoded): number {
  return (
    instruction.operands.reduce((word, each) => word | insert(each, operands[each.name] ?? 0), instruction.match) >>> 0
  )
}

// ---- buckets

/** Opcode and funct3 of a long instruction; of a short one its lowest two bits and its highest three. */
function bucketOf(bits: number): number {
  return (bits & 3) === 3 ? (bits & 0x7f) | ((bits >>> 5) & 0x380) : (bits & 3) | ((bits >>> 11) & 0x1c)
}

function bucketsOf(rows: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const sorted = rows.toSorted((a, b) => fixedBits(b) - fixedBits(a))
  return Array.from({ length: 0x400 }, (_, bucket) => {
    const isLong = (bucket & 3) === 3
    const sample = isLong ? (bucket & 0x7f) | ((bucket & 0x380) << 5) : (bucket & 3) | ((bucket & 0x1c) << 11)
    const known = isLong ? 0x707f : 0xe003
    return sorted.filter(
      ({ lengthBytes, match, mask }) => lengthBytes === (isLong ? 4 : 2) && ((sample ^ match) & mask & known) === 0,
    )
  })
}

/** How many bits of the word the row fixes; requirements on its operands make it more specific still. */
function fixedBits({ mask, excluded }: Instruction): number {
  let count = Object.keys(excluded).length / 8
  for (let rest = mask; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++
  return count
}

function matches({ mask, match, operands, excluded }: Instruction, bits: number): boolean {
  if ((bits & mask) >>> 0 !== match) return false
  return operands.every((operand) => {
    const value = extract(operand, bits)
    return value !== excluded[operand.name] && !isReserved(operand, value)
  })
}

/** Rounding modes 5 and 6 are nobody's. */
function isReserved({ kind }: Operand, value: number): boolean {
  return (kind === 'rounding' || kind === 'exact rounding') && (value === 5 || value === 6)
}

function operandsOf({ operands }: Instruction, bits: number): Readonly<Record<string, number>> {
  return Object.fromEntries(operands.map((operand) => [operand.name, extract(operand, bits)]))
}
