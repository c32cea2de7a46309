// A resource manager that keeps books: what is filed under a key is there until the key is removed, and moves when it is
// transferred. Whatever ORC promises a manager, the books show.
import type { JITDylib, ResourceKey, ResourceManager } from 'worc'
import { standStill } from './delays.js'

export class Ledger implements ResourceManager {
  readonly #filed = new Map<ResourceKey, number>()
  /** Removed, or transferred from: nothing may be filed there again. */
  readonly #gone = new Map<ResourceKey, string>()
  readonly #problem: (text: string) => void
  #calls = 0

  constructor(problem: (text: string) => void) {
    this.#problem = problem
  }

  /** Filed under the key of a lease. */
  file(key: ResourceKey): void {
    const gone = this.#gone.get(key)
    if (gone !== undefined) this.#problem(`a lease of key ${key}, which was ${gone} before`)
    this.#filed.set(key, (this.#filed.get(key) ?? 0) + 1)
  }

  handleRemoveResources(_dylib: JITDylib, key: ResourceKey): void | Promise<void> {
    const gone = this.#gone.get(key)
    if (gone !== undefined) this.#problem(`told to remove key ${key}, which was ${gone} before`)
    this.#gone.set(key, 'removed')
    this.#filed.delete(key)
    // In turn: at once, a little late in this turn, in a later turn, with an error.
    switch (this.#calls++ % 8) {
      case 1:
        return standStill(50)
      case 3:
        return new Promise((resolve) => setImmediate(resolve))
      case 5:
        throw new Error(managerFails)
    }
  }

  handleTransferResources(_dylib: JITDylib, destination: ResourceKey, source: ResourceKey): void {
    const gone = this.#gone.get(source) ?? this.#gone.get(destination)
    if (gone !== undefined)
      this.#problem(`told to transfer key ${source} to ${destination}, one of which was ${gone} before`)
    this.#gone.set(source, 'transferred')
    const moved = this.#filed.get(source) ?? 0
    this.#filed.delete(source)
    if (moved > 0) this.#filed.set(destination, (this.#filed.get(destination) ?? 0) + moved)
  }

  /** With nothing left anywhere, nothing may be left here. */
  close(): void {
    for (const [key, count] of this.#filed) this.#problem(`${count} resources are still filed under key ${key}`)
    this.#filed.clear()
    this.#gone.clear()
  }
}

export const managerFails = 'a manager failed, as it does now and then'
