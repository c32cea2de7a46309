// The threads of the lock tests: each script is what one thread does. Words of the scratch buffer: `ready` is marked when the
// thread has come to the interesting place, `go` is where it waits for the test, `counter` is what locks protect.
import { parentPort, workerData } from 'node:worker_threads'
import { Condition, createAgent, LockError, Mutex, openRegistry, RwLock, Semaphore } from 'sharedarraybuffer-lock'
import type { Agent, LockAddress } from 'sharedarraybuffer-lock'
import { nodePlatform } from './node-platform.js'

export const word = { ready: 0, go: 1, counter: 2, twin: 3, inside: 4, most: 5, queue: 6 } as const

export interface Assignment {
  readonly script: keyof typeof scripts
  readonly buffer: SharedArrayBuffer
  readonly scratch: Int32Array<SharedArrayBuffer>
  readonly addresses: readonly LockAddress[]
  readonly rounds: number
}

interface Role {
  readonly agent: Agent
  readonly scratch: Int32Array<SharedArrayBuffer>
  readonly addresses: readonly LockAddress[]
  readonly rounds: number
}

const scripts = {
  /** Adds to the counter in two steps that only a lock makes one. */
  increment: ({ agent, scratch, addresses, rounds }: Role) => {
    const mutex = new Mutex(agent, first(addresses))
    for (let round = 0; round < rounds; round++) Mutex.withLock(mutex, () => addInTwoSteps(scratch))
  },
  incrementAsync: async ({ agent, scratch, addresses, rounds }: Role) => {
    const mutex = new Mutex(agent, first(addresses))
    for (let round = 0; round < rounds; round++) {
      const token = await Mutex.lockAsync(mutex)
      addInTwoSteps(scratch)
      token.unlock()
    }
  },
  /** Makes the two words differ and equal again, under the lock, until it is terminated. */
  incrementForEver: ({ agent, scratch, addresses }: Role) => {
    const mutex = new Mutex(agent, first(addresses), { repair: () => equalize(scratch) })
    for (;;) {
      const token = Mutex.lock(mutex)
      expectEqual(scratch)
      addToBoth(scratch)
      token.unlock()
      reach(scratch, word.ready)
    }
  },
  holdForEver: ({ agent, scratch, addresses }: Role) => {
    Mutex.lock(new Mutex(agent, first(addresses)))
    reach(scratch, word.ready)
    Atomics.wait(scratch, word.go, 0)
  },
  holdAndThrow: ({ agent, addresses }: Role) => {
    Mutex.lock(new Mutex(agent, first(addresses)))
    throw new Error('thrown while holding')
  },
  holdAndExit: ({ agent, addresses }: Role) => {
    Mutex.lock(new Mutex(agent, first(addresses)))
    process.exit(3)
  },
  /** Locks once and reports what the token said. */
  lockOnce: ({ agent, scratch, addresses }: Role) => {
    reach(scratch, word.ready)
    const token = Mutex.lock(new Mutex(agent, first(addresses)))
    parentPort?.postMessage(token.state)
    token.markConsistent()
    reach(scratch, word.counter)
    token.unlock()
  },
  lockOnceAsync: async ({ agent, scratch, addresses }: Role) => {
    reach(scratch, word.ready)
    const token = await Mutex.lockAsync(new Mutex(agent, first(addresses)))
    parentPort?.postMessage(token.state)
    token.unlock()
  },
  /** A task wants the lock, gives up; then the whole thread blocks in another lock. */
  abortThenBlock: async ({ agent, scratch, addresses }: Role) => {
    const controller = new AbortController()
    const wanted = Mutex.lockAsync(new Mutex(agent, first(addresses)), { signal: controller.signal })
    controller.abort('changed my mind')
    parentPort?.postMessage(await wanted.catch((reason: unknown) => reason))
    reach(scratch, word.ready)
    Mutex.lock(new Mutex(agent, second(addresses))).unlock()
  },
  /** Waits until the counter is positive, takes one, any number of times. */
  consume: ({ agent, scratch, addresses, rounds }: Role) => {
    const mutex = new Mutex(agent, first(addresses))
    const filled = new Condition(agent, second(addresses))
    for (let round = 0; round < rounds; round++) {
      const token = Mutex.lock(mutex)
      reach(scratch, word.ready)
      Condition.waitFor(filled, token, Infinity, () => Atomics.load(scratch, word.queue) > 0)
      Atomics.sub(scratch, word.queue, 1)
      reach(scratch, word.counter)
      token.unlock()
    }
  },
  waitOnce: ({ agent, scratch, addresses }: Role) => {
    const token = Mutex.lock(new Mutex(agent, first(addresses)))
    reach(scratch, word.ready)
    Condition.wait(new Condition(agent, second(addresses)), token)
    parentPort?.postMessage(token.state)
    token.unlock()
  },
  /** Counts how many threads are between acquire and release. */
  pass: ({ agent, scratch, addresses, rounds }: Role) => {
    const semaphore = new Semaphore(agent, first(addresses))
    for (let round = 0; round < rounds; round++) {
      const permit = Semaphore.acquire(semaphore)
      noteInside(scratch)
      permit.release()
    }
  },
  passAsync: async ({ agent, scratch, addresses, rounds }: Role) => {
    const semaphore = new Semaphore(agent, first(addresses))
    for (let round = 0; round < rounds; round++) {
      const permit = await Semaphore.acquireAsync(semaphore)
      noteInside(scratch)
      permit.release()
    }
  },
  holdPermitForEver: ({ agent, scratch, addresses }: Role) => {
    Semaphore.acquire(new Semaphore(agent, first(addresses)))
    reach(scratch, word.ready)
    Atomics.wait(scratch, word.go, 0)
  },
  /** Every fourth round writes two words, the others read both. */
  readAndWrite: ({ agent, scratch, addresses, rounds }: Role) => {
    const lock = new RwLock(agent, first(addresses))
    for (let round = 0; round < rounds; round++) {
      if (round % 4 === 0) {
        const token = RwLock.write(lock)
        expectEqual(scratch)
        addToBoth(scratch)
        token.unlock()
      } else {
        const token = RwLock.read(lock)
        expectEqual(scratch)
        token.unlock()
      }
    }
  },
  readOnce: ({ agent, scratch, addresses }: Role) => {
    const token = RwLock.read(new RwLock(agent, first(addresses)))
    parentPort?.postMessage(`read ${Atomics.load(scratch, word.counter)}`)
    token.unlock()
  },
  readForEver: ({ agent, scratch, addresses }: Role) => {
    RwLock.read(new RwLock(agent, first(addresses)))
    reach(scratch, word.ready)
    Atomics.wait(scratch, word.go, 0)
  },
  writeOnce: ({ agent, scratch, addresses }: Role) => {
    const token = RwLock.write(new RwLock(agent, first(addresses)))
    parentPort?.postMessage(token.state)
    Atomics.add(scratch, word.counter, 1)
    token.unlock()
  },
  writeForEver: ({ agent, scratch, addresses }: Role) => {
    RwLock.write(new RwLock(agent, first(addresses)))
    reach(scratch, word.ready)
    Atomics.wait(scratch, word.go, 0)
  },
  /** Locks its own mutex, meets the others, and wants the next one's: the others do the same. */
  dine: ({ agent, scratch, addresses, rounds }: Role) => {
    const mine = new Mutex(agent, first(addresses))
    const next = new Mutex(agent, second(addresses))
    const seats = Atomics.load(scratch, word.queue)
    for (let round = 1; round <= rounds; round++) {
      const token = Mutex.lock(mine)
      meet(scratch, word.ready, seats * round)
      try {
        Mutex.lock(next).unlock()
      } catch (error) {
        if (!(error instanceof LockError)) throw error
        parentPort?.postMessage(error.failure)
      }
      token.unlock()
      meet(scratch, word.counter, seats * round)
    }
  },
  /** Reads, lets the test know, then wants the mutex. */
  readThenLock: ({ agent, scratch, addresses }: Role) => {
    const token = RwLock.read(new RwLock(agent, first(addresses)))
    reach(scratch, word.ready)
    Atomics.wait(scratch, word.go, 0)
    try {
      Mutex.lock(new Mutex(agent, second(addresses))).unlock()
    } catch (error) {
      if (!(error instanceof LockError)) throw error
      parentPort?.postMessage(error.failure)
    }
    token.unlock()
  },
} satisfies Record<string, (role: Role) => void | Promise<void>>

function first(addresses: readonly LockAddress[]): LockAddress {
  return addressAt(addresses, 0)
}

function second(addresses: readonly LockAddress[]): LockAddress {
  return addressAt(addresses, 1)
}

function addressAt(addresses: readonly LockAddress[], index: number): LockAddress {
  const address = addresses[index]
  if (address === undefined) throw new Error(`the script needs ${index + 1} locks`)
  return address
}

function addInTwoSteps(scratch: Int32Array): void {
  const seen = scratch[word.counter] ?? 0
  scratch[word.counter] = seen + 1
}

function addToBoth(scratch: Int32Array): void {
  Atomics.add(scratch, word.counter, 1)
  Atomics.add(scratch, word.twin, 1)
}

function equalize(scratch: Int32Array): void {
  Atomics.store(scratch, word.twin, Atomics.load(scratch, word.counter))
}

function expectEqual(scratch: Int32Array): void {
  const counter = Atomics.load(scratch, word.counter)
  const twin = Atomics.load(scratch, word.twin)
  if (counter !== twin) throw new Error(`two words that a lock keeps equal are ${counter} and ${twin}`)
}

function noteInside(scratch: Int32Array): void {
  const inside = Atomics.add(scratch, word.inside, 1) + 1
  if (inside > Atomics.load(scratch, word.most)) Atomics.store(scratch, word.most, inside)
  Atomics.add(scratch, word.counter, 1)
  Atomics.sub(scratch, word.inside, 1)
}

function reach(scratch: Int32Array, place: number): void {
  Atomics.add(scratch, place, 1)
  Atomics.notify(scratch, place)
}

/** Waits until so many have come. */
function meet(scratch: Int32Array, place: number, count: number): void {
  reach(scratch, place)
  for (let come = Atomics.load(scratch, place); come < count; come = Atomics.load(scratch, place)) {
    Atomics.wait(scratch, place, come)
  }
}

if (parentPort !== null) {
  const { script, buffer, scratch, addresses, rounds } = workerData as Assignment
  const agent = createAgent(openRegistry(buffer), nodePlatform())
  await scripts[script]({ agent, scratch, addresses, rounds })
}
