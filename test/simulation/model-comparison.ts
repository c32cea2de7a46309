// What came out of a turn of the session, held against what the model says should have: answers and what is in them,
// what resource managers are told and in which order, which definitions units lose.
import type { Expected, JITErrorData } from '@worc/protocol'
import type { Effect } from '@worc/orc'
import type { Ask, ModelManager, Outcome } from './model-state.js'
import type { KnownNumbers } from './known-numbers.js'
import type { ReferenceModel } from './reference-model.js'

type Reply = Extract<Effect, { type: 'reply' }>
type Told = Exclude<Effect, { type: 'reply' }>

/** What came out of a turn, by what it is held against. */
export interface TurnOutput {
  readonly replies: readonly Reply[]
  /** What resource managers hear. */
  readonly told: readonly Told[]
  readonly discards: readonly Told[]
}

export function sortEffects(effects: readonly Effect[]): TurnOutput {
  const replies: Reply[] = []
  const told: Told[] = []
  const discards: Told[] = []
  for (const effect of effects) {
    if (effect.type === 'reply') replies.push(effect)
    else if (effect.message.type === 'discard') discards.push(effect)
    else if (effect.message.type === 'handleRemoveResources' || effect.message.type === 'handleTransferResources')
      told.push(effect)
  }
  return { replies, told, discards }
}

// ---- answers

/** `excused` asks may be answered as the session likes. */
export function wrongAnswers(
  { answers }: ReferenceModel,
  replies: readonly Reply[],
  askOf: (reply: Reply) => Ask | undefined,
  excused: ReadonlySet<Ask>,
): string[] {
  const given = new Map<Ask | undefined, Reply>(replies.map((reply) => [askOf(reply), reply]))
  const wrong: string[] = []
  const due = new Set<Ask | undefined>()
  for (const [ask, outcome] of answers) {
    due.add(ask)
    const reply = given.get(ask)
    const difference = reply === undefined ? 'is not answered' : wrongResult(reply.result, outcome)
    if (difference !== undefined) wrong.push(`${describe(ask)} ${difference}; should be ${outcome.code}`)
    const early = (outcome.after ?? []).filter((other) => indexOf(given, ask) < indexOf(given, other))
    for (const other of early) wrong.push(`${describe(ask)} is answered before ${describe(other)}`)
  }
  for (const [ask, { result }] of given) {
    if (ask === undefined || due.has(ask) || excused.has(ask)) continue
    wrong.push(`${describe(ask)} is answered ${result.ok ? 'ok' : result.error.code}, and should not be yet`)
  }
  return wrong
}

function indexOf(given: ReadonlyMap<Ask | undefined, Reply>, ask: Ask): number {
  return [...given.keys()].indexOf(ask)
}

function describe({ client, id, message }: Ask): string {
  return `${message.type} (ask ${id} of client ${client})`
}

function wrongResult(result: Expected<unknown>, { code, names, joined, value }: Outcome): string | undefined {
  if (!result.ok) return wrongError(result.error, code, names, joined)
  if (code !== 'ok') return 'is ok'
  if (value === undefined) return undefined
  const actual = JSON.stringify(result.value)
  return actual === JSON.stringify(value) ? undefined : `is ${actual}, not ${JSON.stringify(value)}`
}

function wrongError(
  error: JITErrorData,
  code: Outcome['code'],
  names: readonly string[] | undefined,
  joined: number | undefined,
): string | undefined {
  if (error.code !== code) return `is ${error.code} (${error.message})`
  if (joined !== undefined && joined !== (error.joined?.length ?? 1)) return `joins ${error.joined?.length ?? 1} errors`
  if (names === undefined || !('symbols' in error)) return undefined
  const actual = error.symbols.flatMap(([, of]) => of)
  const isSame = [...actual].sort().join(' ') === [...names].sort().join(' ')
  return isSame ? undefined : `is about ${actual.join(' ')}, not ${names.join(' ')}`
}

// ---- managers

/** Of each key, managers hear in the order that the model says; and nothing comes under a key that was removed. */
export function wrongTelling({ keys }: ReferenceModel, numbers: KnownNumbers, effects: readonly Told[]): string[] {
  const told = new Map<string, string[]>()
  const removed = new Set<string>()
  const wrong: string[] = []
  for (const { to, message } of effects) {
    if (message.type === 'handleTransferResources') {
      bindNewKey(keys.told, numbers, message.source, message.manager)
      bindNewDestination(keys.told, numbers, message)
      append(told, message.source, `${message.manager} moves them to ${message.destination}`)
      if (removed.has(`${to} ${message.destination}`))
        wrong.push(`key ${message.destination} gets more after its removal`)
    } else if (message.type === 'handleRemoveResources') {
      append(told, message.key, `${message.manager} removes them`)
      removed.add(`${to} ${message.key}`)
      bindNewKey(keys.told, numbers, message.key, message.manager)
    }
  }
  const due = new Map<string, string[]>()
  for (const { manager, source, destination } of keys.told) {
    const what = destination === undefined ? 'removes them' : `moves them to ${numbers.keyOf(destination)}`
    append(due, numbers.keyOf(source), `${manager.id} ${what}`)
  }
  for (const key of new Set([...told.keys(), ...due.keys()])) {
    const [actual, expected] = [told.get(key)?.join(', ') ?? 'nobody', due.get(key)?.join(', ') ?? 'nobody']
    if (actual !== expected) wrong.push(`of resources under ${key} managers hear: ${actual}; should be: ${expected}`)
  }
  return wrong
}

/** A default tracker may be made and removed in one turn: only its managers ever see its key. */
function bindNewKey(
  told: ReferenceModel['keys']['told'],
  numbers: KnownNumbers,
  key: number,
  manager: ModelManager['id'],
): void {
  if (numbers.trackerOf(key) !== undefined) return
  const unnamed = told.find((one) => one.manager.id === manager && numbers.keyOf(one.source) === undefined)
  if (unnamed !== undefined) numbers.keyIs(unnamed.source, key)
}

/** A tracker may be made, transferred to and transferred from in one turn, of a stream that stood still. */
function bindNewDestination(
  told: ReferenceModel['keys']['told'],
  numbers: KnownNumbers,
  {
    manager,
    source,
    destination: key,
  }: { readonly manager: ModelManager['id']; readonly source: number; readonly destination: number },
): void {
  if (numbers.trackerOf(key) !== undefined) return
  const due = told.find((one) => one.manager.id === manager && numbers.keyOf(one.source) === source)
  if (due?.destination !== undefined && numbers.keyOf(due.destination) === undefined)
    numbers.keyIs(due.destination, key)
}

function append(lists: Map<string, string[]>, key: number | undefined, item: string): void {
  const list = lists.get(`key ${key}`)
  if (list === undefined) lists.set(`key ${key}`, [item])
  else list.push(item)
}

// ---- units

/** Users hear which of their units' names gave way. */
export function wrongDiscards({ symbols, clients }: ReferenceModel, discards: readonly Told[]): string[] {
  const told = discards.flatMap(({ message }) =>
    message.type === 'discard' ? [`${message.name} of unit ${message.unit}`] : [],
  )
  const due = symbols.discarded.flatMap(([{ description, client }, name]) =>
    description.source.kind === 'user' && clients.has(client) ? [`${name} of unit ${description.unit}`] : [],
  )
  const [actual, expected] = [told.sort().join(', '), due.sort().join(', ')]
  return actual === expected ? [] : [`discarded: ${actual || 'nothing'}; should be: ${expected || 'nothing'}`]
}
