// What a connection has defined, by the tracker that has it now: so that a quota comes back when the code goes.
import type { JITDylibId, TrackerId } from '@worc/protocol'
import type { Account } from './quotas.js'

interface Defined {
  units: number
  bytes: number
}

export class Definitions {
  readonly #account: Account
  readonly #byTracker = new Map<TrackerId, Defined>()
  readonly #trackers = new Map<TrackerId, JITDylibId>()

  constructor(account: Account) {
    this.#account = account
  }

  /** Trackers that the client made and has not let go of. */
  get trackers(): readonly TrackerId[] {
    return [...this.#trackers.keys()]
  }

  addTracker(tracker: TrackerId, dylib: JITDylibId): void {
    this.#trackers.set(tracker, dylib)
  }

  /** What was under it goes to the dylib's default tracker. */
  dropTracker(tracker: TrackerId): void {
    const dylib = this.#trackers.get(tracker)
    if (dylib === undefined) return
    this.#trackers.delete(tracker)
    this.#account.give('trackers')
    this.move(tracker, -dylib as TrackerId)
  }

  add(tracker: TrackerId, bytes: number): void {
    const defined = this.#byTracker.get(tracker) ?? { units: 0, bytes: 0 }
    defined.units += 1
    defined.bytes += bytes
    this.#byTracker.set(tracker, defined)
  }

  move(source: TrackerId, destination: TrackerId): void {
    const moved = this.#byTracker.get(source)
    if (moved === undefined || source === destination) return
    this.#byTracker.delete(source)
    const there = this.#byTracker.get(destination)
    if (there === undefined) return void this.#byTracker.set(destination, moved)
    there.units += moved.units
    there.bytes += moved.bytes
  }

  remove(tracker: TrackerId): void {
    const gone = this.#byTracker.get(tracker)
    if (gone === undefined) return
    this.#byTracker.delete(tracker)
    this.#account.give('units', gone.units)
    this.#account.give('definedBytes', gone.bytes)
  }

  clear(dylib: JITDylibId): void {
    this.remove(-dylib as TrackerId)
    for (const [tracker, its] of this.#trackers) if (its === dylib) this.remove(tracker)
  }
}
