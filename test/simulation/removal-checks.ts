// What must follow on a removal: managers let go before anybody is told that it is done, and whoever was at work for the tracker
// can do nothing more with its responsibility.
import type { ManagerId, ResourceKey, ResponsibilityId, SessionRequest } from '@worc/protocol'
import type { Effect, SessionInput, SessionState } from '@worc/orc'
import type { Responsibility, TurnFacts } from './turn-facts.js'
import { violated } from './violation.js'

type Reply = Extract<Effect, { type: 'reply' }>

/** What the holder of a responsibility may ask, as long as it holds it. */
const operations: ReadonlySet<string> = new Set([
  'claimResourceKey',
  'notifyResolved',
  'notifyEmitted',
  'defineMaterializing',
  'delegate',
  'replace',
  'emit',
] satisfies SessionRequest['type'][])

export class RemovalChecks {
  /** Managers that have to let go of a key and have not, as long as they are registered. */
  readonly #awaited = new Map<ResourceKey, Set<ManagerId>>()
  readonly #asked = new Map<number, readonly [ResourceKey, ManagerId]>()
  #atWork: readonly Responsibility[] = []
  readonly #refused = new Set<ResponsibilityId>()
  /** Those refused in the turn that was seen last: what the same turn did for them before is no matter. */
  #refusedNow: ResponsibilityId[] = []

  onTurn({ input, effects, state, isAlone }: TurnFacts): void {
    for (const effect of effects) {
      if (effect.type !== 'ask' || effect.message.type !== 'handleRemoveResources') continue
      this.#asked.set(effect.token, [effect.message.key, effect.message.manager])
    }
    if (input.type === 'reply') this.#answered(input)
    this.#noteRemovals(state, isAlone)
    this.#noteRefusals(state)
  }

  /** `request` is answered in the turn that was seen last. */
  onReply({ result }: Reply, request: SessionRequest, { removals }: SessionState): void {
    if (!result.ok) return
    if (request.type === 'removeTracker') {
      for (const [key, { tracker }] of removals.entries()) {
        // A dylib has one default tracker after the other, all by one name.
        if (tracker.id > 0 && tracker.id === request.tracker) this.#verifyLetGo(key)
      }
    } else if (operations.has(request.type) && 'responsibility' in request) {
      if (this.#refused.has(request.responsibility))
        violated('I22', `${request.type} succeeds, and the tracker of responsibility ${request.responsibility} is gone`)
    }
  }

  #verifyLetGo(key: ResourceKey): void {
    const awaited = this.#awaited.get(key)
    if (awaited !== undefined && awaited.size > 0)
      violated('I21', `the removal of key ${key} is answered, and managers ${[...awaited].join(', ')} hold on to it`)
  }

  #answered({ token }: Extract<SessionInput, { type: 'reply' }>): void {
    const asked = this.#asked.get(token)
    if (asked === undefined) return
    this.#asked.delete(token)
    const [key, manager] = asked
    this.#awaited.get(key)?.delete(manager)
  }

  #noteRemovals({ removals, managers }: SessionState, isAlone: boolean): void {
    if (removals.size === 0 && this.#awaited.size === 0) return
    for (const [key, { calls }] of removals.entries()) {
      if (this.#awaited.has(key)) continue
      // Where the turn went on after the removal, managers may have come since.
      const registered = isAlone ? managers : calls.map(({ manager }) => manager)
      this.#awaited.set(key, new Set(registered.map(({ id }) => id)))
    }
    for (const [key, awaited] of this.#awaited) {
      if (!removals.has(key)) this.#awaited.delete(key)
      for (const id of awaited) if (!managers.some((manager) => manager.id === id)) awaited.delete(id)
    }
  }

  #noteRefusals({ responsibilities }: SessionState): void {
    for (const id of this.#refusedNow) this.#refused.add(id)
    if (this.#refusedNow.length > 0) this.#refusedNow = []
    for (const { id, unit } of this.#atWork)
      if (unit.tracker.defunct && !responsibilities.has(id)) this.#refusedNow.push(id)
    this.#atWork = responsibilities.size === 0 ? none : responsibilities.values()
  }
}

const none: readonly Responsibility[] = []
