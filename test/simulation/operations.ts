// What users do. An operation says everything about itself in plain data, so that it can be done again in another schedule, or
// left out of it.
import type {
  GeneratorId,
  JITDylibId,
  LookupSetEntry,
  ManagerId,
  RequiredState,
  ResourceKey,
  SearchOrderEntry,
  TrackerId,
} from '@worc/protocol'
import { JITError } from '@worc/protocol'
import type { SimHouse, User } from './sim-house.js'
import { isReady } from './sim-house.js'
import type { UnitPlan } from './unit-plan.js'
import { payloadOf } from './unit-plan.js'
import type { ManagerHabits } from './user-actor.js'
import type { World } from './world.js'

/** `user` is a position among the house's users. */
export type Operation = { readonly user: number } & (
  | { readonly type: 'create-tracker'; readonly n: number; readonly dylib: JITDylibId }
  | {
      readonly type: 'define'
      readonly dylib: JITDylibId
      readonly tracker: TrackerId | null
      readonly plan: UnitPlan
    }
  | {
      readonly type: 'lookup'
      readonly order: readonly SearchOrderEntry[]
      readonly names: readonly LookupSetEntry[]
      readonly state: RequiredState
      readonly kind: 'static' | 'dlsym'
      /** Whether the thread calls what it was answered, as soon as its stack is empty. */
      readonly calls?: boolean
    }
  | {
      readonly type: 'lookup-flags'
      readonly order: readonly SearchOrderEntry[]
      readonly names: readonly LookupSetEntry[]
    }
  | { readonly type: 'remove'; readonly tracker: TrackerId; readonly wait: 'retired' | 'reclaimed' }
  | { readonly type: 'transfer'; readonly source: TrackerId; readonly destination: TrackerId }
  | { readonly type: 'drop'; readonly tracker: TrackerId }
  | {
      readonly type: 'hand-over'
      readonly taker: number
      readonly tracker: TrackerId
      readonly token: number
      /** The taker speaks first. */
      readonly early: boolean
      /** The giver lets go. */
      readonly drop: boolean
      /** The giver is gone before it has given anything. */
      readonly leaves: boolean
    }
  | { readonly type: 'current-keys'; readonly keys: readonly number[] }
  | {
      /** A claim, and while it lasts: a transfer to another tracker, which is removed, or transferred to the default one. */
      readonly type: 'squeeze'
      readonly source: TrackerId
      readonly destination: TrackerId
      readonly heir: TrackerId | null
      readonly milliseconds: number
    }
  | { readonly type: 'clear'; readonly dylib: JITDylibId }
  | { readonly type: 'remove-symbols'; readonly dylib: JITDylibId; readonly names: readonly string[] }
  | { readonly type: 'register'; readonly manager: number; readonly habits: ManagerHabits }
  | { readonly type: 'deregister'; readonly manager: number }
  | { readonly type: 'claim'; readonly tracker: TrackerId; readonly milliseconds: number }
  | {
      readonly type: 'add-generator'
      readonly generator: number
      readonly dylib: JITDylibId
      readonly tracker: TrackerId | null
      readonly plans: readonly UnitPlan[]
    }
  | { readonly type: 'remove-generator'; readonly generator: number; readonly dylib: JITDylibId }
  | { readonly type: 'compile'; readonly plan: UnitPlan }
  | { readonly type: 'call'; readonly name: string }
  | { readonly type: 'address'; readonly name: string }
  | { readonly type: 'park' }
  | { readonly type: 'initialize'; readonly dylib: JITDylibId; readonly milliseconds: number }
  | { readonly type: 'create-dylib'; readonly name: string }
  | { readonly type: 'remove-dylib'; readonly dylib: JITDylibId }
  | { readonly type: 'link-order'; readonly dylib: JITDylibId; readonly order: readonly SearchOrderEntry[] }
  | { readonly type: 'allocate'; readonly sizeBytes: number }
  | { readonly type: 'cancel'; readonly back: number }
  | { readonly type: 'end-session' }
  | { readonly type: 'drain' }
  | { readonly type: 'burst'; readonly count: number; readonly dylib: JITDylibId; readonly n: number }
  | { readonly type: 'leave' }
  | { readonly type: 'come'; readonly attach: boolean }
)

/** Whether it can be done now. */
export function isPossible(house: SimHouse, operation: Operation): boolean {
  if (operation.type === 'come') return !house.ended
  const user = house.users[operation.user]
  if (user === undefined || !user.thread.canHear || !user.actor.connected) return false
  switch (operation.type) {
    case 'call':
    case 'address':
      return isReady(user) && user.actor.found.has(operation.name)
    case 'park':
      return isReady(user)
    case 'hand-over': {
      const taker = house.users[operation.taker]
      return taker !== undefined && taker.thread.canHear && taker.actor.connected
    }
    default:
      return true
  }
}

export function perform(world: World, house: SimHouse, operation: Operation): void {
  if (operation.type === 'come') return void house.addUser(operation.attach)
  const user = house.users[operation.user]
  if (user === undefined) return
  if (operation.type === 'leave') return house.leave(user)
  if (operation.type === 'hand-over') return handOver(world, house, user, operation)
  if (operation.type === 'define' || operation.type === 'compile')
    house.plans.set(operation.plan.number, operation.plan)
  if (operation.type === 'add-generator') for (const plan of operation.plans) house.plans.set(plan.number, plan)
  world.within(user.thread, () => performIn(world, user, operation))
}

type InThread = Exclude<Operation, { type: 'come' | 'leave' | 'hand-over' }>

function performIn(world: World, user: User, operation: InThread): void {
  const { actor } = user
  switch (operation.type) {
    case 'create-tracker':
      return actor.tell({
        type: 'createResourceTracker',
        tracker: actor.id(operation.n) as TrackerId,
        dylib: operation.dylib,
      })
    case 'define':
      return actor.define(operation.dylib, operation.tracker, operation.plan)
    case 'lookup': {
      const { order, names, state, kind, calls } = operation
      const message = { type: 'lookup', kind, searchOrder: order, symbols: names, requiredState: state } as const
      return actor.lookup(message, (found) => {
        const name = calls === true ? found.at(0) : undefined
        if (name !== undefined && isReady(user)) user.thread.idle.push(() => call(world, user, name))
      })
    }
    case 'lookup-flags':
      return actor.ask({
        type: 'lookupFlags',
        kind: 'static',
        searchOrder: operation.order,
        symbols: operation.names,
      })
    case 'remove':
      return actor.ask({ type: 'removeTracker', tracker: operation.tracker, wait: operation.wait })
    case 'transfer':
      return actor.ask({ type: 'transferTo', source: operation.source, destination: operation.destination })
    case 'drop':
      return actor.tell({ type: 'dropResourceTracker', tracker: operation.tracker })
    case 'squeeze':
      actor.claimTracker(operation.source, operation.milliseconds)
      actor.ask({ type: 'transferTo', source: operation.source, destination: operation.destination })
      if (operation.heir === null) {
        return actor.ask({ type: 'removeTracker', tracker: operation.destination, wait: 'retired' })
      }
      return actor.ask({ type: 'transferTo', source: operation.destination, destination: operation.heir })
    case 'current-keys':
      return actor.ask({ type: 'currentKeys', keys: operation.keys as readonly ResourceKey[] })
    case 'clear':
      return actor.ask({ type: 'clear', dylib: operation.dylib })
    case 'remove-symbols':
      return actor.ask({ type: 'removeSymbols', dylib: operation.dylib, names: operation.names })
    case 'register':
      return actor.register(actor.id(operation.manager) as ManagerId, operation.habits)
    case 'deregister':
      return actor.deregister(actor.id(operation.manager) as ManagerId)
    case 'claim':
      return actor.claimTracker(operation.tracker, operation.milliseconds)
    case 'add-generator': {
      const generator = actor.id(operation.generator) as GeneratorId
      actor.generators.set(generator, operation.plans)
      return actor.ask({
        type: 'addGenerator',
        dylib: operation.dylib,
        generator,
        kind: 'user',
        tracker: operation.tracker,
      })
    }
    case 'remove-generator':
      return actor.ask({
        type: 'removeGenerator',
        dylib: operation.dylib,
        generator: actor.id(operation.generator) as GeneratorId,
      })
    case 'compile': {
      const payload = { attachment: 0, offsetBytes: 0, sizeBytes: 4 }
      const name = `unit ${operation.plan.number}`
      return actor.ask({ type: 'compile', language: 'c', name, payload, flags: [], directory: '/' }, [
        payloadOf(operation.plan),
      ])
    }
    case 'call':
      return call(world, user, operation.name)
    case 'address':
      return user.executor?.host.ask(
        user.executor.links.at(-1) ?? (0 as never),
        { type: 'functionPointer', function: actor.found.get(operation.name) ?? 0 },
        () => undefined,
      )
    case 'park':
      return user.executor?.actor.park()
    case 'initialize':
      return actor.initialize(operation.dylib, operation.milliseconds)
    case 'create-dylib':
      return actor.ask({ type: 'createJITDylib', name: operation.name, bare: false })
    case 'remove-dylib':
      return actor.ask({ type: 'removeJITDylibs', dylibs: [operation.dylib] })
    case 'link-order':
      return actor.ask({ type: 'setLinkOrder', dylib: operation.dylib, order: operation.order, selfFirst: true })
    case 'allocate':
      return actor.allocate(operation.sizeBytes)
    case 'cancel':
      return actor.cancel(actor.lastAsk - operation.back)
    case 'end-session':
      return actor.ask({ type: 'endSession' })
    case 'drain':
      return actor.ask({ type: 'drain' })
    case 'burst':
      for (let made = 0; made < operation.count; made++) {
        const tracker = actor.id(operation.n + made) as TrackerId
        actor.tell({ type: 'createResourceTracker', tracker, dylib: operation.dylib })
        actor.tell({ type: 'dropResourceTracker', tracker })
      }
  }
}

function call(world: World, { actor, executor, thread }: User, name: string): void {
  if (executor === undefined) return
  executor.actor.catchUp()
  try {
    executor.actor.units.handle(actor.found.get(name) ?? 0, name)()
  } catch (thrown) {
    if (!(thrown instanceof JITError)) throw thrown
    thread.frames.length = 0
    world.probes.hit('code-removed-in-call')
  }
}

/** A tracker for another client, which may hear of it before the session does. */
function handOver(
  world: World,
  house: SimHouse,
  giver: User,
  { taker: number, tracker, token, early, drop, leaves }: Extract<Operation, { type: 'hand-over' }>,
): void {
  const taker = house.users[number]
  if (taker === undefined) return
  const adopt = (): void => world.within(taker.thread, () => taker.actor.ask({ type: 'adoptTracker', tracker, token }))
  if (early) adopt()
  if (leaves && taker !== giver) return house.leave(giver)
  world.within(giver.thread, () => {
    giver.actor.tell({ type: 'retainTracker', tracker, token })
    if (drop) giver.actor.tell({ type: 'dropResourceTracker', tracker })
  })
  if (!early) adopt()
}
