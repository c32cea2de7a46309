// Asks that are under way, by their numbers, which are given out in order. Each has a slot; one that finds its slot taken, because an
// ask of long ago has not been answered yet, is kept in a Map. A Map for all of them, growing and shrinking all the time, would
// leave tables behind that keep each other, and whatever was in them, alive for V8's scavenger.
import type { AskId } from '@worc/protocol'

/** A power of two: as many as are often under way at once. */
const slotCount = 512

interface Slot<V> {
  ask: AskId
  value: V | undefined
}

export class AskTable<V> {
  readonly #slots: readonly Slot<V>[] = Array.from({ length: slotCount }, () => ({ ask: 0, value: undefined }))
  readonly #late = new Map<AskId, V>()
  #size = 0

  get size(): number {
    return this.#size
  }

  set(ask: AskId, value: V): void {
    const slot = this.#slotOf(ask)
    if (slot === undefined || slot.value !== undefined) this.#late.set(ask, value)
    else {
      slot.ask = ask
      slot.value = value
    }
    this.#size++
  }

  /** Takes it out; undefined where there is none of this number. */
  take(ask: AskId): V | undefined {
    const slot = this.#slotOf(ask)
    const isThere = slot?.ask === ask && slot.value !== undefined
    const value = isThere ? slot.value : this.#late.get(ask)
    if (value === undefined) return undefined
    if (isThere) slot.value = undefined
    else this.#late.delete(ask)
    this.#size--
    return value
  }

  /** All of them, in the order of their numbers; none is left. */
  takeAll(): V[] {
    const all = [...this.#late]
    this.#late.clear()
    for (const slot of this.#slots) {
      if (slot.value !== undefined) all.push([slot.ask, slot.value])
      slot.value = undefined
    }
    this.#size = 0
    return all.sort(([a], [b]) => a - b).map(([, value]) => value)
  }

  #slotOf(ask: AskId): Slot<V> | undefined {
    return this.#slots[ask % slotCount]
  }
}
