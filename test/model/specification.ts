// How the machines of this folder say what a session does: a state has a row for every event, and a row says that the
// state changes, that the event is taken and changes nothing of it, or with which error it is refused.
import type { JITErrorCode } from '@worc/protocol'
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import { transition } from 'xstate'

/** The parameters of an action that changes nothing and is never run: it is there to be read. */
export interface Refusal {
  readonly code: JITErrorCode
}

export function refuse(code: JITErrorCode): { actions: { type: 'refuse'; params: Refusal } } {
  return { actions: { type: 'refuse', params: { code } } }
}

/** Taken, and the state stays what it is. */
export const stays = {}

interface Action {
  readonly type: string
  readonly params?: Refusal
}

interface Outcome<Snapshot> {
  readonly next: Snapshot
  readonly refusal: JITErrorCode | undefined
}

/** What the machine says of one event. */
export function outcomeOf<Snapshot extends AnyMachineSnapshot>(
  machine: AnyStateMachine,
  snapshot: Snapshot,
  event: string,
): Outcome<Snapshot> {
  const [next, actions] = transition(machine, snapshot, { type: event })
  const refused = (actions as readonly unknown[] as readonly Action[]).find(({ type }) => type === 'refuse')
  return { next: next as Snapshot, refusal: refused?.params?.code }
}
