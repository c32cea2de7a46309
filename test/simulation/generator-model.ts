// Generators, as far as the reference model needs them: which lookups they may hold up, and where what they define goes.
import type {
  ClientId,
  Expected,
  JITDylibId,
  LookupSetEntry,
  SearchOrderEntry,
  SessionAskReplies,
} from '@worc/protocol'
import type { GeneratorId, SessionRequest } from '@worc/protocol'
import { defaultTrackerOf } from '@worc/protocol'
import type { ModelTracker, ModelUnit } from './model-state.js'
import type { ReferenceModel } from './reference-model.js'

interface Generator {
  readonly id: GeneratorId
  readonly dylib: JITDylibId
  /** Who runs it, where that is not any link actor. */
  readonly runner: ClientId | undefined
  readonly tracker: ModelTracker | undefined
  readonly generated: Map<string, ModelUnit>
}

export class GeneratorModel {
  readonly #model: ReferenceModel
  readonly #generators = new Set<Generator>()
  readonly #asked = new Map<number, { readonly generator: Generator; readonly names: ReadonlySet<string> }>()

  constructor(model: ReferenceModel) {
    this.#model = model
  }

  /** The session did add it. */
  added(client: ClientId, message: Extract<SessionRequest, { type: 'addGenerator' }>): void {
    const { generator: id, dylib } = message
    const tracker = message.tracker === null ? undefined : this.#model.liveTracker(message.tracker)
    if (typeof tracker === 'string') return
    if (tracker !== undefined) tracker.used = true
    const runner = message.kind === 'user' ? client : undefined
    this.#generators.add({ id, dylib, runner, tracker, generated: new Map() })
  }

  removed(dylib: JITDylibId, id: GeneratorId): void {
    for (const known of this.#generators) if (known.id === id && known.dylib === dylib) this.#generators.delete(known)
  }

  /** A generator is asked for names that neither its dylib has, visible or not, nor any before it shows. */
  mayHoldUp(order: readonly SearchOrderEntry[], names: readonly LookupSetEntry[]): boolean {
    if (this.#generators.size === 0) return false
    let unmatched = names.map(([name]) => name)
    for (const [id, match] of order) {
      const symbols = this.#model.symbols.dylibs.get(id)?.symbols
      const isAbsent = unmatched.some((name) => symbols?.has(name) !== true)
      if (isAbsent && [...this.#generators].some((known) => known.dylib === id && this.#isThere(known))) return true
      unmatched = unmatched.filter((name) => this.#model.symbols.find([[id, match]], name) === undefined)
    }
    return false
  }

  asked(token: number, dylib: JITDylibId, id: GeneratorId, lookup: readonly LookupSetEntry[]): void {
    const names = new Set(lookup.map(([name]) => name))
    for (const generator of this.#generators)
      if (generator.id === id && generator.dylib === dylib) this.#asked.set(token, { generator, names })
  }

  answered(client: ClientId, token: number, result: Expected<unknown>): void {
    const { generator, names } = this.#asked.get(token) ?? { generator: undefined, names: undefined }
    this.#asked.delete(token)
    if (generator === undefined || !this.#isThere(generator) || !result.ok) return
    for (const description of (result.value as SessionAskReplies['generate']).units) {
      if (this.#isDefined(generator.generated.get(description.name))) continue
      const tracker = this.#trackerOf(generator)
      const unit = typeof tracker === 'string' ? undefined : this.#model.define(client, tracker, description)
      if (unit === undefined) return
      if (!('code' in unit)) generator.generated.set(description.name, unit)
      // A member that came along is not needed where what it defines is there.
      else if (generator.runner !== undefined || description.symbols.some(([name]) => names.has(name))) return
    }
  }

  #isThere(generator: Generator): boolean {
    if (!this.#generators.has(generator) || typeof this.#model.dylib(generator.dylib) === 'string') return false
    const { runner } = generator
    const tracker = this.#trackerOf(generator)
    return typeof tracker !== 'string' && tracker.live && (runner === undefined || this.#model.clients.has(runner))
  }

  #trackerOf({ tracker, dylib }: Generator): ReturnType<ReferenceModel['tracker']> {
    let current = tracker
    while (current?.transferredTo !== undefined) current = current.transferredTo
    return current ?? this.#model.tracker(defaultTrackerOf(dylib))
  }

  #isDefined(unit: ModelUnit | undefined): boolean {
    const { symbols, works } = this.#model.symbols
    return [...symbols, ...works].some((owned) => owned.unit === unit)
  }
}
