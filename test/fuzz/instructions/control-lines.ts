// Branches and jumps in a program: there and back, near and far. Where one went is left in a register, and so is what it linked,
// less where it was.
import type { Instance } from './instances.js'
import type { Temporaries } from './instruction-program.js'
import { instructionLine } from './instruction-program.js'

/** Farther than any branch; what a jump passes over is in the program. */
const farthest = 1 << 14

/** Undefined for an instruction that goes nowhere; empty where it is not tried. */
export function controlLines(instance: Instance, use: Temporaries): readonly string[] | undefined {
  const { instruction, operands } = instance.base
  const { target, far, rd = 0 } = operands
  const link = rd === 0 ? [] : [`sub x${rd}, x${rd}, x${use.address}`]
  if (instruction.name === 'jalr') return indirect(instance, use, link)
  const distance = target ?? far
  if (distance === undefined) return undefined
  return Math.abs(distance) > farthest ? [] : relative(instance, use, distance, link)
}

/** Adds 1 where it falls through, 2 where it is taken; all other instructions have four bytes. */
function relative(instance: Instance, use: Temporaries, distance: number, link: readonly string[]): readonly string[] {
  const path = `x${use.any}`
  const own = instance.lengthBytes
  const begin = [`li ${path}, 0`]
  const at = [`auipc x${use.address}, 0`, instructionLine(instance)]
  const end = ['4:', ...link, ...shown(use)]
  const pathAfter = (by: number): string => `addi ${path}, ${path}, ${by}`
  if (distance >= own + 8) {
    const between = distance - own - 8
    return [...begin, ...at, pathAfter(1), 'j 4f', `.zero ${between}`, pathAfter(2), ...end]
  }
  if (distance > -12) return []
  // From the target on: two instructions, what lies between, and the auipc.
  const between = -distance - 12
  return [...begin, 'j 3f', pathAfter(2), 'j 4f', `.zero ${between}`, '3:', ...at, pathAfter(1), ...end]
}

/** To the instruction after the next one; the lowest bit does not count. */
function indirect(instance: Instance, use: Temporaries, link: readonly string[]): readonly string[] {
  const { rs1 = 0, imm = 0 } = instance.base.operands
  if (rs1 === 0) return []
  const path = `x${use.any}`
  const target = 4 + 4 + 4 + instance.lengthBytes + 4 + (imm & 1)
  return [
    `li x${rs1}, ${target - imm}`,
    `auipc x${use.address}, 0`,
    `add x${rs1}, x${use.address}, x${rs1}`,
    `li ${path}, 2`,
    instructionLine(instance),
    `addi ${path}, ${path}, 1`,
    ...link,
    ...shown(use),
  ]
}

/** The path is written down like the flags are: it takes their place. */
function shown(use: Temporaries): readonly string[] {
  return [`csrw fcsr, x${use.any}`]
}
