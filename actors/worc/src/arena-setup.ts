// The shared memory of a new session: guest memory, arenas, and the locks around them; and how each of the house's threads
// opens what it was given.
import { isMainThread, threadId } from 'node:worker_threads'
import type { TargetName } from '@worc/protocol'
import { MutexLock } from '@worc/executor-memory'
import type { ArenaBuffers, ArenaLocks } from '@worc/link'
import { createArenaBuffers, memoryOf, reservedBytes } from '@worc/link'
import type { LockAddress, Platform } from 'sharedarraybuffer-lock'
import { Mutex, allocate, createAgent, createRegistry, openRegistry } from 'sharedarraybuffer-lock'
import type { JITOptions } from './jit-options.js'

/** Everything that the link actors of a session share. Plain data of buffers: it can be sent to any worker. */
export interface SessionMemory {
  readonly target: TargetName
  readonly arenas: ArenaBuffers
  readonly locks: SharedArrayBuffer
  readonly lockAddresses: Readonly<Record<keyof ArenaLocks, LockAddress>>
}

const defaults = {
  initialBytes: 16 << 20,
  maximumBytes: 4 * 2 ** 30,
  stackBytes: 8 << 20,
  tlsBytes: 64 << 10,
  functionSlots: 64 << 10,
}

export function createSessionMemory(options: JITOptions): SessionMemory {
  const registry = createRegistry()
  const lockAddresses = { ranges: allocate(registry), slots: allocate(registry), tls: allocate(registry) }
  const target = options.target ?? 'wasm'
  const { initialBytes, maximumBytes, stackBytes, tlsBytes } = { ...defaults, ...options.memory }
  const arenas = createArenaBuffers({
    initialBytes: Math.min(Math.max(initialBytes, reservedBytes), maximumBytes),
    maximumBytes,
    stackBytes: roundUp(stackBytes, 16),
    tlsBlockBytes: roundUp(tlsBytes, 16),
    functionSlots: options.functionSlots ?? defaults.functionSlots,
    ...memoryOf(target),
  })
  return { target, arenas, locks: registry.buffer, lockAddresses }
}

/** This thread's view of the arenas' locks; once per thread and session. */
export function openLocks({ locks, lockAddresses }: SessionMemory): ArenaLocks {
  const agent = createAgent(openRegistry(locks), nodePlatform(), { allowBlockingMain: true })
  const open = (address: LockAddress): MutexLock => new MutexLock(new Mutex(agent, address))
  return { ranges: open(lockAddresses.ranges), slots: open(lockAddresses.slots), tls: open(lockAddresses.tls) }
}

function nodePlatform(): Platform {
  let anchor: NodeJS.Timeout | undefined
  return {
    threadId,
    isMainThread,
    now: () => performance.now(),
    startTimer: (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    keepAlive: (on) => {
      clearInterval(anchor)
      anchor = on ? setInterval(() => undefined, 0x7fff_ffff) : undefined
    },
  }
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to
}
