// Zba, Zbb and Zbs: shifted adds, counts, rotations, single bits.
//
// Source: RISC-V Unprivileged ISA, chapter 32 (B extension).
import type { BinaryOperation, Comparison, Value } from '../expression.js'
import {
  add,
  binary,
  compare,
  constant,
  immediate,
  register,
  select,
  set,
  signed,
  unary,
  unsigned,
} from '../expression.js'
import type { Extension, Instruction, Xlen } from '../instruction.js'
import { bothXlens, row } from '../instruction.js'

const rs1 = register('rs1')
const rs2 = register('rs2')
const rv64: readonly Xlen[] = [64]
const low = signed('i32', rs1)
const lowUnsigned = unsigned('x', low)

const opcode = { immediate: 0x13, immediate32: 0x1b, register: 0x33, register32: 0x3b }

function three(
  name: string,
  extension: Extension,
  [opcodeBits, funct3, funct7]: readonly [opcode: number, funct3: number, funct7: number],
  value: Value<'x'>,
): Instruction {
  const match = opcodeBits | (funct3 << 12) | (funct7 << 25)
  const xlens = opcodeBits === opcode.register32 ? rv64 : bothXlens
  return row(name, [extension], match, 'rd, rs1, rs2', [set(value)], { xlens })
}

/** One source; the upper twelve bits say which. */
function two(
  name: string,
  upper: number,
  opcodeBits: number,
  funct3: number,
  value: Value<'x'>,
  xlens: readonly Xlen[],
): Instruction {
  return row(name, ['zbb'], opcodeBits | (funct3 << 12) | (upper << 20), 'rd, rs1', [set(value)], { xlens })
}

/** Counts of five bits on RV32, of six on RV64. */
function countRows(
  name: string,
  extension: Extension,
  funct3: number,
  funct7: number,
  valueBy: (count: Value<'x'>) => Value<'x'>,
): readonly Instruction[] {
  const match = opcode.immediate | (funct3 << 12) | (funct7 << 25)
  return [
    row(name, [extension], match, 'rd, rs1, shamt5', [set(valueBy(immediate('shamt5')))], { xlens: [32] }),
    row(name, [extension], match, 'rd, rs1, shamt6', [set(valueBy(immediate('shamt6')))], { xlens: rv64 }),
  ]
}

// ---- Zba

function shiftedAdds(shift: 1 | 2 | 3): readonly Instruction[] {
  const shifted = (value: Value<'x'>): Value<'x'> => add(binary('shl', value, constant('x', shift)), rs2)
  return [
    three(`sh${shift}add`, 'zba', [opcode.register, 2 * shift, 0x10], shifted(rs1)),
    three(`sh${shift}add.uw`, 'zba', [opcode.register32, 2 * shift, 0x10], shifted(lowUnsigned)),
  ]
}

const addressRows: readonly Instruction[] = [
  ...([1, 2, 3] as const).flatMap(shiftedAdds),
  three('add.uw', 'zba', [opcode.register32, 0, 0x04], add(lowUnsigned, rs2)),
  row('slli.uw', ['zba'], 0x0800_101b, 'rd, rs1, shamt6', [set(binary('shl', lowUnsigned, immediate('shamt6')))], {
    xlens: rv64,
  }),
]

// ---- Zbb

const inverted = binary('xor', rs2, constant('x', -1))

function chosen(name: string, funct3: number, comparison: Comparison): Instruction {
  return three(name, 'zbb', [opcode.register, funct3, 0x05], select(compare(comparison, rs1, rs2), rs1, rs2))
}

function countRow(name: string, upper: number, operation: 'clz' | 'ctz' | 'popcnt'): readonly Instruction[] {
  return [
    two(name, upper, opcode.immediate, 1, unary(operation, rs1), bothXlens),
    two(`${name}w`, upper, opcode.immediate32, 1, unsigned('x', unary(operation, low)), rv64),
  ]
}

function rotation(name: string, funct3: number, operation: BinaryOperation): readonly Instruction[] {
  const ofWord = signed('x', binary(operation, low, signed('i32', rs2)))
  return [
    three(name, 'zbb', [opcode.register, funct3, 0x30], binary(operation, rs1, rs2)),
    three(`${name}w`, 'zbb', [opcode.register32, funct3, 0x30], ofWord),
  ]
}

/** Lets the lowest bit of each byte say whether any bit of the byte is set, then multiplies it over the byte. */
function orOfBytes(): Value<'x'> {
  const folded = [1, 2, 4].reduce<Value<'x'>>(
    (value, count) => binary('or', value, binary('shr_u', value, constant('x', count))),
    rs1,
  )
  const lowest = binary('and', folded, constant('x', 0x0101_0101_0101_0101n))
  return binary('mul', lowest, constant('x', 0xff))
}

/** Swaps neighbouring bytes, then neighbouring pairs, then (on RV64) the halves: always ends with a rotation by half. */
function reversedBytes(xlen: Xlen): Value<'x'> {
  const swapped = (value: Value<'x'>, count: number, mask: bigint): Value<'x'> => {
    const shift = constant('x', count)
    const kept = constant('x', mask)
    const down = binary('and', binary('shr_u', value, shift), kept)
    return binary('or', down, binary('shl', binary('and', value, kept), shift))
  }
  const pairs = swapped(rs1, 8, 0x00ff_00ff_00ff_00ffn)
  const words = xlen === 32 ? pairs : swapped(pairs, 16, 0x0000_ffff_0000_ffffn)
  return binary('rotl', words, constant('x', xlen / 2))
}

const basicRows: readonly Instruction[] = [
  three('andn', 'zbb', [opcode.register, 7, 0x20], binary('and', rs1, inverted)),
  three('orn', 'zbb', [opcode.register, 6, 0x20], binary('or', rs1, inverted)),
  three('xnor', 'zbb', [opcode.register, 4, 0x20], binary('xor', rs1, inverted)),
  ...countRow('clz', 0x600, 'clz'),
  ...countRow('ctz', 0x601, 'ctz'),
  ...countRow('cpop', 0x602, 'popcnt'),
  chosen('max', 6, 'ge_s'),
  chosen('maxu', 7, 'ge_u'),
  chosen('min', 4, 'lt_s'),
  chosen('minu', 5, 'lt_u'),
  two('sext.b', 0x604, opcode.immediate, 1, unary('extend8_s', rs1), bothXlens),
  two('sext.h', 0x605, opcode.immediate, 1, unary('extend16_s', rs1), bothXlens),
  two('zext.h', 0x080, opcode.register, 4, binary('and', rs1, constant('x', 0xffff)), [32]),
  two('zext.h', 0x080, opcode.register32, 4, binary('and', rs1, constant('x', 0xffff)), rv64),
  ...rotation('rol', 1, 'rotl'),
  ...rotation('ror', 5, 'rotr'),
  ...countRows('rori', 'zbb', 5, 0x30, (count) => binary('rotr', rs1, count)),
  row(
    'roriw',
    ['zbb'],
    0x6000_501b,
    'rd, rs1, shamt5',
    [set(signed('x', binary('rotr', low, signed('i32', immediate('shamt5')))))],
    { xlens: rv64 },
  ),
  two('orc.b', 0x287, opcode.immediate, 5, orOfBytes(), bothXlens),
  two('rev8', 0x698, opcode.immediate, 5, reversedBytes(32), [32]),
  two('rev8', 0x6b8, opcode.immediate, 5, reversedBytes(64), rv64),
]

// ---- Zbs

type OnBit = (index: Value<'x'>) => Value<'x'>

const one = constant('x', 1)
const bit = (index: Value<'x'>): Value<'x'> => binary('shl', one, index)

function singleBit(name: string, funct3: number, funct7: number, on: OnBit): readonly Instruction[] {
  return [
    three(name, 'zbs', [opcode.register, funct3, funct7], on(rs2)),
    ...countRows(`${name}i`, 'zbs', funct3, funct7, on),
  ]
}

const singleBitRows: readonly Instruction[] = [
  ...singleBit('bclr', 1, 0x24, (index) => binary('and', rs1, binary('xor', bit(index), constant('x', -1)))),
  ...singleBit('bext', 5, 0x24, (index) => binary('and', binary('shr_u', rs1, index), one)),
  ...singleBit('binv', 1, 0x34, (index) => binary('xor', rs1, bit(index))),
  ...singleBit('bset', 1, 0x14, (index) => binary('or', rs1, bit(index))),
]

export const bitManipulationRows: readonly Instruction[] = [...addressRows, ...basicRows, ...singleBitRows]
