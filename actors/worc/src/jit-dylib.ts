// A JITDylib: symbols, a link order and definition generators. Source: ORC's JITDylib (Core.h).
import type { JITDylibId, MatchKind, SearchOrderEntry } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { DefinitionGenerator } from './definition-generator.js'
import { registerGenerator } from './definition-generator.js'
import type { ExecutionSession } from './execution-session.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { ResourceTracker } from './resource-tracker.js'
import type { SessionClient } from './session-client.js'
import type { SymbolName } from './symbol-records.js'

/** A dylib, searched for exported symbols, or one searched as `match` says. */
export type SearchOrderItem = JITDylib | { readonly dylib: JITDylib; readonly match: MatchKind }

export class JITDylib {
  /** Unique among the session's open dylibs; readable also when the dylib is gone. */
  readonly name: string
  readonly session: ExecutionSession
  /** Names the dylib in messages. */
  readonly id: JITDylibId
  /** Symbolic: means whatever the default is in the turn that handles the message. */
  readonly defaultResourceTracker: ResourceTracker
  readonly #client: SessionClient

  constructor(client: SessionClient, session: ExecutionSession, id: JITDylibId, name: string) {
    this.#client = client
    this.session = session
    this.id = id
    this.name = name
    this.defaultResourceTracker = new ResourceTracker(client, this, client.defaultTrackerOf(id))
  }

  /** Costs no round trip: free to create "just in case". */
  createResourceTracker(): ResourceTracker {
    return this.#client.createTracker(this)
  }

  /**
   * Adds a unit's symbols under a tracker, the default one if none is given; nothing is materialized. Strong names take the place
   * of weak ones that nobody has asked for; weak ones give way. All or nothing: rejects with DuplicateDefinition, naming every
   * strong name the dylib already has, or ResourceTrackerDefunct.
   */
  async define(unit: MaterializationUnit, tracker?: ResourceTracker): Promise<void> {
    await this.#client.define(this, unit, tracker)
  }

  /** Removes names that are not materializing; their memory stays until their tracker goes. All or nothing. */
  async remove(names: readonly SymbolName[]): Promise<void> {
    await this.#client.request({ type: 'removeSymbols', dylib: this.id, names })
  }

  /**
   * A second try for what failed (these names, or all of the dylib): the units it came from are materialized again by the next
   * lookup, whole, under the trackers they have. Until then lookups answer the first failure and its cause. What was linked the
   * first time is given back, but where some of it was ready, and may be in use: that stays with the tracker. Names that did not fail are left alone. All or nothing.
   */
  async reset(names?: readonly SymbolName[]): Promise<void> {
    await this.#client.request({ type: 'resetSymbols', dylib: this.id, names: names ?? null })
  }

  /** Removes every tracker; the dylib stays usable. */
  async clear(): Promise<void> {
    await this.#client.request({ type: 'clear', dylib: this.id })
  }

  /** Where the dylib's code finds what it refers to. The dylib itself comes first, with all its symbols, unless `selfFirst` is false. */
  async setLinkOrder(order: readonly SearchOrderItem[], options: { readonly selfFirst?: boolean } = {}): Promise<void> {
    await this.#client.request({
      type: 'setLinkOrder',
      dylib: this.id,
      order: order.map((item) => searchOrderEntry(this.session, item)),
      selfFirst: options.selfFirst ?? true,
    })
  }

  /** At the end, what is not there yet as the same match. */
  async addToLinkOrder(dylibs: JITDylib | readonly JITDylib[], match: MatchKind = 'exported'): Promise<void> {
    const list = dylibs instanceof JITDylib ? [dylibs] : dylibs
    await this.#client.request({
      type: 'addToLinkOrder',
      dylib: this.id,
      entries: list.map((dylib) => searchOrderEntry(this.session, { dylib, match })),
    })
  }

  /** In the place of `from`; nothing changes where that is not there. */
  async replaceInLinkOrder(from: JITDylib, to: JITDylib, match: MatchKind = 'exported'): Promise<void> {
    await this.#client.request({
      type: 'replaceInLinkOrder',
      dylib: this.id,
      from: dylibIdIn(this.session, from),
      to: searchOrderEntry(this.session, { dylib: to, match }),
    })
  }

  /** Nothing changes where it is not there. */
  async removeFromLinkOrder(dylib: JITDylib): Promise<void> {
    await this.#client.request({
      type: 'removeFromLinkOrder',
      dylib: this.id,
      entry: dylibIdIn(this.session, dylib),
    })
  }

  /** In the order searched. */
  async linkOrder(): Promise<readonly { readonly dylib: JITDylib; readonly match: MatchKind }[]> {
    const order = await this.#client.request({ type: 'linkOrder', dylib: this.id })
    return order.map(([id, match, name]) => ({ dylib: this.#client.dylib(id, name), match }))
  }

  /** The dylib and all it links against, each once, depth first. Source: JITDylib::getDFSLinkOrder. */
  getDFSLinkOrder(): Promise<readonly JITDylib[]> {
    return this.session.getDFSLinkOrder([this])
  }

  /** The same the other way round: what it links against comes before it. */
  getReverseDFSLinkOrder(): Promise<readonly JITDylib[]> {
    return this.session.getReverseDFSLinkOrder([this])
  }

  /** Asked after those that are there. What it generates goes under the tracker, and it goes with it. */
  async addGenerator(generator: DefinitionGenerator, tracker?: ResourceTracker): Promise<void> {
    await registerGenerator(this.#client, this, generator, tracker)
  }

  /** Lookups inside it, and those that wait for their turn, fail with Aborted. What it has defined stays. */
  async removeGenerator(generator: DefinitionGenerator): Promise<void> {
    await this.#client.request({
      type: 'removeGenerator',
      dylib: this.id,
      generator: this.#client.generatorId(generator),
    })
    this.#client.forgetGenerator(generator)
  }
}

/** How a session's messages name a dylib. WrongOwner where it is another session's: the number means another dylib here. */
export function dylibIdIn(session: ExecutionSession, dylib: JITDylib): JITDylibId {
  if (dylib.session.name === session.name) return dylib.id
  throw new JITError(plainError('WrongOwner', `JITDylib ${dylib.name} belongs to another session`))
}

export function searchOrderEntry(session: ExecutionSession, item: SearchOrderItem): SearchOrderEntry {
  const { dylib, match } = item instanceof JITDylib ? { dylib: item, match: 'exported' as const } : item
  return [dylibIdIn(session, dylib), match]
}
