// Steps of a random walk: managers, generators, initializers, leases, people who come and go, and what they are asked.
import type { GeneratorId, LookupSetEntry, SessionRequest } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { ClientDriver } from './session-driver.js'
import type { WalkWorld } from './walk-world.js'

export function comeOrGo(world: WalkWorld): void {
  const { random, people } = world
  if (random.chance(0.6) || people.length < 3) {
    world.connect(random.pick(['client', 'link', 'compile'] as const) ?? 'client')
    return
  }
  const [leaving] = people.splice(random.below(people.length), 1)
  leaving?.close()
}

export function cancel(world: WalkWorld): void {
  const client = world.anybody()
  if (client.lastAsk === 0) return
  const ask = client.lastAsk - world.random.below(Math.min(client.lastAsk, 4))
  client.tell({ type: 'cancelAsk', ask, error: plainError('Aborted', 'cancelled') })
}

export function justAsk(world: WalkWorld): void {
  const tracker = world.tracker()
  const types = ['drain', 'dump', 'verify', 'sessionStats', 'isDefunct', 'keyUnsafe'] as const
  const type = world.random.pick(types) ?? 'drain'
  const message: SessionRequest = type === 'isDefunct' || type === 'keyUnsafe' ? { type, tracker } : { type }
  world.ask(world.anybody(), message)
}

export function claimKey(world: WalkWorld): void {
  const { random } = world
  const work = random.chance(0.5) ? random.pick(world.work) : undefined
  if (work === undefined) {
    const client = world.anybody()
    const claimed = world.ask(client, { type: 'claimTrackerKey', tracker: world.tracker() })
    if (claimed.succeeded) world.leases.push([client, claimed.value.lease])
    return
  }
  const { holder, responsibility } = work
  const claimed = world.ask(holder, { type: 'claimResourceKey', responsibility, recorded: random.chance(0.5) })
  if (claimed.succeeded && claimed.value.lease !== null) world.leases.push([holder, claimed.value.lease])
}

export function manage(world: WalkWorld): void {
  const { random, managers } = world
  if (random.chance(0.6) && managers.length < 4) {
    const client = world.anybody()
    managers.push([client, client.register()])
    return
  }
  const [managed] = managers.splice(random.below(managers.length), 1)
  if (managed === undefined) return
  const [client, manager] = managed
  if (world.isHere(client)) world.ask(client, { type: 'deregisterResourceManager', manager })
}

export function generate(world: WalkWorld): void {
  const { random } = world
  const client = world.anybody()
  const [removed] = random.chance(0.4) ? random.some(world.generators, 1) : []
  if (removed !== undefined) {
    world.ask(client, { type: 'removeGenerator', dylib: removed[0], generator: removed[1] })
    return
  }
  const [dylib, generator] = [world.dylib(), client.newId() as GeneratorId]
  world.generators.push([dylib, generator])
  if (!world.isModelled && random.chance(0.4)) {
    const [from = [dylib, 'all'] as const] = world.searchOrder()
    const filtered = random.chance(0.5)
    const message = { type: 'addReexportsGenerator', dylib, generator, from, filtered } as const
    world.ask(client, { ...message, tracker: random.chance(0.5) ? null : world.tracker(dylib) })
    return
  }
  const kind = random.chance(0.5) ? 'archive' : 'user'
  const tracker = random.chance(0.5) ? null : world.tracker(dylib)
  world.ask(client, { type: 'addGenerator', dylib, generator, kind, tracker })
}

export function initialize(world: WalkWorld): void {
  const run = world.random.chance(0.5) ? world.runs.pop() : undefined
  if (run === undefined) {
    world.ask(world.anybody(), { type: 'beginInitialize', dylib: world.dylib() })
    return
  }
  const [client, { run: id }] = run
  const error = world.random.chance(0.2) ? plainError('UserError', 'a constructor failed') : null
  if (world.isHere(client)) client.tell({ type: 'endInitialize', run: id, error })
}

/** Answers the first thing that somebody was asked, or ends a lease. */
export function answerOne(world: WalkWorld): void {
  const client = world.anybody()
  const asked = client.asked.shift()
  if (asked === undefined) {
    const lease = world.leases.shift()
    if (lease !== undefined && world.isHere(lease[0])) lease[0].tell({ type: 'releaseLease', lease: lease[1] })
    return
  }
  if (asked.message.type === 'generate') return answerGenerate(world, client, asked.token, asked.message.names)
  if (asked.message.type === 'filterReexports') {
    const { names } = asked.message
    return client.reply(asked.token, success(world.random.some(names, world.random.below(names.length + 1))))
  }
  const { manager, key } = asked.message
  const at = world.random.below(10)
  if (at < 1) return client.reply(asked.token, failure(plainError('UserError', `key ${key} is stuck`)))
  client.reply(asked.token, success({ reclaimLater: at < 5 }))
  if (at < 5) client.tell({ type: 'resourcesReclaimed', manager, key })
}

function answerGenerate(
  world: WalkWorld,
  client: ClientDriver,
  token: number,
  wanted: readonly LookupSetEntry[],
): void {
  const { random } = world
  if (random.chance(0.1)) return client.reply(token, failure(plainError('BadObject', 'no archive')))
  const wantedNames = wanted.map(([name]) => name)
  const units = random.chance(0.6) ? [world.unit(client, wantedNames)] : []
  client.reply(token, success({ units }), [{}])
}
