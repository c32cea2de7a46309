// Lists whose items carry their own links: joined and left without a search, walked in the order of joining, and nothing is
// allocated for either. An item is in one chain at a time. Links of one that has left are null, so that what is dead holds on to
// nothing that lives.
export interface ChainItem<T> {
  previous: T | null
  next: T | null
}

export class Chain<T extends ChainItem<T>> {
  first: T | null = null
  #last: T | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  append(item: T): void {
    item.previous = this.#last
    if (this.#last === null) this.first = item
    else this.#last.next = item
    this.#last = item
    this.#size++
  }

  unlink(item: T): void {
    const { previous, next } = item
    if (previous === null) this.first = next
    else previous.next = next
    if (next === null) this.#last = previous
    else next.previous = previous
    item.previous = null
    item.next = null
    this.#size--
  }

  /** Moves all items of another chain to the end of this one. */
  take(other: Chain<T>): void {
    if (other.first === null) return
    other.first.previous = this.#last
    if (this.#last === null) this.first = other.first
    else this.#last.next = other.first
    this.#last = other.#last
    this.#size += other.#size
    other.forget()
  }

  /** Its items are never used again. */
  forget(): void {
    this.first = null
    this.#last = null
    this.#size = 0
  }

  /** Not for a chain that changes meanwhile: take a copy. */
  *[Symbol.iterator](): Generator<T, void> {
    for (let item = this.first; item !== null; item = item.next) yield item
  }
}
