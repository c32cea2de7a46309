// Requests, as verbs of the reference model. What a request names that is not there is answered as ORC would; `given` is
// what the session answered, where it gave out a number that the model cannot know.
import type { ClientId, Expected, JITErrorCode, SessionReplies, SessionRequest } from '@worc/protocol'
import { defaultTrackerOf } from '@worc/protocol'
import type { KnownNumbers } from './known-numbers.js'
import type { Ask, ModelDylib, ModelTracker, Outcome, Responsibility } from './model-state.js'
import { ok } from './model-state.js'
import type { ReferenceModel } from './reference-model.js'

type Request<T extends SessionRequest['type']> = Extract<SessionRequest, { type: T }>

/** Undefined where the answer comes by itself; 'unknown' where the model has nothing to say. */
export function perform(
  model: ReferenceModel,
  numbers: KnownNumbers,
  ask: Ask,
  given: Expected<unknown> | undefined,
): Outcome | 'unknown' | undefined {
  const { client, message } = ask
  const { symbols, keys } = model
  switch (message.type) {
    case 'createJITDylib': {
      const isTaken = [...symbols.dylibs.values()].some(({ open, name }) => open && name === message.name)
      if (isTaken) return code('BadArgument')
      if (given?.ok === true) model.createJITDylib(given.value as SessionReplies['createJITDylib'], message.name)
      return ok
    }
    case 'removeJITDylibs':
      return removeJITDylibs(model, ask, message)
    case 'endSession':
      return model.endSession(ask)
    case 'define':
      return define(model, client, message)
    case 'removeSymbols':
      return within(model.dylib(message.dylib), (dylib) => symbols.removeByName(dylib, message.names))
    case 'resetSymbols':
      return within(model.dylib(message.dylib), (dylib) => symbols.reset(dylib, message.names))
    case 'clear':
      return within(model.dylib(message.dylib), (dylib) => keys.wait(ask, model.clear(dylib)))
    case 'removeTracker':
      return within(model.tracker(message.tracker), (tracker) => {
        const removals = tracker.live ? [model.remove(tracker)] : keys.removalsOf(tracker)
        return keys.wait(ask, removals, message.wait)
      })
    case 'transferTo':
      return within(model.liveTracker(message.source), (source) =>
        within(model.liveTracker(message.destination), (destination) => {
          if (source.dylib !== destination.dylib) return code('WrongOwner')
          model.transfer(source, destination)
          return ok
        }),
      )
    case 'isDefunct': {
      const found = model.tracker(message.tracker)
      if (found === 'BadArgument') return code(found)
      return answer(typeof found === 'string' || !found.live)
    }
    case 'keyUnsafe':
      return within(model.tracker(message.tracker), (tracker) => {
        tracker.used = true
        if (given?.ok === true) numbers.keyIs(tracker, given.value as number)
        return ok
      })
    case 'currentKeys':
      return currentKeys(numbers, message.keys)
    case 'adoptTracker':
      return within(model.tracker(message.tracker), (tracker) => {
        if (tracker.id > 0 && !tracker.tokens.delete(message.token)) return code('WrongOwner')
        if (tracker.id > 0) tracker.holders.push(client)
        return answer(tracker.dylib.id)
      })
    case 'claimTrackerKey':
      return within(model.liveTracker(message.tracker), (tracker) => grant(model, numbers, client, tracker, given))
    case 'registerResourceManager': {
      const role = model.clients.get(client)?.role ?? 'client'
      return keys.register({ id: message.manager, client, role })
    }
    case 'deregisterResourceManager':
      return keys.deregister(client, message.manager)
    case 'claimResourceKey':
    case 'notifyResolved':
    case 'notifyEmitted':
    case 'defineMaterializing':
    case 'delegate':
    case 'replace':
    case 'emit':
      return within(responsibility(model, numbers, client, message.responsibility), (work) =>
        performWork(model, numbers, ask, { work, message, given }),
      )
    case 'failMaterialization': {
      const work = responsibility(model, numbers, client, message.responsibility)
      letGo(model, numbers, client, message)
      return work === 'WrongOwner' ? code(work) : ok
    }
    default:
      // Generators, initializers, link orders and what only looks: not the model's.
      return 'unknown'
  }
}

type WorkRequest = Request<
  'claimResourceKey' | 'notifyResolved' | 'notifyEmitted' | 'defineMaterializing' | 'delegate' | 'replace' | 'emit'
>

interface Deed {
  readonly work: Responsibility
  readonly message: WorkRequest
  readonly given: Expected<unknown> | undefined
}

function performWork(
  model: ReferenceModel,
  numbers: KnownNumbers,
  ask: Ask,
  { work, message, given }: Deed,
): Outcome | undefined {
  const { symbols } = model
  switch (message.type) {
    case 'claimResourceKey':
      return grant(model, numbers, ask.client, work.unit.tracker, given)
    case 'notifyResolved':
      return symbols.resolve(work, message.definitions)
    case 'notifyEmitted':
      return symbols.emit(work, message.groups)
    case 'defineMaterializing':
      return symbols.claim(work, message.symbols)
    case 'delegate': {
      const delegated = symbols.delegate(work, message.names)
      if ('code' in delegated) return delegated
      if (given?.ok === true) numbers.responsibilityIs(delegated, given.value as number)
      return ok
    }
    case 'replace':
      return symbols.replace(ask.client, work, message.unit)
    case 'emit':
      if (message.source.kind === 'user') return code('BadArgument')
      work.source = message.source
      work.emitters.push(ask)
      return symbols.route(work)
  }
}

/** The holder of a responsibility says, in one way or another, that it will not finish it. */
export function letGo(
  model: ReferenceModel,
  numbers: KnownNumbers,
  client: ClientId,
  message: { readonly responsibility: number; readonly cause: { readonly code: JITErrorCode } | null },
  otherwise: JITErrorCode = 'FailedToMaterialize',
): void {
  const found = responsibility(model, numbers, client, message.responsibility)
  const known = numbers.responsibilities.get(message.responsibility)
  if (known?.holder === client) model.refused.delete(known)
  if (typeof found !== 'string') model.symbols.fail(found, message.cause?.code ?? otherwise)
}

function responsibility(
  model: ReferenceModel,
  numbers: KnownNumbers,
  client: ClientId,
  id: number,
): Responsibility | JITErrorCode {
  const work = numbers.responsibilities.get(id)
  if (work === undefined) return 'BadArgument'
  if (model.symbols.works.has(work)) return work.holder === client ? work : 'WrongOwner'
  return work.holder === client ? (model.refused.get(work) ?? 'BadArgument') : 'BadArgument'
}

function removeJITDylibs(model: ReferenceModel, ask: Ask, message: Request<'removeJITDylibs'>): Outcome | undefined {
  const dylibs = new Set<ModelDylib>()
  for (const id of message.dylibs) {
    const dylib = model.dylib(id)
    if (typeof dylib === 'string') return code(dylib)
    if (dylibs.has(dylib)) return code('BadArgument')
    dylibs.add(dylib)
  }
  model.keys.wait(ask, model.removeJITDylibs([...dylibs]))
  return undefined
}

function define(model: ReferenceModel, client: ClientId, message: Request<'define'>): Outcome {
  return within(model.dylib(message.dylib), (dylib) =>
    within(model.liveTracker(message.tracker ?? defaultTrackerOf(dylib.id), dylib), (tracker) => {
      const unit = model.define(client, tracker, message.unit)
      return 'code' in unit ? unit : ok
    }),
  )
}

/** A lease, unless the claimer has filed already. */
function grant(
  model: ReferenceModel,
  numbers: KnownNumbers,
  client: ClientId,
  tracker: ModelTracker,
  given: Expected<unknown> | undefined,
): Outcome {
  if (given?.ok !== true) return ok
  const { key, lease } = given.value as SessionReplies['claimResourceKey']
  numbers.keyIs(tracker, key)
  if (lease !== null) model.keys.leases.set(lease, { client, tracker })
  tracker.used = true
  return ok
}

/** A key that was given in this very turn, of a stream that stood still, is learned at its end: then it is not known yet. */
function currentKeys(numbers: KnownNumbers, keys: readonly number[]): Outcome | 'unknown' {
  const current: (number | null)[] = []
  for (const key of keys) {
    let tracker = numbers.trackerOf(key)
    if (tracker === undefined) return 'unknown'
    while (tracker.transferredTo !== undefined && tracker.used) tracker = tracker.transferredTo
    const now = tracker.live ? numbers.keyOf(tracker) : null
    if (now === undefined) return 'unknown'
    current.push(now)
  }
  return answer(current)
}

function within<T, R>(found: T | JITErrorCode, then: (found: T) => R): R | Outcome {
  return typeof found === 'string' ? code(found as JITErrorCode) : then(found)
}

function answer(value: unknown): Outcome {
  return { code: 'ok', value }
}

function code(of: JITErrorCode): Outcome {
  return { code: of }
}
