// Where a session's state is not what the reference model says: of what both speak of, nothing of how it is kept. All of it is
// compared after each turn, without a word being written where all is well.
import { entryState } from '@worc/orc'
import type { SessionState } from '@worc/orc'
import type { KnownNumbers } from './known-numbers.js'
import type { ModelSymbol, Responsibility } from './model-state.js'
import { hasAddress } from './model-state.js'
import type { ReferenceModel } from './reference-model.js'

type ValueOf<T> = T extends { values(): IterableIterator<infer V> | Generator<infer V, void> | (infer V)[] } ? V : never
type Dylib = ValueOf<SessionState['dylibs']>
type Entry = ValueOf<Dylib['symbols']>
type Tracker = NonNullable<Dylib['trackers']['first']>

const stateNames: readonly (string | undefined)[] = Object.entries(entryState).reduce<string[]>((names, [name, at]) => {
  names[at] = name
  return names
}, [])

export function differences(session: SessionState, model: ReferenceModel, numbers: KnownNumbers): string[] {
  return new Comparison(model, numbers).of(session)
}

class Comparison {
  readonly #model: ReferenceModel
  readonly #numbers: KnownNumbers
  readonly #wrong: string[] = []

  constructor(model: ReferenceModel, numbers: KnownNumbers) {
    this.#model = model
    this.#numbers = numbers
  }

  of(session: SessionState): string[] {
    this.#symbols(session)
    this.#trackers(session)
    this.#responsibilities(session)
    return this.#wrong
  }

  // ---- symbols

  #symbols({ dylibs }: SessionState): void {
    const known = this.#model.symbols.dylibs
    for (const dylib of dylibs.values()) {
      if (dylib.phase !== 'open') continue
      const symbols = known.get(dylib.id)?.symbols
      for (const entry of dylib.symbols.values()) {
        const symbol = symbols?.get(entry.name)
        if (symbol === undefined) this.#say(`${entry.name} in dylib ${dylib.id} is there; should be gone`)
        else if (!this.#isSame(entry, symbol)) this.#differ(entry, symbol)
      }
    }
    for (const { id, symbols } of known.values()) {
      const dylib = dylibs.get(id)
      const size = dylib?.phase === 'open' ? dylib.symbols.size : 0
      if (symbols.size <= size) continue
      for (const name of symbols.keys())
        if (size === 0 || dylib?.symbols.has(name) !== true) this.#say(`${name} in dylib ${id} is not there`)
    }
  }

  #isSame({ state, flags, address, unit, pending }: Entry, symbol: ModelSymbol): boolean {
    if (stateNames[state] !== symbol.state || flags !== symbol.flags) return false
    if (state >= entryState.resolved && hasAddress(symbol) && address !== symbol.address) return false
    if (unit.id !== symbol.unit.description.unit) return false
    if (unit.tracker.key !== this.#numbers.keyOf(symbol.unit.tracker)) return false
    const responsibility = pending?.responsibility ?? null
    const id = responsibility === null || responsibility.holder === null ? undefined : responsibility.id
    return id === this.#numberOf(symbol.work)
  }

  /** Of what somebody holds. */
  #numberOf(work: Responsibility | undefined): number | undefined {
    return work?.holder === undefined ? undefined : this.#numbers.idOf(work)
  }

  #differ(entry: Entry, symbol: ModelSymbol): void {
    const { name, state, flags, address, unit, pending } = entry
    const owner = `of unit ${unit.id}, key ${unit.tracker.key}, responsibility ${pending?.responsibility?.id}`
    const is = `${stateNames[state]}, flags ${flags}, at ${address}, ${owner}`
    const { description, tracker } = symbol.unit
    const responsible = `responsibility ${this.#numberOf(symbol.work)}`
    const its = `of unit ${description.unit}, key ${this.#numbers.keyOf(tracker)}, ${responsible}`
    const should = `${symbol.state}, flags ${symbol.flags}, at ${symbol.address}, ${its}`
    this.#say(`${name} in dylib ${symbol.dylib.id} is ${is}; should be ${should}`)
  }

  // ---- trackers

  #trackers({ dylibs }: SessionState): void {
    let there = 0
    for (const { phase, trackers } of dylibs.values()) {
      if (phase !== 'open') continue
      for (let { first: tracker } = trackers; tracker !== null; tracker = tracker.next) {
        if (!isFact(tracker)) continue
        there++
        this.#tracker(tracker)
      }
    }
    for (const tracker of this.#model.live) if (isFact(tracker)) there--
    if (there === 0) return
    const keys = [...this.#model.live].filter(isFact).map((tracker) => this.#numbers.keyOf(tracker))
    this.#say(
      `there are ${Math.abs(there)} trackers too ${there > 0 ? 'many' : 'few'}; keys should be ${keys.join(', ')}`,
    )
  }

  #tracker({ id, key, used }: Tracker): void {
    const tracker = this.#numbers.trackerOf(key)
    if (tracker === undefined || !this.#model.live.has(tracker))
      this.#say(`key ${key} is tracker ${id}'s; should be gone`)
    else if (tracker.id !== id || tracker.used !== used) {
      const should = `tracker ${tracker.id}'s, ${tracker.used ? 'used' : 'unused'}`
      this.#say(`key ${key} is tracker ${id}'s, ${used ? 'used' : 'unused'}; should be ${should}`)
    }
  }

  // ---- responsibilities: for which symbols, the symbols say

  #responsibilities({ responsibilities }: SessionState): void {
    const { works } = this.#model.symbols
    let there = 0
    if (responsibilities.size > 0) {
      for (const { id, holder, unit } of responsibilities.values()) {
        if (holder === null) continue
        there++
        const work = this.#numbers.responsibilities.get(id)
        const isSame = work?.holder === holder.id && works.has(work) && work.unit.description.unit === unit.id
        if (!isSame) this.#say(`responsibility ${id} is client ${holder.id}'s, for unit ${unit.id}; should not`)
      }
    }
    for (const work of works) {
      if (this.#numberOf(work) !== undefined) there--
    }
    if (there !== 0) this.#say(`there are ${Math.abs(there)} responsibilities too ${there > 0 ? 'many' : 'few'}`)
  }

  #say(what: string): void {
    this.#wrong.push(what)
  }
}

/** When a default tracker that owns nothing is made is nobody's business. */
function isFact({ id, used }: { readonly id: number; readonly used: boolean }): boolean {
  return id > 0 || used
}
