// Everything a tracker owns goes to another of the same dylib, in one turn: units, those in flight too, generators,
// and, by way of the managers, resources. The source is defunct after; a transferred default tracker is replaced by a
// new one when next needed. Source: ExecutionSession::transferResourceTracker, JITDylib::transferTracker (Core.cpp).
import type { Expected, SessionRequest } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { moveGenerators } from './generators.js'
import { startTransfer } from './key-operations.js'
import { findLiveTracker, leaveDylib } from './resource-tracker.js'
import type { ResourceTracker } from './resource-tracker.js'
import { wrongDylib } from './session-errors.js'
import type { SessionState } from './session-state.js'

type TransferTo = Extract<SessionRequest, { type: 'transferTo' }>

/** To itself: nothing happens. ResourceTrackerDefunct for either, WrongOwner across dylibs: nothing has changed. */
export function transferTo(state: SessionState, message: TransferTo): Expected<null> {
  const source = findLiveTracker(state, message.source)
  if (!source.ok) return source
  const destination = findLiveTracker(state, message.destination)
  if (!destination.ok) return destination
  if (source.value.dylib !== destination.value.dylib) {
    return failure(wrongDylib(destination.value, source.value.dylib))
  }
  if (source.value !== destination.value) transferUnits(state, source.value, destination.value)
  return success(null)
}

/** Both are live and of one dylib. */
export function transferUnits(state: SessionState, source: ResourceTracker, destination: ResourceTracker): void {
  leaveDylib(source)
  for (let unit = source.units.first; unit !== null; unit = unit.next) unit.tracker = destination
  destination.units.take(source.units)
  destination.used ||= source.used
  if (source.used) absorb(destination, source)
  moveGenerators(source, destination)
  startTransfer(state, source, destination)
}

function absorb(destination: ResourceTracker, source: ResourceTracker): void {
  destination.absorbed ??= []
  destination.absorbed.push(source.key)
  for (const key of source.absorbed ?? []) destination.absorbed.push(key)
}
