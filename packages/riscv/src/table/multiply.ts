// M: multiplication and division. Division never traps: by zero the quotient is all ones and the remainder the
// dividend, and the most negative number by -1 is itself; `div_s` and its like are defined so.
//
// Source: RISC-V Unprivileged ISA, chapter 13.
import type { BinaryOperation } from '../expression.js'
import { binary, register, set, signed } from '../expression.js'
import type { Instruction } from '../instruction.js'
import { row } from '../instruction.js'

const rs1 = register('rs1')
const rs2 = register('rs2')
const match = (opcode: number, funct3: number): number => opcode | (funct3 << 12) | (1 << 25)

function multiplyRow(name: string, funct3: number, operation: BinaryOperation): Instruction {
  return row(name, ['m'], match(0x33, funct3), 'rd, rs1, rs2', [set(binary(operation, rs1, rs2))])
}

function wordRow(name: string, funct3: number, operation: BinaryOperation): Instruction {
  const value = binary(operation, signed('i32', rs1), signed('i32', rs2))
  return row(name, ['m'], match(0x3b, funct3), 'rd, rs1, rs2', [set(signed('x', value))], { xlens: [64] })
}

export const multiplyRows: readonly Instruction[] = [
  multiplyRow('mul', 0, 'mul'),
  multiplyRow('mulh', 1, 'mulh_ss'),
  multiplyRow('mulhsu', 2, 'mulh_su'),
  multiplyRow('mulhu', 3, 'mulh_uu'),
  multiplyRow('div', 4, 'div_s'),
  multiplyRow('divu', 5, 'div_u'),
  multiplyRow('rem', 6, 'rem_s'),
  multiplyRow('remu', 7, 'rem_u'),
  wordRow('mulw', 0, 'mul'),
  wordRow('divw', 4, 'div_s'),
  wordRow('divuw', 5, 'div_u'),
  wordRow('remw', 6, 'rem_s'),
  wordRow('remuw', 7, 'rem_u'),
]
