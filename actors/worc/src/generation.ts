// Which generator a lookup is made for, also after an await: one that waits for what only it could answer would wait for ever. The
// asynchronous context of tryToGenerate tells, as long as the generator has not answered; it is kept track of only meanwhile, for
// Node before 24 makes every promise of the thread pay for it.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { GeneratorId } from '@worc/protocol'

interface Generation {
  readonly generator: GeneratorId
  answered: boolean
}

const current = new AsyncLocalStorage<Generation>()
let underWay = 0

/** Runs a generator. */
export function generating(generator: GeneratorId, body: () => Promise<void> | undefined): Promise<void> | undefined {
  const generation: Generation = { generator, answered: false }
  const end = (): void => {
    generation.answered = true
    underWay -= 1
    if (underWay === 0) current.disable()
  }
  underWay += 1
  let pending: Promise<void> | undefined
  try {
    pending = current.run(generation, body)
  } finally {
    if (pending === undefined) end()
  }
  return pending?.finally(end)
}

/** The generator in whose asynchronous context this is and which has not answered, as a lookup's message says it. */
export function insideGenerator(): { readonly within?: GeneratorId } {
  const generation = current.getStore()
  return generation?.answered === false ? { within: generation.generator } : {}
}

/** Runs what a generator did not ask for, though the message that brought it may have come while it did. */
export function outsideGenerators<T>(body: () => T): T {
  return current.getStore() === undefined ? body() : current.exit(body)
}
