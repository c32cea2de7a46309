// The waiting-on graph once more, the slow and obvious way: every dependence that was emitted is remembered, and after
// each turn a fixpoint over all of them says which symbols must be ready and which must have failed.
import type { DependenceGroup } from '@worc/protocol'
import { entryState } from '@worc/orc'
import type { SessionState } from '@worc/orc'

type DylibOf<S> = S extends { readonly dylibs: ReadonlyMap<unknown, infer D> } ? D : never
type EntryOf<D> = D extends { readonly symbols: { values(): Iterable<infer E> } } ? E : never
type Entry = EntryOf<DylibOf<SessionState>>

const { failed, emitted, ready, removed } = entryState

export class ReadinessOracle {
  readonly #state: SessionState
  readonly #dependencies = new Map<Entry, ReadonlySet<Entry>>()
  /** Readiness is for ever, also of what was removed since. */
  readonly #everReady = new Set<Entry>()

  constructor(state: SessionState) {
    this.#state = state
  }

  /** To be called before the turn of a notifyEmitted; the result, after it, if it succeeded. */
  emission(dylib: number, groups: readonly DependenceGroup[]): () => void {
    const emission = new Map<Entry, ReadonlySet<Entry>>()
    for (const { symbols, dependencies } of groups) {
      const entries = new Set<Entry>()
      for (const [id, names] of dependencies) for (const name of names) this.#add(entries, id, name)
      for (const name of symbols) {
        const entry = this.#entry(dylib, name)
        if (entry !== undefined) emission.set(entry, entries)
      }
    }
    return () => {
      for (const [entry, entries] of emission) this.#dependencies.set(entry, entries)
    }
  }

  #add(entries: Set<Entry>, dylib: number, name: string): void {
    const entry = this.#entry(dylib, name)
    if (entry !== undefined && entry.state !== ready) entries.add(entry)
  }

  #entry(dylib: number, name: string): Entry | undefined {
    for (const [id, { symbols }] of this.#state.dylibs) if (id === dylib) return symbols.get(name)
    return undefined
  }

  /** What the session has wrong, after a turn. */
  disagreements(): string[] {
    const entries = [...this.#state.dylibs.values()].flatMap(({ symbols }) => [...symbols.values()])
    const wrong: string[] = []
    for (const entry of entries) {
      if (entry.state === ready) this.#everReady.add(entry)
      if (entry.state === emitted) this.#noteAliasee(entry)
    }
    const stuck = this.#stuck(entries)
    for (const entry of entries) {
      const { name, state } = entry
      if (state === emitted && !stuck.has(entry)) wrong.push(`${name} is emitted and should be ready`)
      if (state === emitted && this.#dependsOnFailure(entry)) wrong.push(`${name} should have failed`)
    }
    return wrong
  }

  /** An alias is emitted, by the session itself, as soon as there is an address: its aliasee is there in that turn. */
  #noteAliasee(entry: Entry): void {
    const { unit } = entry
    if (unit.source.kind !== 'aliases' || this.#dependencies.has(entry)) return
    const entries = new Set<Entry>()
    for (const name of unit.source.aliasees) this.#add(entries, unit.source.from?.[0] ?? unit.dylib.id, name)
    this.#dependencies.set(entry, entries)
  }

  /** Emitted symbols from which something that is not emitted can be reached. */
  #stuck(entries: readonly Entry[]): Set<Entry> {
    const stuck = new Set<Entry>()
    for (let changed = true; changed;) {
      changed = false
      for (const entry of entries) {
        if (entry.state !== emitted || stuck.has(entry)) continue
        const waits = [...this.#unready(entry)].some((other) => other.state < emitted || stuck.has(other))
        if (!waits) continue
        stuck.add(entry)
        changed = true
      }
    }
    return stuck
  }

  #unready(entry: Entry): Entry[] {
    return [...(this.#dependencies.get(entry) ?? [])].filter((other) => !this.#everReady.has(other))
  }

  #dependsOnFailure(entry: Entry): boolean {
    return this.#unready(entry).some(({ state }) => state === failed || state === removed)
  }
}
