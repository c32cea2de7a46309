// The CSRs of user code: fflags, frm and fcsr, and the counters, which all count retired instructions, since there is no
// clock in here. Any other is an illegal instruction, and so is a write to a counter.
import type { Value } from '../expression.js'
import type { Emitter } from './emitter.js'
import { trap, trapIf } from './emitter.js'
import { hartState } from './hart-state.js'

type Emit = (emitter: Emitter, value: Value) => void

const [fflags, frm, fcsr] = [1, 2, 3]
const counters = 0xc00
const highCounters = 0xc80

export function emitCsr(
  emitter: Emitter,
  { operation, value, writes }: Extract<Value, { readonly kind: 'csr' }>,
  emit: Emit,
): void {
  const { code, x, record, hart } = emitter
  code.op('local.get', record)
  code.memory('i32.load', 4, 12)
  const number = code.keep('i32')
  emit(emitter, value)
  const operand = code.keep(x)
  const old = code.local(x)
  code.op('local.get', hart)
  code.memory('i32.load', 4, hartState.fcsr)
  const status = code.keep('i32')

  isBetween(emitter, number, fflags, fcsr)
  code.open('if')
  emitField(emitter, number, status)
  if (x === 'i64') code.op('i64.extend_i32_u')
  code.op('local.set', old)
  if (writes === undefined) emitWrite()
  else {
    emitIsNonzero(emitter, writes)
    code.open('if')
    emitWrite()
    code.op('end')
  }
  code.op('else')
  if (writes === undefined) trap(emitter, 'illegalInstruction', undefined)
  else {
    emitIsNonzero(emitter, writes)
    trapIf(emitter, 'illegalInstruction', undefined)
    emitCounter(emitter, number, old)
  }
  code.op('end')
  code.op('local.get', old)

  function emitWrite(): void {
    code.op('local.get', hart)
    code.op('local.get', old)
    code.op('local.get', operand)
    if (operation === 'clear') {
      code.constant(x, -1)
      code.op(`${x}.xor`)
    }
    if (operation === 'write') {
      const written = code.keep(x)
      code.op('drop')
      code.op('local.get', written)
    } else code.op(`${x}.${operation === 'set' ? 'or' : 'and'}`)
    if (x === 'i64') code.op('i32.wrap_i64')
    emitMerged(emitter, number, status)
    code.memory('i32.store', 4, hartState.fcsr)
  }
}

function isBetween({ code }: Emitter, number: number, first: number, last: number): void {
  code.op('local.get', number)
  code.constant('i32', first)
  code.op('i32.sub')
  code.constant('i32', last - first)
  code.op('i32.le_u')
}

/** Pushes what the CSR of that number shows of fcsr. */
function emitField({ code }: Emitter, number: number, status: number): void {
  // frm is shifted down, fflags cut off.
  code.op('local.get', status)
  code.op('local.get', number)
  code.constant('i32', frm)
  code.op('i32.eq')
  code.constant('i32', 5)
  code.op('i32.mul')
  code.op('i32.shr_u')
  code.constant('i32', 31)
  code.constant('i32', 255)
  code.op('local.get', number)
  code.constant('i32', fflags)
  code.op('i32.eq')
  code.op('select')
  code.op('i32.and')
}

/** Pushes fcsr with the value on the stack in the place of the CSR of that number. */
function emitMerged({ code }: Emitter, number: number, status: number): void {
  const value = code.keep('i32')
  const choose = (whole: () => void, modes: () => void, flags: () => void): void => {
    code.op('local.get', number)
    code.constant('i32', fcsr)
    code.op('i32.eq')
    code.open('if', 'i32')
    whole()
    code.op('else')
    code.op('local.get', number)
    code.constant('i32', frm)
    code.op('i32.eq')
    code.open('if', 'i32')
    modes()
    code.op('else')
    flags()
    code.op('end')
    code.op('end')
  }
  const masked = (local: number, mask: number): void => {
    code.op('local.get', local)
    code.constant('i32', mask)
    code.op('i32.and')
  }
  choose(
    () => masked(value, 0xff),
    () => {
      masked(value, 7)
      code.constant('i32', 5)
      code.op('i32.shl')
      masked(status, 31)
      code.op('i32.or')
    },
    () => {
      masked(value, 31)
      masked(status, 0xe0)
      code.op('i32.or')
    },
  )
}

function emitIsNonzero({ code, record }: Emitter, operand: string): void {
  code.op('local.get', record)
  if (operand === 'rs1') code.memory('i32.load8_u', 1, 4)
  else code.memory('i32.load', 4, 8)
}

function emitCounter(emitter: Emitter, number: number, old: number): void {
  const { code, x, retiredAtEnd, fuel } = emitter
  const retired = (): void => {
    // Fuel was taken for this instruction, which is not retired yet.
    code.op('local.get', retiredAtEnd)
    code.op('local.get', fuel)
    code.op('i64.sub')
    code.constant('i64', 1)
    code.op('i64.sub')
  }
  isBetween(emitter, number, counters, counters + 2)
  code.open('if')
  retired()
  if (x === 'i32') code.op('i32.wrap_i64')
  code.op('local.set', old)
  code.op('else')
  if (x === 'i64') trap(emitter, 'illegalInstruction', undefined)
  else {
    isBetween(emitter, number, highCounters, highCounters + 2)
    code.op('i32.eqz')
    trapIf(emitter, 'illegalInstruction', undefined)
    retired()
    code.constant('i64', 32)
    code.op('i64.shr_u')
    code.op('i32.wrap_i64')
    code.op('local.set', old)
  }
  code.op('end')
}
