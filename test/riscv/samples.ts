// A few words of every row of the instruction table: operands at their least and greatest, and in between.
import { encode } from '@worc/riscv'
import type { Decoded, Instruction, Operand } from '@worc/riscv'

/** The names that a sample's CSR may have are those that every tool knows, and one that nobody does. */
const csrs = [0x003, 0x8ff, 0xc00]
const roundings = [0, 7, 1]

export function samplesOf(instruction: Instruction): readonly Decoded[] {
  return [0, 1, 2].map((which) => ({
    instruction,
    operands: Object.fromEntries(
      instruction.operands.map((operand, index) => [operand.name, sampleValue(instruction, operand, which, index)]),
    ),
  }))
}

export function sampleWords(instructions: readonly Instruction[]): readonly number[] {
  return instructions.flatMap((instruction) => samplesOf(instruction).map(encode))
}

function sampleValue({ name, excluded }: Instruction, operand: Operand, which: number, index: number): number {
  const { kind, minimum, maximum, step } = operand
  if (kind === 'csr') return csrs[which] ?? 0
  if (kind === 'rounding' || kind === 'exact rounding') return roundings[which] ?? 0
  // To zero it is a hint that LLVM prints in a way of its own, to sp another instruction.
  if (name === 'c.lui' && operand.name === 'rd') return [1, maximum, 3][which] ?? 0
  const value = [minimum, maximum, minimum + step * (3 + 2 * index)][which] ?? 0
  return value === excluded[operand.name] ? value + step : value
}
