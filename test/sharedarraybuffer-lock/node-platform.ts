// What Node gives to an agent. A test may also pretend to be another thread: lock words know threads only by their number.
import { isMainThread, threadId } from 'node:worker_threads'
import type { Platform } from 'sharedarraybuffer-lock'

export function nodePlatform(identity: number = threadId): Platform {
  let anchor: NodeJS.Timeout | undefined
  return {
    threadId: identity,
    isMainThread,
    now: () => performance.now(),
    startTimer: (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    keepAlive: (on) => {
      if (on) anchor = setInterval(() => {}, 0x7fff_ffff)
      else clearInterval(anchor)
    },
  }
}
