// The compressed form of an instruction, found by reading the rows of C backwards: a row fits if what it expands to is the
// instruction. Forms that are hints do nothing and are never chosen.
import type { Decoded } from './decode.js'
import type { Instruction } from './instruction.js'
import { isEncodable } from './operand.js'

/** The first of these compressed rows that stands for the instruction; undefined if none does. */
export function compress(decoded: Decoded, compressedRows: readonly Instruction[]): Decoded | undefined {
  for (const { instruction, operands } of equivalents(decoded))
    for (const row of compressedRows) {
      if (row.expansion?.name !== instruction.name) continue
      const bound = bind(row, row.expansion.operands, operands)
      if (bound !== undefined && !isHint(row, bound)) return { instruction: row, operands: bound }
    }
  return undefined
}

/** The values of a compressed row's operands that make it expand to these; undefined where none do. */
function bind(
  row: Instruction,
  sources: Readonly<Record<string, number | string>>,
  operands: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> | undefined {
  const bound: Record<string, number> = {}
  for (const [name, source] of Object.entries(sources)) {
    const value = operands[name] ?? 0
    if (typeof source === 'string') bound[source] ??= value
    if ((typeof source === 'string' ? bound[source] : source) !== value) return undefined
  }
  const fits = row.operands.every((operand) => {
    const value = bound[operand.name] ?? 0
    return isEncodable(operand, value) && value !== row.excluded[operand.name]
  })
  return fits ? bound : undefined
}

/** An instruction that writes nothing, or what was there already. */
function isHint({ name, operands: written }: Instruction, operands: Readonly<Record<string, number>>): boolean {
  if (name === 'c.nop') return written.length > 0
  const writesNothing = operands['rd'] === 0 && name !== 'c.jr' && name !== 'c.jalr'
  return writesNothing || name.endsWith('64') || (name === 'c.addi' && operands['imm6'] === 0)
}

const commutative: ReadonlySet<string> = new Set(['add', 'addw', 'and', 'or', 'xor'])

/** Itself, and what does the same: sources exchanged, a sum with zero as a move, a small constant in any width. */
function equivalents(decoded: Decoded): readonly Decoded[] {
  const { instruction, operands } = decoded
  const { rd = 0, rs1 = 0, rs2 = 0, imm = 0 } = operands
  if (commutative.has(instruction.name))
    return [decoded, { instruction, operands: { ...operands, rs1: rs2, rs2: rs1 } }]
  if (instruction.name === 'addiw' && rs1 === 0 && rd !== 0)
    return [decoded, { instruction: { ...instruction, name: 'addi' }, operands }]
  if (instruction.name !== 'addi' || imm !== 0 || rs1 === 0) return [decoded]
  const sum = { ...instruction, name: 'add' }
  return [decoded, { instruction: sum, operands: { rd, rs1: 0, rs2: rs1 } }]
}
