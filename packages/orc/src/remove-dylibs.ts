// Dylibs end: everything in them is removed, they leave the link orders of others, and their numbers mean nothing any
// more. Source: ExecutionSession::removeJITDylibs (Core.cpp).
import type { Expected, SessionRequest } from '@worc/protocol'
import { failure, plainError } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { closeGathering, openGathering } from './gathering.js'
import type { Gathering } from './gathering.js'
import { removeGenerator } from './generators.js'
import type { JITDylib } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import { leaveLinkOrders } from './link-order.js'
import { clearDylib } from './remove-tracker.js'
import { leaveDylib } from './resource-tracker.js'
import { dylibDefunct } from './session-errors.js'
import type { SessionState } from './session-state.js'

type RemoveJITDylibs = Extract<SessionRequest, { type: 'removeJITDylibs' }>

/** In the order given. All must be open, each named once; otherwise nothing changes. */
export function removeJITDylibs(
  state: SessionState,
  message: RemoveJITDylibs,
  ask: PendingAsk,
): Expected<null> | undefined {
  const dylibs = new Set<JITDylib>()
  for (const id of message.dylibs) {
    const found = openDylib(state, id)
    if (!found.ok) return failure(found.error)
    if (dylibs.has(found.value)) return failure(plainError('BadArgument', `${found.value.name} is named twice`))
    dylibs.add(found.value)
  }
  closeDylibs(state, openGathering(ask, [...dylibs]))
  return undefined
}

export function closeDylibs(state: SessionState, gathering: Gathering): void {
  const { dylibs } = gathering
  for (const dylib of dylibs) {
    dylib.phase = 'closing'
    state.dylibsByName.delete(dylib.name)
  }
  leaveLinkOrders(state, new Set(dylibs))
  for (const dylib of dylibs) {
    for (const generator of [...dylib.generators]) removeGenerator(state, generator, dylibDefunct(dylib))
    clearDylib(state, dylib, gathering)
    for (const unused of [...dylib.trackers]) leaveDylib(unused)
  }
  state.initialization.changed = true
  closeGathering(state, gathering)
}
