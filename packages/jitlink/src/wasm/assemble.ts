// Function bodies that the linker writes itself, from a list of instructions by their names in the specification.
import { instructionCode } from '@worc/wasm'
import type { ByteWriter } from '@worc/wasm'

export type Instruction = readonly [name: string, ...immediates: number[]]

/** The block type of a block without parameters and results, as the signed LEB it is. */
export const noResult = -64

const signedImmediates: ReadonlySet<string> = new Set(['i32.const', 'i64.const', 'block', 'loop', 'if'])
const i32Type = 0x7f

/** The body of a function with this many locals, all i32, beside its parameters; the final `end` is added. */
export function assemble(code: ByteWriter, i32LocalCount: number, instructions: readonly Instruction[]): void {
  code.u32(i32LocalCount === 0 ? 0 : 1)
  if (i32LocalCount > 0) {
    code.u32(i32LocalCount)
    code.u8(i32Type)
  }
  for (const [name, ...immediates] of instructions) {
    code.opcode(instructionCode(name))
    for (const immediate of immediates) {
      if (signedImmediates.has(name)) code.s32(immediate | 0)
      else code.u32(immediate)
    }
  }
  code.opcode(instructionCode('end'))
}

/** Pushes all parameters. */
export function forwardParameters(count: number): readonly Instruction[] {
  return Array.from({ length: count }, (_, index) => ['local.get', index] as const)
}
