// Asks that are under way, by their numbers, which are given out in order. Each has a slot, found by its number; there are as many
// slots as asks were ever this near to each other. One that finds its slot taken when there are as many as there may be, because an
// ask of long ago has not been answered yet, is kept in a Map. A Map for all of them, growing and shrinking all the time, would
// leave tables behind that keep each other, and whatever was in them, alive for V8's scavenger.
import type { AskId } from '@worc/protocol'

/** Powers of two. A connection over which little is asked has few. */
const fewestSlots = 8
const mostSlots = 512

export class AskTable<V> {
  #asks: AskId[] = new Array<AskId>(fewestSlots).fill(0)
  #values: (V | undefined)[] = new Array<V | undefined>(fewestSlots).fill(undefined)
  readonly #late = new Map<AskId, V>()
  #size = 0

  get size(): number {
    return this.#size
  }

  set(ask: AskId, value: V): void {
    while (this.#values[this.#slotOf(ask)] !== undefined && this.#values.length < mostSlots) this.#grow()
    const slot = this.#slotOf(ask)
    if (this.#values[slot] !== undefined) this.#late.set(ask, value)
    else {
      this.#asks[slot] = ask
      this.#values[slot] = value
    }
    this.#size++
  }

  /** Takes it out; undefined where there is none of this number. */
  take(ask: AskId): V | undefined {
    const slot = this.#slotOf(ask)
    const isThere = this.#asks[slot] === ask && this.#values[slot] !== undefined
    const value = isThere ? this.#values[slot] : this.#late.get(ask)
    if (value === undefined) return undefined
    if (isThere) this.#values[slot] = undefined
    else this.#late.delete(ask)
    this.#size--
    return value
  }

  /** All of them, in the order of their numbers; none is left. */
  takeAll(): V[] {
    const all = [...this.#late]
    this.#late.clear()
    for (const [slot, value] of this.#values.entries()) {
      if (value !== undefined) all.push([this.#asks[slot] ?? 0, value])
      this.#values[slot] = undefined
    }
    this.#size = 0
    return all.sort(([a], [b]) => a - b).map(([, value]) => value)
  }

  /** Twice as many: what had a slot of its own has one. */
  #grow(): void {
    const [asks, values] = [this.#asks, this.#values]
    this.#asks = new Array<AskId>(2 * asks.length).fill(0)
    this.#values = new Array<V | undefined>(2 * values.length).fill(undefined)
    for (const [old, value] of values.entries()) {
      if (value === undefined) continue
      const ask = asks[old] ?? 0
      const slot = this.#slotOf(ask)
      this.#asks[slot] = ask
      this.#values[slot] = value
    }
  }

  #slotOf(ask: AskId): number {
    return ask & (this.#values.length - 1)
  }
}
