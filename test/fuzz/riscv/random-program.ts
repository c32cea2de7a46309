// Programs of random instructions for a comparison with qemu: every register is set, then blocks of instructions that cannot
// leave the program follow each other, and after each block all registers are written down. Any two implementations must write
// the same.
import { decoderFor, encode, fullIsa, instructionsOf } from '@worc/riscv'
import type { Decoder, Instruction, Operand, Xlen } from '@worc/riscv'
import { seeded } from '../../executor-memory/claims-under-test.js'

type Random = (limit: number) => number

const blocks = 24
const instructionsInBlock = 24
const scratchBytes = 2048
/** sp points into the middle of scratch memory, gp to where registers are written down. */
const [sp, gp] = [2, 3]

/** What leaves the program, is about where it lies, depends on time, or (ctzw of 0) is wrong in qemu 7.2. */
const excluded =
  /^(ecall|ebreak|unimp|fence\.i|auipc|jal|jalr|ctzw|sc\..*|csr.*|c\.(j|jal|jr|jalr|ebreak|beqz|bnez|unimp))$/

export function randomProgram(seed: number, xlen: Xlen): string {
  const random = seeded(seed)
  const rows = instructionsOf(fullIsa(xlen)).filter(({ name }) => !excluded.test(name))
  const decoder = decoderFor(xlen)
  const outputBytes = (blocks * (31 + 32 + 1) + 8) * 8
  const body = Array.from({ length: blocks }, () => [...block(random, rows, decoder), ...writeDown(xlen)]).flat()
  return [
    '.globl _start',
    '_start:',
    '.option norvc',
    `li t0, ${outputBytes + scratchBytes}`,
    'sub sp, sp, t0',
    'andi sp, sp, -16',
    `li t0, ${scratchBytes / 2}`,
    'add sp, sp, t0',
    'add gp, sp, t0',
    ...setUp(random, xlen),
    ...body,
    'li a0, 1',
    `li a2, ${scratchBytes / 2}`,
    'add a1, sp, a2',
    'sub a2, gp, a1',
    'li a7, 64',
    'ecall',
    'li a0, 0',
    'li a7, 93',
    'ecall',
    '',
  ].join('\n')
}

function setUp(random: Random, xlen: Xlen): readonly string[] {
  const others = Array.from({ length: 31 }, (_, index) => index + 1).filter((number) => number !== sp && number !== gp)
  const floats = Array.from({ length: 32 }, (_, number) => [
    ...[0, 4].flatMap((at) => [`li t0, ${BigInt.asIntN(32, valueOf(random))}`, `sw t0, ${at}(sp)`]),
    // Half of them hold singles.
    ...(random(2) === 0 ? ['li t0, -1', 'sw t0, 4(sp)'] : []),
    `fld f${number}, 0(sp)`,
  ]).flat()
  return [...floats, ...others.map((number) => `li x${number}, ${BigInt.asIntN(xlen, valueOf(random))}`)]
}

/** Small, large, one bit, or anything. */
function valueOf(random: Random): bigint {
  const any = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))
  return [any, any >> BigInt(random(64)), -(any >> BigInt(random(64))), 1n << BigInt(random(64))][random(4)] ?? any
}

function block(random: Random, rows: readonly Instruction[], decoder: Decoder): readonly string[] {
  const lines: string[] = [`fsrmi ${random(5)}`]
  while (lines.length < instructionsInBlock) {
    const row = rows[random(rows.length)]
    if (row === undefined) continue
    const word = wordOf(random, row)
    if (!isHarmless(decoder, word)) continue
    if (row.operands.some(({ name }) => name === 'target')) lines.push('.balign 4')
    lines.push(`${row.lengthBytes === 4 ? '.word' : '.half'} 0x${word.toString(16)}`)
    // A branch goes over one instruction of four bytes, or not.
    if (row.operands.some(({ name }) => name === 'target')) lines.push(`xori t0, t1, ${random(2000)}`)
  }
  return [...lines, '.balign 4']
}

function wordOf(random: Random, row: Instruction): number {
  const isMemory = row.syntax.includes('(rs1)')
  const operands = row.operands.map((operand) => [operand.name, operandOf(random, operand, isMemory)] as const)
  return encode({ instruction: row, operands: Object.fromEntries(operands) })
}

function operandOf(random: Random, { name, kind, minimum, maximum, step, bias }: Operand, isMemory: boolean): number {
  if (name === 'rs1' && isMemory) return sp
  if (name === 'target') return 8
  if (kind === 'rounding' || kind === 'exact rounding') return [0, 1, 2, 3, 4, 7][random(6)] ?? 0
  if (kind === 'x' || kind === 'f') return bias + random(bias === 0 ? 32 : 8)
  if (isMemory) return random(2000) - 1000
  return minimum + random(Math.floor((maximum - minimum) / step) + 1) * step
}

/** It is an instruction, knows nothing of sp and gp, which hold addresses, and touches memory at sp only. */
function isHarmless(decoder: Decoder, word: number): boolean {
  const decoded = decoder.decode(word)
  if (decoded === undefined || excluded.test(decoded.instruction.name)) return false
  const { instruction, operands } = decoder.expand(decoded)
  if (excluded.test(instruction.name)) return false
  const isMemory = instruction.syntax.includes('(rs1)')
  for (const { name, kind } of instruction.operands) {
    const isAddress = kind === 'x' && (operands[name] === sp || operands[name] === gp)
    if (isAddress && !(isMemory && name === 'rs1')) return false
  }
  if (!isMemory) return true
  const offset = operands['imm'] ?? operands['offset'] ?? 0
  return operands['rs1'] === sp && Math.abs(offset) < scratchBytes / 2 - 8
}

function writeDown(xlen: Xlen): readonly string[] {
  const store = xlen === 64 ? 'sd' : 'sw'
  const integers = Array.from({ length: 31 }, (_, index) => index + 1).filter(
    (number) => number !== sp && number !== gp,
  )
  const lines = [
    ...integers.map((number, index) => `${store} x${number}, ${8 * index}(gp)`),
    ...Array.from({ length: 32 }, (_, number) => `fsd f${number}, ${8 * (integers.length + number)}(gp)`),
  ]
  const flagsAt = 8 * (integers.length + 32)
  return [...lines, 'frcsr t0', `${store} t0, ${flagsAt}(gp)`, `addi gp, gp, ${flagsAt + 8}`]
}
