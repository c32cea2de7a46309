// The A extension on WebAssembly's atomics, all of which are sequentially consistent. A reservation is an address and what
// it held: a store-conditional is a compare-and-exchange with that, as other emulators have it, so it does not notice a
// word that was changed and changed back.
import type { AtomicOperation, Value } from '../expression.js'
import type { Emitter } from './emitter.js'
import { checkAccess, checkAlignment, memoryAddress } from './emitter.js'
import { hartState } from './hart-state.js'

type Emit = (emitter: Emitter, value: Value) => void
type Kind<K extends Value['kind']> = Extract<Value, { readonly kind: K }>

const noReservation = -1

export function emitLoadReserved(emitter: Emitter, { width, address }: Kind<'load reserved'>, emit: Emit): void {
  const { code, hart } = emitter
  const type = width === 32 ? 'i32' : 'i64'
  const at = emitAddress(emitter, address, width / 8, 'load', emit)
  memoryAddress(emitter, at)
  code.memory(`${type}.atomic.load`, width / 8, 0, true)
  const value = code.keep(type)
  storeReservation(emitter, at)
  code.op('local.get', hart)
  code.op('local.get', value)
  if (type === 'i32') code.op('i64.extend_i32_u')
  code.memory('i64.store', 8, hartState.reservedValue)
  code.op('local.get', value)
}

export function emitStoreConditional(
  emitter: Emitter,
  { width, address, value }: Kind<'store conditional'>,
  emit: Emit,
): void {
  const { code, hart, x } = emitter
  const type = width === 32 ? 'i32' : 'i64'
  const at = emitAddress(emitter, address, width / 8, 'store', emit)
  emit(emitter, value)
  const wanted = code.keep(type)
  code.op('local.get', hart)
  code.memory('i64.load', 8, hartState.reservedValue)
  if (type === 'i32') code.op('i32.wrap_i64')
  const expected = code.keep(type)
  code.op('local.get', hart)
  code.memory('i64.load', 8, hartState.reservedAddress)
  code.op('local.get', at)
  if (x === 'i32') code.op('i64.extend_i32_u')
  code.op('i64.eq')
  // Whatever becomes of it, the reservation is gone.
  storeReservation(emitter, undefined)
  code.open('if', 'i32')
  memoryAddress(emitter, at)
  code.op('local.get', expected)
  code.op('local.get', wanted)
  code.memory(`${type}.atomic.rmw.cmpxchg`, width / 8, 0, true)
  code.op('local.get', expected)
  code.op(`${type}.ne`)
  code.op('else')
  code.constant('i32', 1)
  code.op('end')
}

const readModifyWrite: Readonly<Partial<Record<AtomicOperation, string>>> = {
  swap: 'xchg',
  add: 'add',
  and: 'and',
  or: 'or',
  xor: 'xor',
}

export function emitAtomic(emitter: Emitter, { width, operation, address, value }: Kind<'atomic'>, emit: Emit): void {
  const { code } = emitter
  const type = width === 32 ? 'i32' : 'i64'
  const at = emitAddress(emitter, address, width / 8, 'store', emit)
  emit(emitter, value)
  const operand = code.keep(type)
  const name = readModifyWrite[operation]
  if (name !== undefined) {
    memoryAddress(emitter, at)
    code.op('local.get', operand)
    return code.memory(`${type}.atomic.rmw.${name}`, width / 8, 0, true)
  }
  emitChoice(emitter, type, at, operand, operation)
}

/** Minimum and maximum have no instruction of their own: tried again until nobody came between. */
function emitChoice(
  emitter: Emitter,
  type: 'i32' | 'i64',
  at: number,
  operand: number,
  operation: AtomicOperation,
): void {
  const { code } = emitter
  const widthBytes = type === 'i32' ? 4 : 8
  const isKept = operation.startsWith('min') ? 'lt' : 'gt'
  const old = code.local(type)
  code.open('loop')
  memoryAddress(emitter, at)
  code.memory(`${type}.atomic.load`, widthBytes, 0, true)
  code.op('local.set', old)
  memoryAddress(emitter, at)
  code.op('local.get', old)
  code.op('local.get', old)
  code.op('local.get', operand)
  code.op('local.get', old)
  code.op('local.get', operand)
  code.op(`${type}.${isKept}${operation.slice(3)}`)
  code.op('select')
  code.memory(`${type}.atomic.rmw.cmpxchg`, widthBytes, 0, true)
  code.op('local.get', old)
  code.op(`${type}.ne`)
  code.op('br_if', 0)
  code.op('end')
  code.op('local.get', old)
}

function emitAddress(emitter: Emitter, address: Value, widthBytes: number, kind: 'load' | 'store', emit: Emit): number {
  emit(emitter, address)
  const at = emitter.code.keep(emitter.x)
  checkAlignment(emitter, at, widthBytes, kind)
  checkAccess(emitter, at, widthBytes, kind)
  return at
}

function storeReservation({ code, hart, x }: Emitter, address: number | undefined): void {
  code.op('local.get', hart)
  if (address === undefined) code.constant('i64', noReservation)
  else {
    code.op('local.get', address)
    if (x === 'i32') code.op('i64.extend_i32_u')
  }
  code.memory('i64.store', 8, hartState.reservedAddress)
}
