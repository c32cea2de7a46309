// What the managers of users have filed under each key: the reason why leases exist. Whatever was filed under a lease before a
// removal must be given to that removal, and nothing may be left under a key that was removed.
import type { ManagerId, ResourceKey } from '@worc/protocol'

export class ManagerBooks {
  readonly #books = new Map<ManagerId, Map<ResourceKey, number>>()

  open(manager: ManagerId): void {
    this.#books.set(manager, new Map())
  }

  close(manager: ManagerId): void {
    this.#books.delete(manager)
  }

  /** Those that are open now: who begins later hears nothing of what was removed before. */
  get managers(): readonly ManagerId[] {
    return [...this.#books.keys()]
  }

  /** Something under this key, with each of them that is still there. */
  file(managers: readonly ManagerId[], key: ResourceKey): void {
    for (const manager of managers) {
      const book = this.#books.get(manager)
      book?.set(key, (book.get(key) ?? 0) + 1)
    }
  }

  remove(manager: ManagerId, key: ResourceKey): void {
    this.#books.get(manager)?.delete(key)
  }

  transfer(manager: ManagerId, source: ResourceKey, destination: ResourceKey): void {
    const book = this.#books.get(manager)
    const moved = book?.get(source)
    if (book === undefined || moved === undefined) return
    book.delete(source)
    book.set(destination, (book.get(destination) ?? 0) + moved)
  }

  /** By manager, the keys that it has something under. */
  *keys(): Iterable<readonly [ManagerId, ResourceKey]> {
    for (const [manager, book] of this.#books) for (const key of book.keys()) yield [manager, key]
  }
}
