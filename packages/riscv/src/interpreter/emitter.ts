// What code for one instruction is emitted with: the operands of the instruction that is being executed, the pages that a
// hart may touch, and traps. An instruction that traps has changed nothing.
import { pageBits, pageBytes } from '@worc/executor-memory'
import type { PageTablePlace, RecordLayout } from '@worc/executor-memory'
import type { Xlen } from '../instruction.js'
import type { CodeWriter } from './code-writer.js'
import { hartState, runExit, trapCause } from './hart-state.js'

/**
 * A decoded instruction, in words of four bytes:
 *
 *   0  number of its row | length in bytes << 16 | rd << 24
 *   4  rs1 | rs2 << 8 | rs3 << 16 | rounding mode << 24
 *   8  immediate
 *   12 CSR
 *
 * The first word is written last; while it is 0 the others mean nothing. A page has one for every two of its bytes, and one
 * more for an instruction that ends on the next page: the last of the others is then a `crossingCase`, whose second word is
 * the half that lay there when it was decoded.
 */
export const pageRecords: RecordLayout = { recordBytes: 16, recordCount: pageBytes / 2 + 1 }

export type RegisterField = 'rd' | 'rs1' | 'rs2' | 'rs3'

/** The byte of the record that a register's number is in. */
const registerBytes: Readonly<Record<RegisterField, number>> = { rd: 3, rs1: 4, rs2: 5, rs3: 6 }

/** Which field of the record an operand of a row is in. */
export function registerField(operand: string): RegisterField {
  const field = operand.replace(/^fd$/, 'rd').replace(/^fs/, 'rs')
  if (field === 'rd' || field === 'rs1' || field === 'rs2' || field === 'rs3') return field
  throw new Error(`operand "${operand}" is no register`)
}

/** Functions of the module beside `run`, by index. */
export interface Functions {
  readonly float: number
  readonly multiplyHigh: number
  readonly permitted: number
  /** Fast functions for floats, by what tells them apart. */
  readonly fast: ReadonlyMap<string, number>
}

export interface Emitter {
  readonly code: CodeWriter
  readonly xlen: Xlen
  /** What an `x` is. */
  readonly x: 'i32' | 'i64'
  readonly pages: PageTablePlace
  readonly functions: Functions
  /** Locals of `run`. */
  readonly hart: number
  readonly pc: number
  readonly record: number
  readonly word: number
  readonly fuel: number
  /** i64: instructions retired are this less the fuel. */
  readonly retiredAtEnd: number
  readonly known: KnownPage
}

/** Locals of the page that was executed last: where it begins, its word's offset in the table, the word, and its records less eight times its address. */
interface KnownPage {
  readonly page: number
  readonly offset: number
  readonly word: number
  readonly records: number
}

/** Pushes where in the memory a register of the record's field lies, without `base`. */
export function registerAddress({ code, hart, record, word }: Emitter, field: RegisterField): void {
  if (field === 'rd') {
    code.op('local.get', word)
    code.constant('i32', 24)
    code.op('i32.shr_u')
  } else {
    code.op('local.get', record)
    code.memory('i32.load8_u', 1, registerBytes[field])
  }
  code.constant('i32', 3)
  code.op('i32.shl')
  code.op('local.get', hart)
  code.op('i32.add')
}

/** Ends `run`: the condition on the stack says whether to trap. `value` is a local of type x, or 0. */
export function trapIf(emitter: Emitter, cause: keyof typeof trapCause, value: number | undefined): void {
  emitter.code.open('if')
  trap(emitter, cause, value)
  emitter.code.op('end')
}

export function trap(emitter: Emitter, cause: keyof typeof trapCause, value: number | undefined): void {
  const { code, hart, x } = emitter
  code.op('local.get', hart)
  code.constant('i32', trapCause[cause])
  code.memory('i32.store', 4, hartState.cause)
  code.op('local.get', hart)
  if (value === undefined) code.constant('i64', 0)
  else {
    code.op('local.get', value)
    if (x === 'i32') code.op('i64.extend_i32_u')
  }
  code.memory('i64.store', 8, hartState.trapValue)
  // The instruction that traps is not retired, but its fuel was taken.
  leave(emitter, runExit.trap, 1)
}

/** Writes back what `run` keeps in locals, and returns. */
export function leave({ code, hart, pc, x, fuel, retiredAtEnd }: Emitter, exit: number, unspent: 0 | 1): void {
  code.op('local.get', hart)
  code.op('local.get', pc)
  code.memory(`${x}.store`, x === 'i32' ? 4 : 8, hartState.pc)
  code.op('local.get', hart)
  code.op('local.get', retiredAtEnd)
  code.op('local.get', fuel)
  code.op('i64.sub')
  if (unspent === 1) {
    code.constant('i64', 1)
    code.op('i64.sub')
  }
  code.memory('i64.store', 8, hartState.retired)
  code.constant('i32', exit)
  code.op('return')
}

/**
 * Traps unless the guest may access that many bytes at the address, a local of type x. An aligned access lies on one page and
 * needs one look at the table; any other, and one beyond all pages, is for the function `permitted`.
 */
export function checkAccess(emitter: Emitter, address: number, widthBytes: number, kind: 'load' | 'store'): void {
  const { code, x, functions } = emitter
  const bit = kind === 'load' ? pageBits.read : pageBits.write
  if (pushIsUnusual(emitter, address, widthBytes)) {
    code.open('if', 'i32')
    code.op('local.get', address)
    if (x === 'i32') code.op('i64.extend_i32_u')
    code.constant('i64', widthBytes)
    code.constant('i32', bit)
    code.op('call', functions.permitted)
    code.op('else')
    pushPageBit(emitter, address, bit)
    code.op('end')
  } else pushPageBit(emitter, address, bit)
  code.op('i32.eqz')
  trapIf(emitter, kind === 'load' ? 'loadFault' : 'storeFault', address)
}

/** Pushes whether it has bits beyond the limit or is not aligned; nothing, where no address can be so. */
function pushIsUnusual({ code, x, pages }: Emitter, address: number, widthBytes: number): boolean {
  const beyond = BigInt.asUintN(x === 'i32' ? 32 : 64, -BigInt(pages.limitBytes))
  const mask = beyond | BigInt(widthBytes - 1)
  if (mask === 0n) return false
  code.op('local.get', address)
  code.constant(x, mask)
  code.op(`${x}.and`)
  code.constant(x, 0)
  code.op(`${x}.ne`)
  return true
}

function pushPageBit(emitter: Emitter, address: number, bit: number): void {
  const { code, pages } = emitter
  pushPageOffset(emitter, address)
  code.memory('i32.load', 4, pages.address)
  code.constant('i32', bit)
  code.op('i32.and')
}

/** Pushes where the word of the address's page lies in the table. */
export function pushPageOffset(emitter: Emitter, address: number): void {
  const { code } = emitter
  memoryAddress(emitter, address)
  code.constant('i32', Math.log2(pageBytes / 4))
  code.op('i32.shr_u')
  code.constant('i32', -4)
  code.op('i32.and')
}

/** Atomic accesses must be aligned. */
export function checkAlignment(emitter: Emitter, address: number, widthBytes: number, kind: 'load' | 'store'): void {
  const { code, x } = emitter
  code.op('local.get', address)
  code.constant(x, widthBytes - 1)
  code.op(`${x}.and`)
  if (x === 'i64') code.op('i32.wrap_i64')
  trapIf(emitter, kind === 'load' ? 'loadMisaligned' : 'storeMisaligned', address)
}

/** Pushes a checked address for WebAssembly. */
export function memoryAddress({ code, x }: Emitter, address: number): void {
  code.op('local.get', address)
  if (x === 'i64') code.op('i32.wrap_i64')
}
