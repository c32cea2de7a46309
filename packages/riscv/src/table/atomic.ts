// A: load-reserved, store-conditional, and read-modify-write. Each comes in four orderings, which differ in name and in
// two bits only: WebAssembly's atomics are sequentially consistent, which is as much as .aqrl asks for.
//
// Source: RISC-V Unprivileged ISA, chapter 14.
import type { AtomicOperation, Effect } from '../expression.js'
import { atomic, loadReserved, register, set, signed, storeConditional, unsigned } from '../expression.js'
import type { Instruction } from '../instruction.js'
import { bothXlens, row } from '../instruction.js'

const rs1 = register('rs1')
const rs2 = register('rs2')

const orderings: readonly (readonly [suffix: string, bits: number])[] = [
  ['', 0],
  ['.rl', 1],
  ['.aq', 2],
  ['.aqrl', 3],
]

type Word = 'i32' | 'i64'

function atomicRows(
  name: string,
  funct5: number,
  syntax: string,
  effectOn: (word: Word) => Effect,
): readonly Instruction[] {
  return (['i32', 'i64'] as const).flatMap((word) =>
    orderings.map(([ordering, bits]) => {
      const [suffix, funct3] = word === 'i32' ? ['.w', 2] : ['.d', 3]
      const match = 0x2f | (funct3 << 12) | (bits << 25) | (funct5 << 27)
      const xlens = word === 'i32' ? bothXlens : ([64] as const)
      return row(`${name}${suffix}${ordering}`, ['a'], match, syntax, [effectOn(word)], { xlens })
    }),
  )
}

function readModifyWriteRows(name: string, funct5: number, operation: AtomicOperation): readonly Instruction[] {
  return atomicRows(name, funct5, 'rd, rs2, (rs1)', (word) =>
    set(signed('x', atomic(operation, rs1, signed(word, rs2)))),
  )
}

export const atomicRowsOfA: readonly Instruction[] = [
  ...atomicRows('lr', 0x02, 'rd, (rs1)', (word) => set(signed('x', loadReserved(word, rs1)))),
  ...atomicRows('sc', 0x03, 'rd, rs2, (rs1)', (word) => set(unsigned('x', storeConditional(rs1, signed(word, rs2))))),
  ...readModifyWriteRows('amoswap', 0x01, 'swap'),
  ...readModifyWriteRows('amoadd', 0x00, 'add'),
  ...readModifyWriteRows('amoxor', 0x04, 'xor'),
  ...readModifyWriteRows('amoand', 0x0c, 'and'),
  ...readModifyWriteRows('amoor', 0x08, 'or'),
  ...readModifyWriteRows('amomin', 0x10, 'min_s'),
  ...readModifyWriteRows('amomax', 0x14, 'max_s'),
  ...readModifyWriteRows('amominu', 0x18, 'min_u'),
  ...readModifyWriteRows('amomaxu', 0x1c, 'max_u'),
]
