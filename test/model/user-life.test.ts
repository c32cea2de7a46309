// A user's whole life with one function, through the face: every way that the machine knows of comes to pass, and after each step
// the user sees what it says. A session in this thread tries every verb in every situation; one in a worker
// goes the shortest way into each.
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { JIT } from 'worc'
import type { JITStats } from 'worc'
import { initialTransition } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import { outcomeOf } from './specification.js'
import { userEvents, userLife } from './user-life.js'
import type { UserEvent } from './user-life.js'
import { UserWorld } from './user-world.js'

type Way = readonly UserEvent[]

const events = userEvents.map((type) => ({ type }))

describe('a user', () => {
  for (const [where, options, ways] of [
    ['in this thread', { inline: true }, everyPair()],
    ['in a worker', { inline: false }, everySituation()],
  ] as const) {
    describe(`of a session ${where}`, () => {
      let jit: JIT
      let empty: JITStats
      before(async () => {
        jit = await JIT.start({ ...options, compileThreads: 1 })
        empty = await jit.stats()
      })
      after(() => jit[Symbol.asyncDispose]())

      it(`sees what the machine says, on ${ways.length} ways, and nothing is left`, async () => {
        for (const [at, way] of ways.entries()) await go(jit, way, `dylib ${at}`)
        await jit.session.verify()
        expect(await jit.stats()).to.deep.equal(empty)
      })
    })
  }
})

async function go(jit: JIT, way: Way, name: string): Promise<void> {
  const world = await UserWorld.create(jit, name)
  let [snapshot] = initialTransition(userLife)
  for (const [step, event] of way.entries()) {
    const about = way.slice(0, step + 1).join(', ')
    const { next, refusal } = outcomeOf(userLife, snapshot, event)
    expect(await world.does(event), about).to.equal(refusal ?? 'ok')
    expect(await world.differences(next.value, next.context), about).to.deep.equal([])
    snapshot = next
  }
  await world.end()
}

/** One way into each situation, which is a state together with what is known there, without those that others begin with. */
function everySituation(): readonly Way[] {
  const ways = getShortestPaths(userLife, { events }).map(wayOf)
  const texts = ways.map((way) => `${way.join()},`)
  return ways.filter((_, at) => !texts.some((text, other) => other !== at && text.startsWith(texts[at] ?? '')))
}

/** Every verb in every situation: a way goes on as long as there is one that nobody has tried. */
function everyPair(): readonly Way[] {
  const untried = new Map<string, UserEvent[]>()
  const paths = getShortestPaths(userLife, { events })
  for (const { state } of paths) untried.set(situation(state), [...userEvents])
  return paths.flatMap((path) => {
    const ways: Way[] = []
    while (untried.get(situation(path.state))?.length !== 0) {
      const way = [...wayOf(path)]
      let { state } = path
      for (let event = nextOf(state); event !== undefined; event = nextOf(state)) {
        way.push(event)
        state = outcomeOf(userLife, state, event).next
      }
      ways.push(way)
    }
    return ways
  })

  /** What changes nothing comes first. */
  function nextOf(state: Situation): UserEvent | undefined {
    const left = untried.get(situation(state)) ?? []
    const here = left.findIndex((event) => situation(outcomeOf(userLife, state, event).next) === situation(state))
    return left.splice(Math.max(here, 0), 1)[0]
  }
}

type Path = ReturnType<typeof getShortestPaths<typeof userLife>>[number]
type Situation = Path['state']

function wayOf({ steps }: Path): Way {
  // The first step is the machine's own, into its initial state.
  return steps.slice(1).map(({ event }) => event.type)
}

function situation({ value, context }: Situation): string {
  return JSON.stringify([value, context])
}
