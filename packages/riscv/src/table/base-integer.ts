// RV32I and RV64I: arithmetic, loads, stores, control flow.
//
// Source: RISC-V Unprivileged ISA, chapters 2 and 4, and the opcode map of chapter 35.
import type { BinaryOperation, Comparison, Effect, Value, Width } from '../expression.js'
import {
  add,
  binary,
  branch,
  compare,
  constant,
  immediate,
  jump,
  load,
  nextPc,
  pc,
  register,
  set,
  signed,
  store,
  unsigned,
} from '../expression.js'
import type { Instruction, Xlen } from '../instruction.js'
import { bothXlens, row } from '../instruction.js'

const rs1 = register('rs1')
const rs2 = register('rs2')
const imm = immediate('imm')
const offset = immediate('offset')

const opcode = { load: 0x03, fence: 0x0f, opImm: 0x13, auipc: 0x17, opImm32: 0x1b, store: 0x23, op: 0x33, lui: 0x37 }
const opcode32 = 0x3b
const opcodeBranch = 0x63
const opcodeJalr = 0x67
const opcodeJal = 0x6f
const opcodeSystem = 0x73

function integer(
  name: string,
  match: number,
  syntax: string,
  effects: readonly Effect[],
  xlens = bothXlens,
): Instruction {
  return row(name, ['i'], match, syntax, effects, { xlens })
}

const rv64: readonly Xlen[] = [64]

/** rd = rs1 op rs2. */
function registerRow(name: string, funct3: number, funct7: number, value: Value<'x'>): Instruction {
  return integer(name, opcode.op | (funct3 << 12) | (funct7 << 25), 'rd, rs1, rs2', [set(value)])
}

function immediateRow(name: string, funct3: number, value: Value<'x'>): Instruction {
  return integer(name, opcode.opImm | (funct3 << 12), 'rd, rs1, imm', [set(value)])
}

/** A shift by a constant has a count of five bits on RV32 and of six on RV64. */
function shiftRows(name: string, funct3: number, upper: number, operation: BinaryOperation): readonly Instruction[] {
  const match = opcode.opImm | (funct3 << 12) | (upper << 25)
  const by = (count: string): readonly Effect[] => [set(binary(operation, rs1, immediate(count)))]
  return [
    integer(name, match, 'rd, rs1, shamt5', by('shamt5'), [32]),
    integer(name, match, 'rd, rs1, shamt6', by('shamt6'), rv64),
  ]
}

/** The 32-bit operations of RV64: on the low halves, with a sign-extended result. */
function wordRow(name: string, funct3: number, funct7: number, operation: BinaryOperation): Instruction {
  const value = binary(operation, signed('i32', rs1), signed('i32', rs2))
  const match = opcode32 | (funct3 << 12) | (funct7 << 25)
  return integer(name, match, 'rd, rs1, rs2', [set(signed('x', value))], rv64)
}

function wordShiftRow(name: string, funct3: number, funct7: number, operation: BinaryOperation): Instruction {
  const value = binary(operation, signed('i32', rs1), signed('i32', immediate('shamt5')))
  const match = opcode.opImm32 | (funct3 << 12) | (funct7 << 25)
  return integer(name, match, 'rd, rs1, shamt5', [set(signed('x', value))], rv64)
}

function loadRow(name: string, funct3: number, width: Width, isSigned: boolean, xlens = bothXlens): Instruction {
  const value = load('x', width, isSigned, add(rs1, imm))
  return integer(name, opcode.load | (funct3 << 12), 'rd, imm(rs1)', [set(value)], xlens)
}

function storeRow(name: string, funct3: number, width: Width, xlens = bothXlens): Instruction {
  const effect = store(width, add(rs1, offset), rs2)
  return integer(name, opcode.store | (funct3 << 12), 'rs2, offset(rs1)', [effect], xlens)
}

function branchRow(name: string, funct3: number, operation: Comparison): Instruction {
  const effect = branch(compare(operation, rs1, rs2), add(pc, immediate('target')))
  return integer(name, opcodeBranch | (funct3 << 12), 'rs1, rs2, target', [effect])
}

const upper = binary('shl', immediate('upper'), constant('x', 12))

export const baseIntegerRows: readonly Instruction[] = [
  integer('lui', opcode.lui, 'rd, upper', [set(upper)]),
  integer('auipc', opcode.auipc, 'rd, upper', [set(add(pc, upper))]),
  integer('jal', opcodeJal, 'rd, far', [set(nextPc), jump(add(pc, immediate('far')))]),
  integer('jalr', opcodeJalr, 'rd, imm(rs1)', [set(nextPc), jump(binary('and', add(rs1, imm), constant('x', -2)))]),

  branchRow('beq', 0, 'eq'),
  branchRow('bne', 1, 'ne'),
  branchRow('blt', 4, 'lt_s'),
  branchRow('bge', 5, 'ge_s'),
  branchRow('bltu', 6, 'lt_u'),
  branchRow('bgeu', 7, 'ge_u'),

  loadRow('lb', 0, 8, true),
  loadRow('lh', 1, 16, true),
  loadRow('lw', 2, 32, true),
  loadRow('ld', 3, 64, true, rv64),
  loadRow('lbu', 4, 8, false),
  loadRow('lhu', 5, 16, false),
  loadRow('lwu', 6, 32, false, rv64),
  storeRow('sb', 0, 8),
  storeRow('sh', 1, 16),
  storeRow('sw', 2, 32),
  storeRow('sd', 3, 64, rv64),

  immediateRow('addi', 0, add(rs1, imm)),
  immediateRow('slti', 2, unsigned('x', compare('lt_s', rs1, imm))),
  immediateRow('sltiu', 3, unsigned('x', compare('lt_u', rs1, imm))),
  immediateRow('xori', 4, binary('xor', rs1, imm)),
  immediateRow('ori', 6, binary('or', rs1, imm)),
  immediateRow('andi', 7, binary('and', rs1, imm)),
  ...shiftRows('slli', 1, 0x00, 'shl'),
  ...shiftRows('srli', 5, 0x00, 'shr_u'),
  ...shiftRows('srai', 5, 0x20, 'shr_s'),

  registerRow('add', 0, 0x00, add(rs1, rs2)),
  registerRow('sub', 0, 0x20, binary('sub', rs1, rs2)),
  registerRow('sll', 1, 0x00, binary('shl', rs1, rs2)),
  registerRow('slt', 2, 0x00, unsigned('x', compare('lt_s', rs1, rs2))),
  registerRow('sltu', 3, 0x00, unsigned('x', compare('lt_u', rs1, rs2))),
  registerRow('xor', 4, 0x00, binary('xor', rs1, rs2)),
  registerRow('srl', 5, 0x00, binary('shr_u', rs1, rs2)),
  registerRow('sra', 5, 0x20, binary('shr_s', rs1, rs2)),
  registerRow('or', 6, 0x00, binary('or', rs1, rs2)),
  registerRow('and', 7, 0x00, binary('and', rs1, rs2)),

  integer(
    'addiw',
    opcode.opImm32,
    'rd, rs1, imm',
    [set(signed('x', add(signed('i32', rs1), signed('i32', imm))))],
    rv64,
  ),
  wordShiftRow('slliw', 1, 0x00, 'shl'),
  wordShiftRow('srliw', 5, 0x00, 'shr_u'),
  wordShiftRow('sraiw', 5, 0x20, 'shr_s'),
  wordRow('addw', 0, 0x00, 'add'),
  wordRow('subw', 0, 0x20, 'sub'),
  wordRow('sllw', 1, 0x00, 'shl'),
  wordRow('srlw', 5, 0x00, 'shr_u'),
  wordRow('sraw', 5, 0x20, 'shr_s'),

  // Sequential consistency is what WebAssembly's atomics give, so every fence is a full one.
  integer('fence.tso', 0x8330_0000 | opcode.fence, '', [{ kind: 'fence', orders: 'memory' }]),
  integer('fence', opcode.fence, 'pred, succ', [{ kind: 'fence', orders: 'memory' }]),
  integer('ecall', opcodeSystem, '', [{ kind: 'trap', cause: 'environment call' }]),
  integer('ebreak', opcodeSystem | (1 << 20), '', [{ kind: 'trap', cause: 'breakpoint' }]),
  // The encoding that no extension will ever use: a write to a read-only CSR.
  integer('unimp', 0xc000_1000 | opcodeSystem, '', [{ kind: 'trap', cause: 'illegal instruction' }]),
]
