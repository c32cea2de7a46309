// Numbers that a session gives out, once it has: they are the model's names for what it knows.
import type { ModelTracker, Responsibility } from './model-state.js'

export class KnownNumbers {
  readonly responsibilities = new Map<number, Responsibility>()
  /** A number that was two things, or a thing that had two numbers. */
  readonly contradictions: string[] = []
  readonly #ids = new Map<Responsibility, number>()
  readonly #keys = new Map<ModelTracker, number>()
  readonly #trackers = new Map<number, ModelTracker>()

  responsibilityIs(work: Responsibility, id: number): void {
    const before = this.#ids.get(work) ?? id
    if (before !== id) this.contradictions.push(`responsibility ${before} is also responsibility ${id}`)
    this.responsibilities.set(id, work)
    this.#ids.set(work, id)
  }

  idOf(work: Responsibility): number | undefined {
    return this.#ids.get(work)
  }

  /** A tracker has one key in its life, and no other tracker ever has it. */
  keyIs(tracker: ModelTracker, key: number): void {
    const [before, other] = [this.#keys.get(tracker), this.#trackers.get(key)]
    if (before === key && other === tracker) return
    const isNew = before === undefined && other === undefined
    if (!isNew && before !== key) this.contradictions.push(`tracker ${tracker.id} has key ${key}, not ${before}`)
    if (!isNew && other !== tracker)
      this.contradictions.push(`key ${key} is tracker ${tracker.id}'s and ${other?.id}'s`)
    this.#keys.set(tracker, key)
    this.#trackers.set(key, tracker)
  }

  keyOf(tracker: ModelTracker): number | undefined {
    return this.#keys.get(tracker)
  }

  trackerOf(key: number): ModelTracker | undefined {
    return this.#trackers.get(key)
  }
}
