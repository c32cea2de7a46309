// A dylib's names. A name that is erased leaves its place behind, empty, and whoever defines it next finds it there: units that
// come and go under the same names, as redefinitions and queries do, then cost one search a name and no memory. Places that
// stay empty are swept when they outnumber the rest.
//
// It is not only for speed: a Map that grows and shrinks all the time leaves a trail of tables behind, each of which holds on
// to the next, and through them V8's scavenger takes for alive whatever was ever in them.
import type { SymbolEntry } from './symbol-entry.js'

export interface SymbolPlace {
  readonly name: string
  entry: SymbolEntry | null
}

/**
 * Empty places that are kept in any case: as many names as may come and go in step, as those of a few hundred units do
 * whose clients are all served in one message. Some hundred bytes each.
 */
const sparePlaces = 0x8000

export class SymbolTable {
  #places = new Map<string, SymbolPlace>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(name: string): SymbolEntry | undefined {
    return this.#places.get(name)?.entry ?? undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** The place of a name, made if need be: good until the next turn, or as long as there is an entry in it. */
  placeOf(name: string): SymbolPlace {
    const known = this.#places.get(name)
    if (known !== undefined) return known
    const place: SymbolPlace = { name, entry: null }
    this.#places.set(name, place)
    return place
  }

  /** Into its own place, which must be empty. */
  enter(entry: SymbolEntry): void {
    entry.place.entry = entry
    this.#size++
  }

  erase(entry: SymbolEntry): void {
    entry.place.entry = null
    this.#size--
  }

  /** To be called when no place is in use that has no entry. */
  sweep(): void {
    if (this.#places.size <= 2 * this.#size + sparePlaces) return
    const kept = new Map<string, SymbolPlace>()
    if (this.#size > 0) for (const [name, place] of this.#places) if (place.entry !== null) kept.set(name, place)
    this.#places = kept
  }

  /** As they are now: the table may change meanwhile. */
  values(): SymbolEntry[] {
    const entries: SymbolEntry[] = []
    if (this.#size > 0) for (const { entry } of this.#places.values()) if (entry !== null) entries.push(entry)
    return entries
  }
}
