// One round: a short storm, deaths in the middle of some, then quiet, in which the house must hold what it held when it was new.
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { RandomSource } from '../../orc/random-source.js'
import { ClientDied } from './client.js'
import type { Client } from './client.js'
import type { Histories, RecordedRound } from './history-round.js'
import { judge, recordRound } from './history-round.js'
import type { Deaths } from './outcomes.js'
import { hasRoot } from './outcomes.js'
import type { Stage } from './stage.js'

export interface RoundPlan {
  readonly seed: number
  readonly kind: 'storm' | 'history'
  readonly stepsOfAll: number
  /** 0 where the threads are left alone. */
  readonly delayMicros: number
  readonly deaths: readonly PlannedDeath[]
}

interface PlannedDeath {
  readonly victim: 'link' | 'compile 1' | 'session' | 'client'
  readonly client: number
  readonly afterMicros: number
}

export interface RoundResult {
  readonly problems: readonly string[]
  readonly outcomes: ReadonlyMap<string, number>
  readonly recorded: RecordedRound | undefined
  /** Whether the stage can be used again. */
  readonly over: boolean
}

/** How often a round has the death of such a thread. A successor costs tens of milliseconds, a session a whole house. */
const chances: readonly (readonly [PlannedDeath['victim'], number])[] = [
  ['link', 1 / 400],
  ['compile 1', 1 / 800],
  ['client', 1 / 200],
  ['session', 1 / 4000],
]

const historyChance = 1 / 4

export function planRound(seed: number, clients: number): RoundPlan {
  const random = new RandomSource(seed)
  const delayMicros = random.chance(0.5) ? 0 : random.chance(0.5) ? 30 : 300
  const kind = random.chance(historyChance) ? 'history' : 'storm'
  const stepsOfAll = kind === 'history' ? 30 + random.below(120) : 20 + random.below(40)
  const deaths = (kind === 'history' ? [] : chances)
    .filter(([, chance]) => random.chance(chance))
    .map(([victim]) => ({ victim, client: random.below(clients), afterMicros: random.below(5000) }))
  return { seed, kind, stepsOfAll, delayMicros, deaths }
}

const patienceMs = 20_000
/** What a ledger throws now and then; and what a unit answers for it that is still in a sync call, though nobody waits for it. */
const ofManagers = ['UserError', 'WouldDeadlock']
const quietWithinMs = 10_000

export async function playRound(stage: Stage, plan: RoundPlan, histories: Histories): Promise<RoundResult> {
  const aborter = new AbortController()
  const problems: string[] = []
  const played = play(stage, plan, problems)
  const late = sleep(patienceMs, 'late' as const, { signal: aborter.signal }).catch(() => 'late' as const)
  const ended = await Promise.race([played, late])
  aborter.abort()
  if (ended !== 'late') return judged(stage, plan, ended, histories)
  played.catch(() => undefined)
  return { problems: [...problems, ...(await whatHangs(stage))], outcomes: new Map(), recorded: undefined, over: true }
}

function judged(stage: Stage, plan: RoundPlan, result: RoundResult, histories: Histories): RoundResult {
  if (result.recorded === undefined) return result
  const problems = [...result.problems, ...judge(stage, plan, result.recorded, histories)]
  return { ...result, problems, over: problems.length > 0 }
}

async function play(stage: Stage, plan: RoundPlan, problems: string[]): Promise<RoundResult> {
  const deaths: Deaths = {
    any: plan.deaths.length > 0,
    session: plan.deaths.some(({ victim }) => victim === 'session'),
  }
  stage.delay(plan.delayMicros)
  const recorded = plan.kind === 'history' ? await recordRound(stage, plan) : undefined
  if (plan.kind === 'storm') await rage(stage, plan, deaths, problems)
  for (const client of stage.clients) if (client.alive) client.say({ type: 'settle' })
  await everyLiving(stage, plan, problems, (client) => client.answer('settled'))
  stage.delay(0)
  if (deaths.session) return { problems, outcomes: new Map(), recorded, over: true }
  await stage.replaceTheDead()
  problems.push(...(await quiet(stage, deaths)))
  const outcomes = new Map<string, number>()
  for (const client of stage.clients) client.say({ type: 'close' })
  await everyLiving(stage, plan, problems, async (client) => {
    const { report } = await client.answer('closed')
    problems.push(...report.problems.map((text) => `client ${client.number}: ${text}`))
    for (const [key, count] of report.outcomes) outcomes.set(key, (outcomes.get(key) ?? 0) + count)
  })
  return { problems, outcomes, recorded, over: problems.length > 0 }
}

async function rage(stage: Stage, plan: RoundPlan, deaths: Deaths, problems: string[]): Promise<void> {
  const { clients } = stage
  const steps = Math.ceil(plan.stepsOfAll / clients.length)
  for (const { number } of clients) {
    const shape = { seed: plan.seed, client: number, clients: clients.length, steps }
    clients[number]?.say({ type: 'rage', shape, deaths })
  }
  const dying = Promise.all(plan.deaths.map((death) => die(stage, death)))
  await everyLiving(stage, plan, problems, (client) => client.answer('raged'))
  await dying
  stage.giveBack()
}

async function everyLiving(
  stage: Stage,
  plan: RoundPlan,
  problems: string[],
  wait: (client: Client) => Promise<unknown>,
): Promise<void> {
  const mayDie = plan.deaths.some(({ victim }) => victim === 'client')
  await Promise.all(
    stage.clients.map((client) =>
      wait(client).catch((thrown: unknown) => {
        if (!(thrown instanceof ClientDied)) throw thrown
        if (!mayDie) problems.push(thrown.message)
      }),
    ),
  )
}

async function die(stage: Stage, { victim, client, afterMicros }: PlannedDeath): Promise<void> {
  await sleep(afterMicros / 1000)
  if (victim === 'client') return stage.clients[client]?.kill()
  stage.kill(victim)
}

/** What is wrong with the house when nobody does anything. */
async function quiet(stage: Stage, deaths: Deaths): Promise<readonly string[]> {
  const { inspector } = stage
  const deadline = performance.now() + quietWithinMs
  const problems: string[] = []
  let held: unknown
  for (let attempt = 0; ; attempt++) {
    // A dead thread's trackers go to the default one when the session hears of it, which may be after the house was emptied.
    const emptied = attempt === 0 || deaths.any ? inspector.empty() : []
    const looked = inspector.holdings().catch((thrown: unknown) => thrown)
    for (const error of await emptied)
      if (!ofManagers.includes(error.code) && !(deaths.any && hasRoot(error, 'ActorDied')))
        problems.push(`clear failed with ${error.code}: ${error.message}`)
    held = await looked
    if (isDeepStrictEqual(held, stage.empty)) break
    if (performance.now() > deadline) {
      problems.push(`the house does not empty: ${JSON.stringify(held)}, not ${JSON.stringify(stage.empty)}`)
      return problems
    }
    await sleep(attempt < 20 ? 0 : 5)
  }
  problems.push(...(await inspector.broken()))
  if (deaths.any) {
    while (stage.diedOfThemselves().some((name) => stage.house.workers.get(name)?.state !== 'ready')) await sleep(1)
    stage.noteThreads()
  } else problems.push(...stage.diedOfThemselves().map((name) => `${name} died of itself`))
  return problems
}

async function whatHangs(stage: Stage): Promise<readonly string[]> {
  const told = stage.clients.map(async (client) => {
    if (!client.alive) return [`client ${client.number} is dead`]
    const running = client.answer('running').catch(() => undefined)
    client.say({ type: 'tell' })
    const answer = await Promise.race([running, sleep(1000)])
    if (answer === undefined) return [`client ${client.number} is blocked`]
    return answer.steps.map((step) => `client ${client.number} waits for ${step}`)
  })
  const blocked = sleep(1000, 'the session is blocked')
  const [dump, held] = await Promise.all([
    Promise.race([stage.inspector.dump(), blocked]),
    Promise.race([stage.inspector.holdings().then((holdings) => JSON.stringify(holdings), String), blocked]),
  ])
  return [`the round did not end within ${patienceMs} ms`, ...(await Promise.all(told)).flat(), held, dump]
}
