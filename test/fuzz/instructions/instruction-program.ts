// A program that tries one instruction: for each instance a loop over a table of values, which sets the registers that the
// instruction names, executes it, and writes down all of them, the flags, and memory where it is about memory.
//
//   stack:   address of the table, 8 bytes | 16: memory that is accessed, 64 bytes | 128: what is written down
//   table:   x, x, x | f, f, f, f | fcsr, 8 bytes each
import type { Instruction, Xlen } from '@worc/riscv'
import { seeded } from '../../executor-memory/claims-under-test.js'
import { controlLines } from './control-lines.js'
import type { Instance } from './instances.js'
import { instancesOf } from './instances.js'
import { entriesOf } from './operand-values.js'
import type { Entry } from './operand-values.js'

const entryBytes = 64
const [floatsAt, fcsrAt] = [24, 56]
const outputAt = 128
/** Of the stack: the middle of what is accessed, of which 32 bytes are written down. */
const memoryAt = 48
const shownBytes = 32
const fewEntries = 24
const largestOutputBytes = 1 << 17

/** Registers that a loop needs for itself: none that the instruction names. */
export interface Temporaries {
  readonly table: number
  readonly output: number
  readonly count: number
  readonly stack: number
  readonly memory: number
  readonly address: number
  readonly any: number
}

/** Undefined for an instruction that only traps. */
export function instructionProgram(row: Instruction, xlen: Xlen, seed: number): string | undefined {
  const random = seeded(seed)
  const instances = instancesOf(row, xlen, random)
  if (instances.length === 0) return undefined
  const format = row.name.endsWith('.s') || row.name === 'fmv.x.w' ? 'single' : 'double'
  const entries = entriesOf(random, format, isComparable(row))
  const words = entries.flatMap(({ x, f, fcsr }) => [...x, ...f, BigInt(fcsr)])
  return [
    '.globl _start',
    '.option norvc',
    '_start:',
    `li t1, ${largestOutputBytes}`,
    'sub sp, sp, t1',
    'andi sp, sp, -16',
    'jal t0, 1f',
    ...words.map((value) => `.dword ${BigInt.asIntN(64, value)}`),
    '1:',
    `${word(xlen, 's')} t0, 0(sp)`,
    ...instances.flatMap((instance) => loop(instance, xlen, entries.length)),
    'li a0, 0',
    'li a7, 93',
    'ecall',
    '',
  ].join('\n')
}

/** ctzw of 0 is wrong in qemu 7.2. */
function isComparable({ name }: Instruction): (entry: Entry) => boolean {
  return ({ x }) => name !== 'ctzw' || x.every((value) => BigInt.asUintN(32, value) !== 0n)
}

function loop(instance: Instance, xlen: Xlen, entryCount: number): readonly string[] {
  const use = temporariesFor(instance)
  const body = bodyOf(instance, use)
  if (body === undefined) return []
  const results = resultLines(instance, xlen, use)
  const count = instance.thorough
    ? Math.min(entryCount, Math.floor((largestOutputBytes - 256) / results.sizeBytes))
    : fewEntries
  // A few of them are some of all pairs.
  const stride = instance.thorough ? 1 : Math.floor(entryCount / fewEntries)
  const [load, register] = [word(xlen, 'l'), (number: number): string => `x${number}`]
  return [
    `mv ${register(use.stack)}, sp`,
    `${load} ${register(use.table)}, 0(sp)`,
    `addi ${register(use.output)}, sp, ${outputAt}`,
    `addi ${register(use.memory)}, sp, ${memoryAt}`,
    `li ${register(use.count)}, ${count}`,
    '1:',
    ...(isMemory(instance) ? fillMemory(xlen, use) : []),
    ...instance.x.map((number, index) => `${load} x${number}, ${8 * (index % 3)}(x${use.table})`),
    ...instance.f.map((number, index) => `fld f${number}, ${floatsAt + 8 * index}(x${use.table})`),
    `${load} x${use.any}, ${fcsrAt}(x${use.table})`,
    `csrw fcsr, x${use.any}`,
    ...body,
    ...results.lines,
    `li x${use.any}, ${entryBytes * stride}`,
    `add x${use.table}, x${use.table}, x${use.any}`,
    `addi x${use.count}, x${use.count}, -1`,
    `beqz x${use.count}, 2f`,
    'j 1b',
    `2: mv sp, x${use.stack}`,
    'li a0, 1',
    `addi a1, sp, ${outputAt}`,
    `li a2, ${count * results.sizeBytes}`,
    'li a7, 64',
    'ecall',
  ]
}

/** The instruction and what it needs around it; undefined where it would be about an address's value. */
function bodyOf(instance: Instance, use: Temporaries): readonly string[] | undefined {
  const { base } = instance
  const { name } = base.instruction
  if (isMemory(instance)) return memoryLines(instance, use)
  const control = controlLines(instance, use)
  if (control !== undefined) return control.length > 0 ? control : undefined
  if (name !== 'auipc') return [instructionLine(instance)]
  const { rd = 0 } = base.operands
  return [
    `auipc x${use.address}, 0`,
    instructionLine(instance),
    ...(rd === 0 ? [] : [`sub x${rd}, x${rd}, x${use.address}`]),
  ]
}

function memoryLines(instance: Instance, use: Temporaries): readonly string[] | undefined {
  const { instruction, operands } = instance.base
  const { rs1 = 0, rs2 = 0, imm, offset } = operands
  if (rs1 === 0 || (instruction.syntax.includes('rs2') && rs2 === rs1)) return undefined
  const isAtomic = instruction.extensions.includes('a')
  // Not aligned to anything, unless it has to be.
  const away = isAtomic ? 0 : ((imm ?? offset ?? 0) >> 1) & 7
  const reserve = instruction.name.startsWith('sc.') && instance.thorough
  return [
    `li x${use.any}, ${away - (imm ?? offset ?? 0)}`,
    `add x${rs1}, x${use.memory}, x${use.any}`,
    ...(reserve ? [`lr.${instruction.name.charAt(3)} x${use.any}, (x${rs1})`] : []),
    instructionLine(instance),
  ]
}

export function instructionLine({ word: bits, lengthBytes }: Instance): string {
  return `${lengthBytes === 4 ? '.word' : '.half'} 0x${bits.toString(16)}`
}

function isMemory({ base }: Instance): boolean {
  return base.instruction.syntax.includes('(rs1)') && base.instruction.name !== 'jalr'
}

function fillMemory(xlen: Xlen, use: Temporaries): readonly string[] {
  const [load, store, step] = [word(xlen, 'l'), word(xlen, 's'), xlen / 8]
  return Array.from({ length: shownBytes / step }, (_, index) => [
    `${load} x${use.any}, ${index * step}(x${use.table})`,
    `${store} x${use.any}, ${index * step - 8}(x${use.memory})`,
  ]).flat()
}

/** An address is not written down: where it lies is no result. */
function resultLines(
  instance: Instance,
  xlen: Xlen,
  use: Temporaries,
): { lines: readonly string[]; sizeBytes: number } {
  const { rd, rs1 } = instance.base.operands
  const hidden = isMemory(instance) || instance.base.instruction.name === 'jalr' ? rs1 : undefined
  const shown = instance.x.filter((number) => number !== hidden || number === rd)
  const [load, store, step] = [word(xlen, 'l'), word(xlen, 's'), xlen / 8]
  const memory = isMemory(instance) ? shownBytes / step : 0
  let at = 0
  const next = (sizeBytes: number): number => (at += sizeBytes) - sizeBytes
  const lines = [
    ...instance.f.map((number) => `fsd f${number}, ${next(8)}(x${use.output})`),
    ...shown.map((number) => `${store} x${number}, ${next(step)}(x${use.output})`),
    `csrr x${use.any}, fcsr`,
    `${store} x${use.any}, ${next(step)}(x${use.output})`,
    ...Array.from({ length: memory }, (_, index) => [
      `${load} x${use.any}, ${index * step - 8}(x${use.memory})`,
      `${store} x${use.any}, ${next(step)}(x${use.output})`,
    ]).flat(),
  ]
  const sizeBytes = Math.ceil(at / 8) * 8
  return { lines: [...lines, `addi x${use.output}, x${use.output}, ${sizeBytes}`], sizeBytes }
}

function word(xlen: Xlen, letter: 'l' | 's'): string {
  return `${letter}${xlen === 64 ? 'd' : 'w'}`
}

function temporariesFor({ x }: Instance): Temporaries {
  const free = [5, 6, 7, 28, 29, 30, 31, 9, 18, 19, 20, 21].filter((number) => !x.includes(number))
  const [table = 0, output = 0, count = 0, stack = 0, memory = 0, address = 0, any = 0] = free
  return { table, output, count, stack, memory, address, any }
}
