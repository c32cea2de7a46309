// Generators define names on demand, when a lookup does not find them in their dylib. One lookup is inside a generator
// at a time; others queue and go on, matching anew, when it is free. An archive's generator is any link actor, which
// answers with the members as units; a user's runs in its client, which defines what it wants before it answers; one of
// re-exports is the session's own work. A generator goes with its tracker, its dylib or its client, and whoever is inside or queued fails then. Source:
// DefinitionGenerator (Core.h).
import type { Attachment, Expected, GeneratorId, JITErrorData, SessionAskReplies, SessionRequest } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { defineUnit, duplicatesOf, trackerFor } from './define.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import { advanceLookup, outermost } from './lookup.js'
import type { Lookup } from './lookup.js'
import { unitPhase } from './materialization-unit.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { leastLoaded } from './materialize.js'
import { askClient } from './outgoing-asks.js'
import type { Reexports } from './reexports.js'
import { defaultTracker } from './resource-tracker.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { Client, Layer, SessionState } from './session-state.js'
import type { Asked } from './wait-cycle.js'
import { waitCycle } from './wait-cycle.js'
import { failWaiter } from './waiters.js'

/** While a lookup is inside, a generator may ask for something itself. */
export interface DefinitionGenerator extends Asked {
  readonly id: GeneratorId
  readonly dylib: JITDylib
  readonly kind: 'archive' | 'user' | 'reexports'
  /** Who added it; runs it, if it is a user's, and filters, if it is one of filtered re-exports. */
  readonly client: Client
  readonly attachments: readonly Attachment[]
  readonly reexports: Reexports | null
  /** Where what it generates goes; null is the default tracker of the turn. */
  tracker: ResourceTracker | null
  removed: boolean
  /** At most one, except for re-exports. */
  readonly inside: Set<Lookup>
  readonly queued: Lookup[]
  /** Members that it defined, by name, so that none is defined twice. */
  readonly generated: Map<string, readonly MaterializationUnit[]>
}

/** A lookup inside a generator. Its own identity tells a late answer from the one that is awaited. */
export interface WaitingGeneration {
  readonly generator: DefinitionGenerator
  readonly lookup: Lookup
}

type AddGenerator = Extract<SessionRequest, { type: 'addGenerator' }>
type RemoveGenerator = Extract<SessionRequest, { type: 'removeGenerator' }>

export function addGenerator(
  state: SessionState,
  message: AddGenerator,
  { client }: PendingAsk,
  attachments: readonly Attachment[],
): Expected<null> {
  return insertGenerator(state, message, { kind: message.kind, client, attachments, reexports: null })
}

export function insertGenerator(
  state: SessionState,
  message: Pick<AddGenerator, 'dylib' | 'generator' | 'tracker'>,
  made: Pick<DefinitionGenerator, 'kind' | 'client' | 'attachments' | 'reexports'>,
): Expected<null> {
  const found = openDylib(state, message.dylib)
  if (!found.ok) return found
  const dylib = found.value
  const tracker = message.tracker === null ? success(null) : trackerFor(state, dylib, message.tracker)
  if (!tracker.ok) return tracker
  if (dylib.generators.some(({ id }) => id === message.generator)) {
    return failure(plainError('BadArgument', `${dylib.name} has generator ${message.generator} already`))
  }
  const generator: DefinitionGenerator = {
    ...made,
    id: message.generator,
    dylib,
    tracker: tracker.value,
    removed: false,
    inside: new Set(),
    queued: [],
    queries: null,
    lookups: null,
    generated: new Map(),
  }
  dylib.generators.push(generator)
  made.client.generators.add(generator)
  if (tracker.value !== null) {
    tracker.value.used = true
    tracker.value.generators = [...tracker.value.generators, generator]
  }
  return success(null)
}

export function removeGeneratorByName(state: SessionState, message: RemoveGenerator): Expected<null> {
  const dylib = openDylib(state, message.dylib)
  if (!dylib.ok) return dylib
  const generator = dylib.value.generators.find(({ id }) => id === message.generator)
  if (generator === undefined) {
    return failure(plainError('BadArgument', `${dylib.value.name} has no generator ${message.generator}`))
  }
  removeGenerator(state, generator, plainError('Aborted', `a generator of ${dylib.value.name} was removed`))
  return success(null)
}

/** Lookups inside it and queued on it fail with the error. */
export function removeGenerator(state: SessionState, generator: DefinitionGenerator, error: JITErrorData): void {
  if (generator.removed) return
  generator.removed = true
  const { dylib, tracker, inside, queued } = generator
  dylib.generators.splice(dylib.generators.indexOf(generator), 1)
  generator.client.generators.delete(generator)
  if (tracker !== null) tracker.generators = tracker.generators.filter((other) => other !== generator)
  const lookups = [...inside, ...queued]
  inside.clear()
  for (const { goal } of lookups) failWaiter(state, goal.waiter, error)
}

/** Whether it needs its client to go on. */
export function isRunByClient({ kind, reexports }: DefinitionGenerator): boolean {
  return kind === 'user' || reexports?.filtered === true
}

/** Whether the lookup was begun, through others, by a generator of re-exports that this one is. */
export function isRunning(generator: DefinitionGenerator, lookup: Lookup): boolean {
  let { waiter } = lookup.goal
  while (waiter.kind === 'generation') {
    if (waiter.generation.generator === generator) return true
    waiter = waiter.generation.lookup.goal.waiter
  }
  return false
}

export function moveGenerators(source: ResourceTracker, destination: ResourceTracker): void {
  for (const generator of source.generators) generator.tracker = destination
  destination.generators = [...destination.generators, ...source.generators]
  source.generators = []
}

/** True if the lookup is inside now; otherwise it is queued and comes again, or has failed, since that would be for ever. */
export function enterGenerator(state: SessionState, generator: DefinitionGenerator, lookup: Lookup): boolean {
  const { kind, inside, queued, client } = generator
  const whole = outermost(lookup)
  if (kind !== 'reexports') whole.waitsFor = generator
  if (inside.size > 0 && kind !== 'reexports') {
    const asker = whole.goal.onBehalfOf
    const names = lookup.unmatched.map(([name]) => name)
    const cycle = asker === null ? null : waitCycle(state, asker, [generator], names)
    if (cycle === null) queued.push(lookup)
    else failWaiter(state, lookup.goal.waiter, cycle)
    return false
  }
  inside.add(lookup)
  const generation: WaitingGeneration = { generator, lookup }
  switch (kind) {
    case 'user':
      ask(state, generation, client)
      break
    case 'archive':
      askLayer(state, generation)
      break
    case 'reexports':
      state.ownWork.push({ type: 'lookThroughSource', generation })
  }
  return true
}

function askLayer(state: SessionState, generation: WaitingGeneration): void {
  const { link } = state.layers
  const actor = leastLoaded(link)
  if (actor === undefined) link.waitingGenerations.push(generation)
  else ask(state, generation, actor)
}

/** A link actor has come: archives can be asked. */
export function askWaitingGenerations(state: SessionState, layer: Layer): void {
  for (const generation of layer.waitingGenerations.splice(0)) {
    if (generation.generator.inside.has(generation.lookup)) askLayer(state, generation)
  }
}

function ask(state: SessionState, generation: WaitingGeneration, to: Client): void {
  const { generator, lookup } = generation
  const { id, dylib, attachments } = generator
  askClient(
    state,
    { type: 'generate', to, generation },
    { type: 'generate', generator: id, dylib: dylib.id, kind: lookup.kind, names: lookup.unmatched },
    attachments,
  )
}

interface Generated {
  readonly client: Client
  readonly result: Expected<SessionAskReplies['generate']>
  readonly attachments: readonly Attachment[]
}

/** The generator has answered with units to define. */
export function generated(state: SessionState, generation: WaitingGeneration, answer: Generated): void {
  const { generator, lookup } = generation
  if (!generator.inside.has(lookup)) return
  const { result } = answer
  const defined = result.ok ? defineGenerated(state, generation, result.value.units, answer) : result
  generationDone(state, generation, defined)
}

/** Its lookup goes on, or fails, and the next may enter. */
export function generationDone(
  state: SessionState,
  { generator, lookup }: WaitingGeneration,
  outcome: Expected<unknown>,
): void {
  if (!generator.inside.delete(lookup)) return
  outermost(lookup).waitsFor = null
  if (generator.inside.size === 0) {
    generator.queries = null
    generator.lookups = null
  }
  if (outcome.ok) advanceLookup(state, lookup)
  else failWaiter(state, lookup.goal.waiter, outcome.error)
  letIn(state, generator)
}

/** The lookups that wait for a generator, until one of them asks it. */
function letIn(state: SessionState, generator: DefinitionGenerator): void {
  while (generator.inside.size === 0) {
    const next = generator.queued.shift()
    if (next === undefined) return
    advanceLookup(state, next)
  }
}

/**
 * Under the generator's tracker. A member that is there already is passed over, and so is one of an archive that nobody asked
 * for and that defines what is defined: whoever it came along for finds that, as in a static link.
 */
function defineGenerated(
  state: SessionState,
  { generator, lookup }: WaitingGeneration,
  units: SessionAskReplies['generate']['units'],
  { client, attachments }: Generated,
): Expected<null> {
  const asked = new Set(lookup.unmatched.map(([name]) => name))
  for (const description of units) {
    const known = generator.generated.get(description.name)
    if (known?.some(({ phase }) => phase !== unitPhase.gone) === true) continue
    const isAsked = generator.kind !== 'archive' || description.symbols.some(([name]) => asked.has(name))
    if (!isAsked && duplicatesOf(generator.dylib, description).length > 0) continue
    const added = { description, client: client.id, attachments }
    const defined = defineUnit(state, trackerOf(state, generator), added)
    if (!defined.ok) return defined
    generator.generated.set(description.name, defined.value)
  }
  return success(null)
}

/** Where what it generates goes. */
export function trackerOf(state: SessionState, { tracker, dylib }: DefinitionGenerator): ResourceTracker {
  return tracker ?? defaultTracker(state, dylib)
}
