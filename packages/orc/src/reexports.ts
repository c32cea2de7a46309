// A generator that the session runs itself: what another dylib defines, or can generate, is defined here as re-exports. It
// holds nobody up: any number of lookups may be inside at once. A dylib that re-exports itself, in a ring, has nothing to
// offer a second time round. Source: ReexportsGenerator (Core.cpp).
import type { Expected, FlagsEntry, SearchOrderEntry, SessionAskReplies, SessionRequest, UnitId } from '@worc/protocol'
import { failure } from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import { defineUnit } from './define.js'
import { generationDone, insertGenerator, trackerOf } from './generators.js'
import type { WaitingGeneration } from './generators.js'
import { openDylib } from './jit-dylib.js'
import { lookUpFlagsFor } from './lookup.js'
import { askClient } from './outgoing-asks.js'
import type { SessionState } from './session-state.js'

/** What a generator of re-exports offers. */
export interface Reexports {
  readonly from: SearchOrderEntry
  /** Whether its client is asked which names may pass. */
  readonly filtered: boolean
}

type AddReexportsGenerator = Extract<SessionRequest, { type: 'addReexportsGenerator' }>

export function addReexportsGenerator(
  state: SessionState,
  message: AddReexportsGenerator,
  { client }: PendingAsk,
): Expected<null> {
  const source = openDylib(state, message.from[0])
  if (!source.ok) return failure(source.error)
  const { from, filtered } = message
  return insertGenerator(state, message, { kind: 'reexports', client, attachments: [], reexports: { from, filtered } })
}

export function lookThroughSource(state: SessionState, generation: WaitingGeneration): void {
  const { reexports } = generation.generator
  if (reexports !== null) lookUpFlagsFor(state, generation, reexports.from)
}

export function reexportsFound(
  state: SessionState,
  generation: WaitingGeneration,
  found: Expected<readonly FlagsEntry[]>,
): void {
  const { generator } = generation
  if (!found.ok) return generationDone(state, generation, found)
  if (generator.reexports?.filtered !== true || found.value.length === 0)
    return defineReexports(state, generation, found.value)
  askClient(
    state,
    { type: 'filterReexports', to: generator.client, generation, found: found.value },
    {
      type: 'filterReexports',
      generator: generator.id,
      dylib: generator.dylib.id,
      names: found.value.map(([name]) => name),
    },
  )
}

/** The client has said which names may pass. */
export function reexportsFiltered(
  state: SessionState,
  generation: WaitingGeneration,
  found: readonly FlagsEntry[],
  answer: Expected<SessionAskReplies['filterReexports']>,
): void {
  if (!answer.ok) return generationDone(state, generation, answer)
  const allowed = new Set(answer.value)
  defineReexports(
    state,
    generation,
    found.filter(([name]) => allowed.has(name)),
  )
}

/** Those names that nobody has defined meanwhile: another lookup may have been here too. */
function defineReexports(state: SessionState, generation: WaitingGeneration, found: readonly FlagsEntry[]): void {
  const { reexports, dylib, client } = generation.generator
  if (reexports === null || !generation.generator.inside.has(generation.lookup)) return
  const symbols = found.filter(([name]) => !dylib.symbols.has(name))
  const source = { kind: 'aliases', from: reexports.from, aliasees: symbols.map(([name]) => name) } as const
  const [from] = reexports.from
  const name = `re-exports of ${state.dylibs.get(from)?.name ?? `JITDylib ${from}`}`
  const description = { unit: 0 as UnitId, name, symbols, initSymbol: null, source }
  const tracker = trackerOf(state, generation.generator)
  generationDone(state, generation, defineUnit(state, tracker, { description, client: client.id, attachments: [] }))
}
