// Zicsr and Zifencei: control and status registers, and the fence between stores and fetches.
//
// Source: RISC-V Unprivileged ISA, chapters 6 and 7.
import { csr, immediate, register, set } from '../expression.js'
import type { Value } from '../expression.js'
import type { Instruction } from '../instruction.js'
import { row } from '../instruction.js'

/** Six rows in two threes: the value is a register's, or five bits of the instruction. */
function csrRows(value: Value<'x'>, source: string, suffix: string, funct3: number): readonly Instruction[] {
  const csrRow = (name: string, number: number, effect: Value<'x'>): Instruction =>
    row(`${name}${suffix}`, ['zicsr'], 0x73 | ((funct3 + number) << 12), `rd, csr, ${source}`, [set(effect)])
  return [
    csrRow('csrrw', 1, csr('write', value, { reads: 'rd' })),
    csrRow('csrrs', 2, csr('set', value, { writes: source })),
    csrRow('csrrc', 3, csr('clear', value, { writes: source })),
  ]
}

export const controlRegisterRows: readonly Instruction[] = [
  ...csrRows(register('rs1'), 'rs1', '', 0),
  ...csrRows(immediate('uimm'), 'uimm', 'i', 4),
  row('fence.i', ['zifencei'], 0x100f, '', [{ kind: 'fence', orders: 'instructions' }]),
]
