// A gate is a word to sleep on for what has no owner: a sequence number in the upper bits, and in bit 0 "someone may be asleep".
//
//   sleeper: arm the gate, look once more whether sleep is needed, sleep on the armed value
//   opener:  make the change, then open the gate: nothing to do where nobody armed it, else next number and notify
//
// The flag stays up until a notify finds nobody asleep, so an opener in peace time pays one load instead of a notify.
import type { Words } from './layout.js'

const armed = 1
const step = 2

/** The value to sleep on. Whatever opens the gate after this changes it. */
export function armGate(words: Words, gateIndex: number): number {
  return Atomics.or(words, gateIndex, armed) | armed
}

/** Wakes up to `count` sleepers and returns how many. A sleeper between arming and sleeping will not fall asleep. */
export function openGate(words: Words, gateIndex: number, count: number): number {
  if ((Atomics.load(words, gateIndex) & armed) === 0) return 0
  const opened = (Atomics.add(words, gateIndex, step) + step) | 0
  const woken = Atomics.notify(words, gateIndex, count)
  if (woken < count) disarm(words, gateIndex, opened)
  return woken
}

/** Wakes everybody without looking at the flag: for recovery, where the last opener may have died half way. */
export function forceGateOpen(words: Words, gateIndex: number): void {
  Atomics.add(words, gateIndex, step)
  Atomics.notify(words, gateIndex, Infinity)
}

/** Whoever fell asleep on the opened value before the flag went down would be forgotten: wake it, it arms the gate again. */
function disarm(words: Words, gateIndex: number, opened: number): void {
  if (Atomics.compareExchange(words, gateIndex, opened, opened & ~armed) !== opened) return
  Atomics.notify(words, gateIndex, Infinity)
}
