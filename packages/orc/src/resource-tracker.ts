// Trackers: who owns which units, under which key. A tracker is made by its client without asking; it is live until it
// is removed or transferred from, and defunct ever after. Each dylib has a default tracker, made when it is first
// needed and anew after it was removed or transferred from, under a new key. Source: ResourceTracker (Core.h).
import type { Expected, JITDylibId, JITErrorData, ResourceKey, SessionNotification, TrackerId } from '@worc/protocol'
import { clientOf, defaultTrackerOf, failure, plainError, success } from '@worc/protocol'
import { Chain } from './chain.js'
import type { ChainItem } from './chain.js'
import type { DefinitionGenerator } from './generators.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import type { KeyOperation } from './key-operations.js'
import type { MaterializationUnit } from './materialization-unit.js'
import { dylibDefunct, trackerDefunct } from './session-errors.js'
import type { Client, SessionState } from './session-state.js'
import { send } from './session-state.js'
import { trackerName, trackerNumber } from './tracker-name.js'
import { addHandle } from './tracker-handles.js'
import type { Handle, RetainToken } from './tracker-handles.js'

export interface ResourceTracker extends ChainItem<ResourceTracker> {
  /** A default tracker has its dylib's symbolic id. */
  readonly id: TrackerId
  readonly key: ResourceKey
  readonly dylib: JITDylib
  defunct: boolean
  /** Whether anything was ever filed here, or its key told to anybody. */
  used: boolean
  /** Handles and tokens. When the last goes, a live tracker is transferred to the default one. */
  handleCount: number
  handles: Handle | null
  tokens: readonly RetainToken[]
  /** In order of definition. */
  readonly units: Chain<MaterializationUnit>
  /** Generators whose units go here. */
  generators: readonly DefinitionGenerator[]
  /** Leases of its key, by the client that holds them. */
  leases: Map<Client, number> | null
  /** The removal or transfer of its key that managers have not all been told of. */
  held: KeyOperation | null
  /** Keys whose resources were transferred to it. */
  absorbed: ResourceKey[] | null
  /** Held transfers that bring resources under its key. */
  heldInto: number
}

const none: readonly never[] = []

function createTracker(state: SessionState, id: TrackerId, dylib: JITDylib): ResourceTracker {
  const tracker: ResourceTracker = {
    id,
    key: ++state.last.key as ResourceKey,
    dylib,
    defunct: false,
    used: false,
    handleCount: 0,
    handles: null,
    tokens: none,
    units: new Chain(),
    generators: none,
    leases: null,
    held: null,
    absorbed: null,
    heldInto: 0,
    previous: null,
    next: null,
  }
  dylib.trackers.append(tracker)
  return tracker
}

type CreateTracker = Extract<SessionNotification, { type: 'createResourceTracker' }>

/** In a dylib that is gone no tracker is made: whoever names it hears that it is defunct. */
export function createResourceTracker(state: SessionState, message: CreateTracker, client: Client): void {
  const { tracker: id } = message
  const n = trackerNumber(id)
  if (clientOf(id) !== client.id || n <= client.lastTracker) {
    const error = plainError('WrongOwner', `${trackerName(id)} is not client ${client.id}'s next`)
    send(state, client, { type: 'errorReported', error })
    return
  }
  client.lastTracker = n
  if (client.followers.size > 0) state.awakened.push(client)
  const dylib = state.dylibs.get(message.dylib)
  if (dylib?.phase !== 'open') return
  const tracker = createTracker(state, id, dylib)
  state.trackers.set(id, tracker)
  addHandle(client, tracker)
}

export function defaultTracker(state: SessionState, dylib: JITDylib): ResourceTracker {
  dylib.defaultTracker ??= createTracker(state, defaultTrackerOf(dylib.id), dylib)
  return dylib.defaultTracker
}

/**
 * The tracker that a message names, defunct or not. Whether it may still be announced was decided before the message
 * was handled.
 */
export function findTracker(state: SessionState, id: TrackerId): Expected<ResourceTracker> {
  if (id < 0) return findDefaultTracker(state, id)
  const tracker = state.trackers.get(id)
  if (tracker !== undefined) return success(tracker)
  const maker = state.clients.get(clientOf(id))
  if (maker !== undefined && trackerNumber(id) > maker.lastTracker) {
    return failure(plainError('BadArgument', `${trackerName(id)} was never created`))
  }
  return failure(plainError('ResourceTrackerDefunct', `${trackerName(id)} is defunct: nobody holds it`))
}

function findDefaultTracker(state: SessionState, id: TrackerId): Expected<ResourceTracker> {
  const dylib = openDylib(state, -id as JITDylibId)
  return dylib.ok ? success(defaultTracker(state, dylib.value)) : dylib
}

/** A tracker that can take units and give its key. */
export function findLiveTracker(state: SessionState, id: TrackerId): Expected<ResourceTracker> {
  const found = findTracker(state, id)
  if (!found.ok) return found
  const error = refusalOf(found.value)
  return error === null ? found : failure(error)
}

/** Why nothing can be done under the tracker any more. */
export function refusalOf(tracker: ResourceTracker): JITErrorData | null {
  if (tracker.dylib.phase !== 'open') return dylibDefunct(tracker.dylib)
  return tracker.defunct ? trackerDefunct(tracker) : null
}

export function isDefunct(state: SessionState, message: { readonly tracker: TrackerId }): Expected<boolean> {
  const found = findTracker(state, message.tracker)
  if (found.ok) return success(found.value.defunct)
  return found.error.code === 'BadArgument' ? found : success(true)
}

/** "Unsafe": by the time it is used the tracker may be gone. Leases are the safe way. */
export function keyUnsafe(state: SessionState, message: { readonly tracker: TrackerId }): Expected<ResourceKey> {
  const found = findTracker(state, message.tracker)
  if (!found.ok) return found
  found.value.used = true
  return success(found.value.key)
}

export function ownUnit(tracker: ResourceTracker, unit: MaterializationUnit): void {
  unit.tracker = tracker
  tracker.units.append(unit)
  tracker.used = true
}

/** Removed or transferred from: its dylib has it no more. */
export function leaveDylib(tracker: ResourceTracker): void {
  const { dylib } = tracker
  tracker.defunct = true
  dylib.trackers.unlink(tracker)
  if (dylib.defaultTracker === tracker) dylib.defaultTracker = null
}
