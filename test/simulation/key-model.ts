// The half of the reference model that comes after the turn that took symbols away: resource managers, the leases that
// hold them off, and whoever waits for a removal. What managers must be told in a turn is listed in `told`.
import type { ClientId, JITErrorCode, LeaseId, ManagerId } from '@worc/protocol'
import type { Ask, ModelManager, ModelTracker, Outcome } from './model-state.js'
import { ok } from './model-state.js'

interface Call {
  answered: boolean
  reclaimed: boolean
  error: JITErrorCode | undefined
}

export interface Removal {
  readonly tracker: ModelTracker
  readonly calls: ReadonlyMap<ModelManager, Call>
  /** The queries that fail with it, when all managers have answered. */
  readonly failures: ReadonlyMap<Ask, Outcome>
  retired: boolean
}

/** What a manager hears: that a key is removed or, with a destination, transferred. */
interface Told {
  readonly manager: ModelManager
  readonly source: ModelTracker
  readonly destination: ModelTracker | undefined
}

interface KeyOperation {
  readonly source: ModelTracker
  readonly destination: ModelTracker | undefined
  readonly untold: Set<ModelManager>
}

interface Waiter {
  readonly ask: Ask
  readonly removals: readonly Removal[]
  readonly wait: 'retired' | 'reclaimed'
}

export class KeyModel {
  readonly leases = new Map<LeaseId, { readonly client: ClientId; readonly tracker: ModelTracker }>()
  readonly #isConnected: (client: ClientId) => boolean
  readonly #answer: (ask: Ask, outcome: Outcome) => void
  /** In order of registration. */
  readonly #managers = new Set<ModelManager>()
  readonly #removals = new Set<Removal>()
  readonly #operations = new Set<KeyOperation>()
  readonly #waiters = new Set<Waiter>()
  told: Told[] = []

  constructor(isConnected: (client: ClientId) => boolean, answer: (ask: Ask, outcome: Outcome) => void) {
    this.#isConnected = isConnected
    this.#answer = answer
  }

  get unfinished(): readonly Removal[] {
    return [...this.#removals].filter(({ retired }) => !retired)
  }

  // ---- managers

  register(manager: ModelManager): Outcome {
    if ([...this.#managers].some(({ id }) => id === manager.id)) return { code: 'BadArgument' }
    this.#managers.add(manager)
    return ok
  }

  deregister(client: ClientId, id: ManagerId): Outcome {
    const manager = [...this.#managers].find((known) => known.id === id && known.client === client)
    return { code: manager !== undefined && this.#managers.delete(manager) ? 'ok' : 'BadArgument' }
  }

  answered(tracker: ModelTracker, id: ManagerId, error: JITErrorCode | undefined, reclaimLater: boolean): void {
    for (const { tracker: removed, calls } of this.#removals) {
      if (removed !== tracker) continue
      for (const [manager, call] of calls) if (manager.id === id) note(manager, call, error, reclaimLater)
    }
    this.advance()
  }

  reclaimed(client: ClientId, id: ManagerId, tracker: ModelTracker): void {
    for (const { tracker: removed, calls } of this.#removals) {
      if (removed !== tracker) continue
      for (const [manager, call] of calls) if (manager.id === id && manager.client === client) call.reclaimed = true
    }
    this.advance()
  }

  /** A link actor's resources are adopted: its death is no failure. */
  closed(client: ClientId): void {
    for (const manager of this.#managers) if (manager.client === client) this.#managers.delete(manager)
    for (const { calls } of this.#removals) {
      for (const [manager, call] of calls) {
        if (manager.client !== client) continue
        if (call.answered) call.reclaimed = true
        else note(manager, call, 'ActorDied', false)
      }
    }
    for (const [id, lease] of this.leases) if (lease.client === client) this.leases.delete(id)
    this.advance()
  }

  // ---- keys

  transfer(source: ModelTracker, destination: ModelTracker): void {
    if (this.#managers.size > 0) this.#operations.add({ source, destination, untold: this.#lastFirst() })
    this.advance()
  }

  /** To be followed by `advance`. */
  remove(tracker: ModelTracker, failures: ReadonlyMap<Ask, Outcome>): Removal {
    const calls = [...this.#lastFirst()].map((manager): [ModelManager, Call] => [manager, newCall()])
    const removal = { tracker, calls: new Map(calls), failures, retired: false }
    this.#removals.add(removal)
    if (calls.length > 0) this.#operations.add({ source: tracker, destination: undefined, untold: this.#lastFirst() })
    return removal
  }

  /** Answers the ask when these are done, or when the tracker's removal is, if it is under way. */
  wait(ask: Ask, removals: readonly Removal[], wait: Waiter['wait'] = 'retired'): undefined {
    this.#waiters.add({ ask, removals, wait })
    this.advance()
  }

  removalsOf(tracker: ModelTracker): readonly Removal[] {
    return [...this.#removals].filter((removal) => removal.tracker === tracker)
  }

  /** Whoever may be told is told, what is retired fails its queries, and who waited for that is answered after. */
  advance(): void {
    while (this.#operations.size > 0 && [...this.#operations].some((operation) => this.#tell(operation))) continue
    for (const removal of this.#removals) {
      const calls = [...removal.calls.values()]
      if (!removal.retired && calls.every(({ answered }) => answered)) {
        removal.retired = true
        for (const [ask, outcome] of removal.failures) this.#answer(ask, outcome)
      }
    }
    for (const waiter of this.#waiters) {
      if (!waiter.removals.every((removal) => isDone(removal, waiter.wait))) continue
      this.#waiters.delete(waiter)
      const errors = waiter.removals.flatMap(({ calls }) => [...calls.values()].flatMap(({ error }) => error ?? []))
      const after = waiter.removals.flatMap(({ failures }) => [...failures.keys()])
      this.#answer(waiter.ask, { code: errors[0] ?? 'ok', joined: errors.length, after })
    }
    for (const removal of this.#removals) if (isDone(removal, 'reclaimed')) this.#removals.delete(removal)
  }

  /** Whether anybody was told. Nobody is while an earlier transfer has yet to bring something under the key. */
  #tell(operation: KeyOperation): boolean {
    const { source, destination, untold } = operation
    if ([...this.#operations].some((other) => other.destination === source)) return false
    for (const manager of untold) {
      if ([...this.leases.values()].some(({ tracker, client }) => tracker === source && client !== manager.client))
        continue
      untold.delete(manager)
      if (this.#managers.has(manager)) this.told.push({ manager, source, destination })
      else if (destination === undefined) this.#missed(source, manager)
    }
    return untold.size === 0 && this.#operations.delete(operation)
  }

  #missed(tracker: ModelTracker, manager: ModelManager): void {
    const error = this.#isConnected(manager.client) ? undefined : 'ActorDied'
    for (const removal of this.removalsOf(tracker)) {
      const call = removal.calls.get(manager)
      if (call !== undefined) note(manager, call, error, false)
    }
  }

  #lastFirst(): Set<ModelManager> {
    return new Set([...this.#managers].reverse())
  }
}

function newCall(): Call {
  return { answered: false, reclaimed: false, error: undefined }
}

function note(manager: ModelManager, call: Call, error: JITErrorCode | undefined, reclaimLater: boolean): void {
  if (call.answered) return
  call.answered = true
  if (error !== undefined && !(manager.role === 'link' && error === 'ActorDied')) call.error = error
  if (error !== undefined || !reclaimLater) call.reclaimed = true
}

function isDone({ retired, calls }: Removal, wait: Waiter['wait']): boolean {
  return retired && (wait === 'retired' || [...calls.values()].every(({ reclaimed }) => reclaimed))
}
