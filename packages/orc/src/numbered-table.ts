// Records by numbers that are given out in order: responsibilities, asks, trackers. What has come and gone leaves nothing
// behind, and what is young is found without hashing: numbers that follow each other share a page, and the page in use last is
// kept at hand. See `symbol-table.ts` for what a Map would cost here.
interface Page<V> {
  readonly first: number
  readonly records: (V | undefined)[]
  count: number
}

const pageSize = 64

export class NumberedTable<N extends number, V> {
  readonly #pages = new Map<number, Page<V>>()
  /** The one used last; the only one that may be empty. */
  #atHand: Page<V> = this.#addPage(0)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(number: N): V | undefined {
    const page = this.#pageOf(number)
    return page?.records[number - page.first]
  }

  has(number: N): boolean {
    return this.get(number) !== undefined
  }

  set(number: N, record: V): void {
    const page = this.#pageOf(number) ?? this.#keepAtHand(this.#addPage(number))
    const index = number - page.first
    if (page.records[index] === undefined) {
      page.count++
      this.#size++
    }
    page.records[index] = record
  }

  delete(number: N): void {
    const page = this.#pageOf(number)
    if (page?.records[number - page.first] === undefined) return
    page.records[number - page.first] = undefined
    page.count--
    this.#size--
  }

  /** In the order of their numbers, as they are now: the table may change meanwhile. */
  values(): V[] {
    const values: V[] = []
    this.#each((record) => values.push(record))
    return values
  }

  entries(): (readonly [N, V])[] {
    const entries: (readonly [N, V])[] = []
    this.#each((record, number) => entries.push([number, record]))
    return entries
  }

  #each(see: (record: V, number: N) => void): void {
    if (this.#size === 0) return
    for (const { first, records, count } of this.#pagesInOrder()) {
      for (let index = 0, left = count; left > 0; index++) {
        const record = records[index]
        if (record === undefined) continue
        see(record, (first + index) as N)
        left--
      }
    }
  }

  #pagesInOrder(): readonly Page<V>[] {
    return this.#size === this.#atHand.count
      ? [this.#atHand]
      : [...this.#pages.values()].sort((a, b) => a.first - b.first)
  }

  #pageOf(number: number): Page<V> | undefined {
    const atHand = this.#atHand
    if (number >= atHand.first && number < atHand.first + pageSize) return atHand
    const page = this.#pages.get(Math.floor(number / pageSize))
    return page === undefined ? undefined : this.#keepAtHand(page)
  }

  #addPage(number: number): Page<V> {
    const index = Math.floor(number / pageSize)
    const records = new Array<V | undefined>(pageSize).fill(undefined)
    const page: Page<V> = { first: index * pageSize, records, count: 0 }
    this.#pages.set(index, page)
    return page
  }

  #keepAtHand(page: Page<V>): Page<V> {
    if (this.#atHand.count === 0) this.#pages.delete(this.#atHand.first / pageSize)
    this.#atHand = page
    return page
  }
}
