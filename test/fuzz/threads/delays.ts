// Delays in front of what a thread posts: now and then it stands still, up to a limit that the campaign sets for each kind of
// thread while they run. Two threads that race meet in other orders that way; a narrow window becomes a wide one.
import { MessagePort, getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

const kinds = ['session', 'link', 'compile', 'client'] as const
type ThreadKind = (typeof kinds)[number]

const dataKey = 'worc fuzz: delays'
/** One post in so many is delayed. */
const oneIn = 4

/** Read by every thread that is started from now on. */
export function shareDelays(): Int32Array {
  const limits = new Int32Array(new SharedArrayBuffer(4 * kinds.length))
  setEnvironmentData(dataKey, limits.buffer)
  return limits
}

export function setDelays(limits: Int32Array, longestMicros: Readonly<Record<ThreadKind, number>>): void {
  for (const [index, kind] of kinds.entries()) Atomics.store(limits, index, longestMicros[kind])
}

/** From now on this thread is of that kind. The prototype is patched: whoever posts, and on whichever port, is delayed. */
export function delayPosts(kind: ThreadKind): void {
  const limits = new Int32Array(getEnvironmentData(dataKey) as SharedArrayBuffer)
  const index = kinds.indexOf(kind)
  const post = MessagePort.prototype.postMessage
  MessagePort.prototype.postMessage = function (...message: Parameters<MessagePort['postMessage']>) {
    const longestMicros = Atomics.load(limits, index)
    if (longestMicros > 0 && Math.random() * oneIn < 1) standStill(Math.random() * longestMicros)
    return Reflect.apply(post, this, message)
  }
}

export function standStill(micros: number): void {
  const end = performance.now() + micros / 1000
  while (performance.now() < end);
}
