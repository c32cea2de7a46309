// Every pair of a state and an event of a machine, after every way into the state that goes nowhere twice: what the machine
// says of the pair, for a test to ask something real about.
import type { JITErrorCode } from '@worc/protocol'
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import { getSimplePaths } from 'xstate/graph'
import { outcomeOf } from './specification.js'

export interface Pair<Event extends string> {
  /** The way into the state. */
  readonly path: readonly Step<Event>[]
  readonly state: string
  readonly event: Event
  readonly next: State
  /** Refused with this error: then nothing at all has changed. */
  readonly refusal: JITErrorCode | undefined
}

interface Step<Event extends string> {
  readonly event: Event
  readonly next: State
}

interface State {
  readonly name: string
  /** What the session calls it. */
  readonly tag: string
}

export function pairsOf<Event extends string>(
  machine: AnyStateMachine,
  events: readonly Event[],
  input?: unknown,
): readonly Pair<Event>[] {
  const ways = getSimplePaths(machine, { input, events: events.map((type) => ({ type })) })
  return ways.flatMap(({ state, steps }) => {
    // The first step is the machine's own, into its initial state.
    const path = steps
      .slice(1)
      .map((step) => ({ event: (step.event as { readonly type: Event }).type, next: stateOf(step.state) }))
    return events.map((event) => {
      const { next, refusal } = outcomeOf(machine, state, event)
      return { path, state: String(state.value), event, next: stateOf(next), refusal }
    })
  })
}

function stateOf({ value, tags }: AnyMachineSnapshot): State {
  const name = String(value)
  const [tag] = tags as ReadonlySet<string>
  return { name, tag: tag ?? name }
}

export function describePath(path: readonly Step<string>[]): string {
  return path.map(({ event }) => event).join(', ')
}
