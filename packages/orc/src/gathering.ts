// Several removals that one request began: clear, removeJITDylibs, endSession. It is answered when all are done, with
// their errors joined in the order in which they were begun. Source: joinErrors in JITDylib::clear (Core.cpp).
import type { JITErrorData } from '@worc/protocol'
import { failure, joinErrors, success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import type { JITDylib } from './jit-dylib.js'
import type { SessionState } from './session-state.js'

export interface Gathering {
  readonly errors: (JITErrorData | undefined)[]
  remaining: number
  /** To be closed when all is done. */
  readonly dylibs: readonly JITDylib[]
  /** Null where the session ends with it. */
  readonly ask: PendingAsk | null
}

/** Holds itself open until `closeGathering`, while its parts are begun. */
export function openGathering(ask: PendingAsk | null, dylibs: readonly JITDylib[] = []): Gathering {
  return { errors: [], remaining: 1, dylibs, ask }
}

/** The index of a part that will be reported to `partDone`. */
export function addPart(gathering: Gathering): number {
  gathering.remaining++
  return gathering.errors.push(undefined) - 1
}

export function partDone(
  state: SessionState,
  gathering: Gathering,
  index: number,
  error: JITErrorData | undefined,
): void {
  gathering.errors[index] = error
  oneLess(state, gathering)
}

export function closeGathering(state: SessionState, gathering: Gathering): void {
  oneLess(state, gathering)
}

function oneLess(state: SessionState, gathering: Gathering): void {
  gathering.remaining--
  if (gathering.remaining > 0) return
  for (const dylib of gathering.dylibs) {
    dylib.phase = 'closed'
    state.dylibs.delete(dylib.id)
  }
  const error = joinErrors(gathering.errors.flatMap((one) => one ?? []))
  const result = error === undefined ? success(null) : failure(error)
  if (gathering.ask !== null) return settleAsk(state, gathering.ask, result)
  state.phase = 'ended'
  for (const ending of state.endings.splice(0)) settleAsk(state, ending, result)
}
