// Functions that were written for one thread (malloc in a single-threaded libc), made safe to call from many: others enter
// them through a wrapper that holds a lock; calls inside the unit stay direct, so that realloc may call malloc.
//
// The lock is one word of executor memory: 0 when free, else the id of the thread that holds it, plus the top bit when
// another one waits. A thread that holds it already goes straight in: a wrapped function may call a callback that calls it
// again. A thread that dies or traps inside keeps it.
//
// Source: the three-state mutex of U. Drepper, "Futexes Are Tricky", with the owner's id for "locked".
import { forwardParameters, noResult } from './assemble.js'
import type { Instruction } from './assemble.js'

const waiting = 0x8000_0000
const ownerMask = 0x7fff_ffff
/** Natural alignment of an i32 access, as log2, and no offset. */
const word = [2, 0] as const

/** () -> i32: 1 if the lock was taken, 0 if this thread had it. */
export function lockFunction(address: number, threadId: number): readonly Instruction[] {
  const current = 0
  return [
    ['i32.const', address],
    ['i32.const', 0],
    ['global.get', threadId],
    ['i32.atomic.rmw.cmpxchg', ...word],
    ['local.tee', current],
    ['i32.eqz'],
    ['if', noResult],
    ['i32.const', 1],
    ['return'],
    ['end'],
    ['local.get', current],
    ['i32.const', ownerMask],
    ['i32.and'],
    ['global.get', threadId],
    ['i32.eq'],
    ['if', noResult],
    ['i32.const', 0],
    ['return'],
    ['end'],
    ...lockContended(address, threadId, current),
    ['unreachable'],
  ]
}

/** Whoever has waited takes the lock with the waiting bit set: there may be others. */
function lockContended(address: number, threadId: number, current: number): readonly Instruction[] {
  return [
    ['loop', noResult],
    ['i32.const', address],
    ['i32.atomic.load', ...word],
    ['local.tee', current],
    ['i32.eqz'],
    ['if', noResult],
    ['i32.const', address],
    ['i32.const', 0],
    ['global.get', threadId],
    ['i32.const', waiting],
    ['i32.or'],
    ['i32.atomic.rmw.cmpxchg', ...word],
    ['br_if', 1],
    ['i32.const', 1],
    ['return'],
    ['end'],
    ['i32.const', address],
    ['local.get', current],
    ['local.get', current],
    ['i32.const', waiting],
    ['i32.or'],
    ['i32.atomic.rmw.cmpxchg', ...word],
    ['local.get', current],
    ['i32.ne'],
    ['br_if', 0],
    ['i32.const', address],
    ['local.get', current],
    ['i32.const', waiting],
    ['i32.or'],
    ['i64.const', -1],
    ['memory.atomic.wait32', ...word],
    ['drop'],
    ['br', 0],
    ['end'],
  ]
}

/** () -> () */
export function unlockFunction(address: number): readonly Instruction[] {
  return [
    ['i32.const', address],
    ['i32.const', 0],
    ['i32.atomic.rmw.xchg', ...word],
    ['i32.const', 0],
    ['i32.lt_s'],
    ['if', noResult],
    ['i32.const', address],
    ['i32.const', 1],
    ['memory.atomic.notify', ...word],
    ['drop'],
    ['end'],
  ]
}

interface LockFunctions {
  readonly lock: number
  readonly unlock: number
}

/** Needs one local. The inner function's results stay on the stack while the lock is released. */
export function serialized(inner: number, parameterCount: number, functions: LockFunctions): readonly Instruction[] {
  const taken = parameterCount
  return [
    ['call', functions.lock],
    ['local.set', taken],
    ...forwardParameters(parameterCount),
    ['call', inner],
    ['local.get', taken],
    ['if', noResult],
    ['call', functions.unlock],
    ['end'],
  ]
}
