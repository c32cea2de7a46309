// The witness check of a history: the session itself has said in which turn it handled each operation, and in which it answered.
// In that order the sequential model must give every result, and the order must extend real time: what was over before another
// began was answered in an earlier turn than the other was handled in. Sorting is all it costs, however many clients there were.
import type { DylibMoment, DylibOperation, DylibState } from './dylib-model.js'
import { momentsOf } from './dylib-model.js'
import type { SequentialModel } from '../linearizability.js'
import type { TracedKind, TracedTurns } from './turn-trace.js'

const messageOf = {
  create: 'createResourceTracker',
  define: 'define',
  'look up': 'lookup',
  remove: 'removeTracker',
  transfer: 'transferTo',
  'remove names': 'removeSymbols',
  clear: 'clear',
  'is defunct': 'isDefunct',
  drop: 'dropResourceTracker',
} as const satisfies Record<DylibOperation['call']['do'], TracedKind>

interface Witnessed {
  readonly operation: DylibOperation
  readonly handled: number
  readonly answered: number
}

/** What does not hold; nothing where the turns explain the history. */
export function contradictions(
  models: readonly SequentialModel<DylibState, DylibMoment>[],
  history: readonly DylibOperation[],
  turns: ReadonlyMap<number, TracedTurns>,
): readonly string[] {
  const missing: string[] = []
  const witnessed: Witnessed[] = []
  for (const operation of history) {
    const turn = turns.get(operation.client)?.get(operation.message)
    if (turn?.kind === messageOf[operation.call.do])
      witnessed.push({ operation, handled: turn.handled, answered: turn.answered ?? turn.handled })
    else missing.push(`${nameOf(operation)} was handled as ${turn?.kind ?? 'nothing'}`)
  }
  if (missing.length > 0) return missing
  return [...againstTime(witnessed), ...models.flatMap((model, dylib) => againstModel(model, dylib, witnessed))]
}

function againstTime(witnessed: readonly Witnessed[]): readonly string[] {
  const events = witnessed.flatMap((each) => [
    { time: each.operation.invoked, each, over: false },
    { time: each.operation.returned, each, over: true },
  ])
  const found: string[] = []
  let latest: Witnessed | undefined
  for (const { each, over } of events.sort((a, b) => a.time - b.time)) {
    if (!over) {
      if (latest !== undefined && each.handled <= latest.answered)
        found.push(
          `${nameOf(each.operation)} was handled in turn ${each.handled}, but ${nameOf(latest.operation)} was over before it began, and was answered in turn ${latest.answered}`,
        )
    } else if (latest === undefined || each.answered > latest.answered) latest = each
  }
  return found
}

function againstModel(
  model: SequentialModel<DylibState, DylibMoment>,
  dylib: number,
  witnessed: readonly Witnessed[],
): readonly string[] {
  const moments = witnessed
    .filter(({ operation }) => operation.dylib === dylib)
    .flatMap(({ operation, handled, answered }) =>
      momentsOf(operation).map((moment) => ({ moment, turn: moment.part === 'end' ? answered : handled })),
    )
    // What ends in a turn that another operation is handled in ends because of it.
    .sort((a, b) => a.turn - b.turn || Number(a.moment.part === 'end') - Number(b.moment.part === 'end'))
  let state = model.initial
  for (const { moment, turn } of moments) {
    const next = model.step(state, moment)
    if (next === undefined) {
      const { operation, part } = moment
      const answer = `${nameOf(operation)} answered ${JSON.stringify(operation.result)}`
      return [`in turn ${turn} (${part}) ${answer}, where the model has ${model.keyOf(state)}`]
    }
    state = next
  }
  return []
}

function nameOf({ client, message, dylib, call }: DylibOperation): string {
  return `client ${client}'s message ${message} (${JSON.stringify(call)} in dylib ${dylib})`
}
