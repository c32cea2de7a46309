// C: sixteen-bit forms. Each stands for one base instruction, so it has no semantics of its own, and the assembler finds
// the short form of an instruction by reading the same rows backwards.
//
// Source: RISC-V Unprivileged ISA, chapter 28. Hints decode as what they are written like; reserved encodings do not.
import type { Extension, Instruction, Xlen } from '../instruction.js'
import { compressedRow } from '../instruction.js'

const sp = 2
const rv32: readonly Xlen[] = [32]
const rv64: readonly Xlen[] = [64]

type Names = Readonly<Record<string, number | string>>
type Options = NonNullable<Parameters<typeof compressedRow>[4]>

/** Loads and stores off a short register. */
function memoryRow(name: string, match: number, data: string, offset: string, options: Options = {}): Instruction {
  const base = name.slice(2)
  const operands: Names = { ...dataOperand(base, data), rs1: "rs1'", ...offsetOperand(base, offset) }
  return compressedRow(name, match, `${data}, ${offset}(rs1')`, [base, operands], options)
}

/** Loads and stores off the stack pointer. */
function stackRow(name: string, match: number, data: string, offset: string, options: Options = {}): Instruction {
  const base = name.slice(2, -2)
  const operands: Names = { ...dataOperand(base, data), rs1: sp, ...offsetOperand(base, offset) }
  const nonzero = base.startsWith('l') ? [data] : []
  return compressedRow(name, match, `${data}, ${offset}(sp)`, [base, operands], { nonzero, ...options })
}

function dataOperand(base: string, data: string): Names {
  const bank = base.startsWith('f') ? 'f' : 'r'
  return isLoad(base) ? { [`${bank}d`]: data } : { [`${bank}s2`]: data }
}

function offsetOperand(base: string, offset: string): Names {
  return isLoad(base) ? { imm: offset } : { offset }
}

function isLoad(base: string): boolean {
  return /^f?l/.test(base)
}

const needsD: { readonly extensions: readonly Extension[] } = { extensions: ['d'] }
const needsF: { readonly extensions: readonly Extension[]; readonly xlens: readonly Xlen[] } = {
  extensions: ['f'],
  xlens: rv32,
}

const memoryRows: readonly Instruction[] = [
  memoryRow('c.fld', 0x2000, "fd'", 'offset8', needsD),
  memoryRow('c.lw', 0x4000, "rd'", 'offset4'),
  memoryRow('c.flw', 0x6000, "fd'", 'offset4', needsF),
  memoryRow('c.ld', 0x6000, "rd'", 'offset8', { xlens: rv64 }),
  memoryRow('c.fsd', 0xa000, "fs2'", 'offset8', needsD),
  memoryRow('c.sw', 0xc000, "rs2'", 'offset4'),
  memoryRow('c.fsw', 0xe000, "fs2'", 'offset4', needsF),
  memoryRow('c.sd', 0xe000, "rs2'", 'offset8', { xlens: rv64 }),
  stackRow('c.fldsp', 0x2002, 'fd', 'load8sp', needsD),
  stackRow('c.lwsp', 0x4002, 'rd', 'load4sp'),
  stackRow('c.flwsp', 0x6002, 'fd', 'load4sp', needsF),
  stackRow('c.ldsp', 0x6002, 'rd', 'load8sp', { xlens: rv64 }),
  stackRow('c.fsdsp', 0xa002, 'f2', 'store8sp', needsD),
  stackRow('c.swsp', 0xc002, 'r2', 'store4sp'),
  stackRow('c.fswsp', 0xe002, 'f2', 'store4sp', needsF),
  stackRow('c.sdsp', 0xe002, 'r2', 'store8sp', { xlens: rv64 }),
]

/** Counts beyond XLEN are reserved, a count of zero is a hint with a name of its own. */
function shiftRows(name: string, match: number, register: string): readonly Instruction[] {
  const base = name.slice(2)
  const both: Names = { rd: register, rs1: register }
  return [
    compressedRow(name, match, `${register}, shamt5c`, [base, { ...both, shamt5: 'shamt5c' }], {
      xlens: rv32,
      nonzero: ['shamt5c'],
    }),
    compressedRow(name, match, `${register}, shamt`, [base, { ...both, shamt6: 'shamt' }], {
      xlens: rv64,
      nonzero: ['shamt'],
    }),
    compressedRow(`${name}64`, match, register, [base, { ...both, shamt5: 0 }], { xlens: rv32 }),
    compressedRow(`${name}64`, match, register, [base, { ...both, shamt6: 0 }], { xlens: rv64 }),
  ]
}

/** rs1' = rs1' op rs2'. */
function shortRow(name: string, match: number, options: Options = {}): Instruction {
  const operands: Names = { rd: "rs1'", rs1: "rs1'", rs2: "rs2'" }
  return compressedRow(name, match, "rs1', rs2'", [name.slice(2), operands], options)
}

const arithmeticRows: readonly Instruction[] = [
  compressedRow('c.addi4spn', 0x0000, "rd', sp, imm4spn", ['addi', { rd: "rd'", rs1: sp, imm: 'imm4spn' }], {
    nonzero: ['imm4spn'],
  }),
  compressedRow('c.nop', 0x0001, '', ['addi', { rd: 0, rs1: 0, imm: 0 }]),
  compressedRow('c.nop', 0x0001, 'imm6', ['addi', { rd: 0, rs1: 0, imm: 'imm6' }], { nonzero: ['imm6'] }),
  compressedRow('c.addi', 0x0001, 'rd, imm6', ['addi', { rd: 'rd', rs1: 'rd', imm: 'imm6' }], { nonzero: ['rd'] }),
  compressedRow('c.addiw', 0x2001, 'rd, imm6', ['addiw', { rd: 'rd', rs1: 'rd', imm: 'imm6' }], {
    nonzero: ['rd'],
    xlens: rv64,
  }),
  compressedRow('c.li', 0x4001, 'rd, imm6', ['addi', { rd: 'rd', rs1: 0, imm: 'imm6' }]),
  compressedRow('c.addi16sp', 0x6101, 'sp, imm16sp', ['addi', { rd: sp, rs1: sp, imm: 'imm16sp' }], {
    nonzero: ['imm16sp'],
  }),
  compressedRow('c.lui', 0x6001, 'rd, upper6', ['lui', { rd: 'rd', upper: 'upper6' }], {
    nonzero: ['upper6'],
    excluded: { rd: sp },
  }),
  ...shiftRows('c.srli', 0x8001, "rs1'"),
  ...shiftRows('c.srai', 0x8401, "rs1'"),
  compressedRow('c.andi', 0x8801, "rs1', imm6", ['andi', { rd: "rs1'", rs1: "rs1'", imm: 'imm6' }]),
  shortRow('c.sub', 0x8c01),
  shortRow('c.xor', 0x8c21),
  shortRow('c.or', 0x8c41),
  shortRow('c.and', 0x8c61),
  shortRow('c.subw', 0x9c01, { xlens: rv64 }),
  shortRow('c.addw', 0x9c21, { xlens: rv64 }),
  ...shiftRows('c.slli', 0x0002, 'rd'),
  compressedRow('c.mv', 0x8002, 'rd, r2', ['add', { rd: 'rd', rs1: 0, rs2: 'r2' }], { nonzero: ['r2'] }),
  compressedRow('c.add', 0x9002, 'rd, r2', ['add', { rd: 'rd', rs1: 'rd', rs2: 'r2' }], { nonzero: ['r2'] }),
]

const controlRows: readonly Instruction[] = [
  compressedRow('c.unimp', 0x0000, '', ['unimp', {}]),
  compressedRow('c.jal', 0x2001, 'far11', ['jal', { rd: 1, far: 'far11' }], { xlens: rv32 }),
  compressedRow('c.j', 0xa001, 'far11', ['jal', { rd: 0, far: 'far11' }]),
  compressedRow('c.beqz', 0xc001, "rs1', target8", ['beq', { rs1: "rs1'", rs2: 0, target: 'target8' }]),
  compressedRow('c.bnez', 0xe001, "rs1', target8", ['bne', { rs1: "rs1'", rs2: 0, target: 'target8' }]),
  compressedRow('c.jr', 0x8002, 'rd', ['jalr', { rd: 0, rs1: 'rd', imm: 0 }], { nonzero: ['rd'] }),
  compressedRow('c.jalr', 0x9002, 'rd', ['jalr', { rd: 1, rs1: 'rd', imm: 0 }], { nonzero: ['rd'] }),
  compressedRow('c.ebreak', 0x9002, '', ['ebreak', {}]),
]

export const compressedRows: readonly Instruction[] = [...memoryRows, ...arithmeticRows, ...controlRows]
