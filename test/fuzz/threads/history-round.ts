// A round whose history is recorded and judged twice: by the turns that the session says it took, and by a search that trusts
// nothing but times and results. Now and then one result is spoiled, to see that the search would have noticed.
import { RandomSource } from '../../orc/random-source.js'
import { checkLinearizability } from '../linearizability.js'
import type { SequentialModel } from '../linearizability.js'
import type { Client } from './client.js'
import type { DylibMoment, DylibOperation, DylibResult, DylibState } from './dylib-model.js'
import { dylibModel, momentsOf } from './dylib-model.js'
import { sharedTrackers } from './history-program.js'
import { dylibCount } from './program.js'
import type { SentTracker } from './held-trackers.js'
import type { Stage } from './stage.js'
import type { TracedTurns } from './turn-trace.js'
import { contradictions } from './witness.js'

export interface Histories {
  judged: number
  /** The search gave up. */
  unknown: number
  spoiled: number
  rejected: number
}

/** One history in so many is judged a second time, spoiled. */
const spoiledOneIn = 10

interface HistoryPlan {
  readonly seed: number
  readonly stepsOfAll: number
}

/** A tracker's number in the history, and its handle. */
export type SharedTracker = readonly [tracker: number, sent: SentTracker]

export interface RecordedRound {
  readonly history: readonly DylibOperation[]
  readonly turns: ReadonlyMap<number, TracedTurns>
}

/** The clients are quiet, and the dylibs empty. */
export async function recordRound(stage: Stage, plan: HistoryPlan): Promise<RecordedRound> {
  const { clients, trace } = stage
  const shared = await Promise.all(clients.map((client) => share(client, clients.length)))
  const clock = new Int32Array(new SharedArrayBuffer(4))
  trace.start()
  const recorded = await Promise.all(
    clients.map(async (client) => {
      const shape = {
        seed: plan.seed,
        client: client.number,
        clients: clients.length,
        steps: Math.ceil(plan.stepsOfAll / clients.length),
      }
      const trackers = shared.flatMap((given) => given[client.number] ?? [])
      client.say({ type: 'record', shape, clock, trackers })
      return (await client.answer('recorded')).operations
    }),
  )
  return { history: recorded.flat(), turns: trace.stop() }
}

/** What is wrong with the history. */
export function judge(
  { clients }: Stage,
  { seed }: HistoryPlan,
  { history, turns }: RecordedRound,
  histories: Histories,
): readonly string[] {
  const models = Array.from({ length: dylibCount }, (_, dylib) => modelOf(clients, dylib))
  const problems = [...contradictions(models, history, turns)]
  const outcome = search(models, history)
  histories.judged++
  if (outcome === 'violation') problems.push('no order of the operations explains the history')
  if (outcome === 'unknown') histories.unknown++
  if (outcome === 'linearizable' && histories.judged % spoiledOneIn === 0) {
    const spoiled = spoil(history, new RandomSource(seed))
    if (spoiled !== undefined) {
      histories.spoiled++
      if (search(models, spoiled) === 'violation') histories.rejected++
    }
  }
  return problems
}

/** By receiver. */
async function share(client: Client, clients: number): Promise<readonly (readonly SharedTracker[])[]> {
  client.say({ type: 'share', trackers: sharedTrackers(client.number), clients })
  return (await client.answer('shared')).trackers
}

type Model = SequentialModel<DylibState, DylibMoment>

function modelOf(clients: readonly Client[], dylib: number): Model {
  const all = clients.flatMap(({ number }) => sharedTrackers(number))
  return dylibModel(all.filter((each) => each.dylib === dylib).map(({ tracker }) => tracker))
}

function search(models: readonly Model[], history: readonly DylibOperation[]): string {
  const outcomes = models.map((model, dylib) => {
    const moments = history.filter((operation) => operation.dylib === dylib).flatMap(momentsOf)
    return checkLinearizability(model, moments).outcome
  })
  return (
    outcomes.find((outcome) => outcome === 'violation') ??
    outcomes.find((outcome) => outcome === 'unknown') ??
    'linearizable'
  )
}

// ---- positive control

/** One answer becomes another that the operation might have given. */
export function spoil(history: readonly DylibOperation[], random: RandomSource): readonly DylibOperation[] | undefined {
  const victim = random.pick(history.filter((operation) => wrongAnswers(operation).length > 0))
  if (victim === undefined) return undefined
  const result = random.pick(wrongAnswers(victim)) ?? victim.result
  return history.map((operation) => (operation === victim ? { ...operation, result } : operation))
}

function wrongAnswers({ call, result }: DylibOperation): readonly DylibResult[] {
  switch (call.do) {
    case 'define':
      return others(result, ['ok', 'DuplicateDefinition', 'ResourceTrackerDefunct'])
    case 'look up':
      if (typeof result !== 'object') return others(result, [Object.fromEntries(call.names.map((name) => [name, -1]))])
      return ['SymbolsNotFound', Object.fromEntries(Object.entries(result).map(([name, at]) => [name, at + 1]))]
    case 'transfer':
      return others(result, ['ok', 'ResourceTrackerDefunct'])
    case 'remove names':
      return others(result, ['ok', 'SymbolsNotFound'])
    case 'is defunct':
      return [result !== true]
    case 'remove':
    case 'clear':
    case 'create':
    case 'drop':
      return []
  }
}

function others(result: DylibResult, all: readonly DylibResult[]): readonly DylibResult[] {
  return all.filter((each) => each !== result)
}
