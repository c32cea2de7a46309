// What becomes of each symbol from one turn to the next: how far it comes, who owns it, and what it depends on. Remembered is
// what a symbol was after the turn before.
import type { JITDylibId, LinkedUnitId, ResponsibilityId, SessionRequest } from '@worc/protocol'
import { isCodeAddress, unitOfCode } from '@worc/protocol'
import { entryState } from '@worc/orc'
import type { SessionState } from '@worc/orc'
import type { Probes } from './probes.js'
import type { SymbolEntry, TurnFacts } from './turn-facts.js'
import { violated } from './violation.js'

const { failed, neverSearched, materializing, ready, removed } = entryState

interface Seen {
  state: number
  key: number
  readonly flags: number
  /** Its code went with its link actor. */
  lost: boolean
  /** Of an emitted symbol, by the emission. */
  dependencies: readonly SymbolEntry[]
}

type Emission = Extract<SessionRequest, { type: 'notifyEmitted' }>

const nothing: readonly SymbolEntry[] = []

/** Requests, notifications and ends that may give symbols another owner. */
const moving: ReadonlySet<string> = new Set(['transferTo', 'dropResourceTracker'])

export class SymbolChecks {
  readonly #probes: Probes
  readonly #isHeld: (unit: LinkedUnitId) => boolean
  #seen = new Map<SymbolEntry, Seen>()
  /** Where the symbols are for which somebody answers. */
  readonly #dylibs = new Map<ResponsibilityId, JITDylibId>()
  /** What ready symbols depend on. */
  readonly #reliedOn = new Set<SymbolEntry>()
  #present = 0
  /** In this turn. */
  #mayLose = false

  /** `isHeld`: some thread has the unit's code. */
  constructor(probes: Probes, isHeld: (unit: LinkedUnitId) => boolean) {
    this.#probes = probes
    this.#isHeld = isHeld
  }

  onTurn(turn: TurnFacts): void {
    this.#noteWork(turn)
    if (turn.request?.type === 'notifyEmitted' && turn.succeeds) this.#noteEmission(turn.request, turn.state)
    const moves = new Map<number, number>()
    const ready: SymbolEntry[] = []
    let present = 0
    let added = 0
    this.#mayLose = turn.input.type === 'notification' && turn.input.message.type === 'unitsHeld'
    for (const dylib of turn.state.dylibs.values()) {
      for (const entry of dylib.symbols.values()) {
        present++
        const seen = this.#seen.get(entry)
        if (seen === undefined) {
          added++
          this.#seen.set(entry, newlySeen(entry))
        } else if (seen.state !== entry.state || seen.key !== entry.unit.tracker.key) {
          this.#compare(entry, seen, moves, ready)
        }
        if (seen !== undefined && seen.flags !== entry.flags)
          violated('I12', `${entry.name} has flags ${entry.flags}, and was defined with ${seen.flags}`)
      }
    }
    for (const entry of ready) this.#verifyReady(entry)
    if (moves.size > 0) this.#verifyMoves(moves, turn)
    if (turn.request?.type === 'define') this.#verifyDefinition(turn.request, turn, present - this.#present, added)
    if (turn.request?.type === 'transferTo' && turn.fails && moves.size > 0)
      violated('I6', 'a transfer failed, and moved something')
    this.#present = present
    this.#noteGone()
  }

  // ---- how far

  #compare(entry: SymbolEntry, seen: Seen, moves: Map<number, number>, ready: SymbolEntry[]): void {
    const now = entry.state
    const { key } = entry.unit.tracker
    if (seen.key !== key) {
      const elsewhere = moves.get(seen.key) ?? key
      if (elsewhere !== key) violated('I6', `what was under key ${seen.key} is under key ${elsewhere} and key ${key}`)
      moves.set(seen.key, key)
    }
    const before = seen.state
    if (before === now) return
    seen.state = now
    if (before === entryState.ready) this.#noteLoss(entry, seen)
    if (before === failed) violated('I8', `${entry.name}, which had failed, is in state ${now}`)
    // A responsibility may give symbols back to be materialized by another unit.
    const isReplaced = now === neverSearched && before === materializing
    if (now !== failed && now < before && !isReplaced) violated('I8', `${entry.name} goes from ${before} to ${now}`)
    if (now === entryState.ready) ready.push(entry)
  }

  /** What is ready can only be lost, when nobody has its code. */
  #noteLoss(entry: SymbolEntry, seen: Seen): void {
    if (!this.#mayLose || entry.state !== failed)
      violated('I15', `${entry.name}, which was ready, is in state ${entry.state}`)
    if (isCodeAddress(entry.address) && this.#isHeld(unitOfCode(entry.address)))
      violated('I15', `${entry.name} has failed for want of code, and a thread holds it`)
    seen.lost = true
    this.#probes.hit('code-lost-with-its-linker')
  }

  // ---- dependences

  #noteWork({ effects, request, state, succeeds, value }: TurnFacts): void {
    for (const effect of effects) {
      if (effect.type !== 'send' || effect.message.type !== 'materialize') continue
      this.#dylibs.set(effect.message.responsibility, effect.message.dylib)
    }
    if (request?.type !== 'delegate' || !succeeds) return
    const dylib = this.#dylibs.get(request.responsibility)
    if (dylib !== undefined && state.dylibs.has(dylib)) this.#dylibs.set(value as ResponsibilityId, dylib)
  }

  #noteEmission({ responsibility, groups }: Emission, { dylibs }: SessionState): void {
    const dylib = this.#dylibs.get(responsibility)
    const symbols = dylib === undefined ? undefined : dylibs.get(dylib)?.symbols
    for (const group of groups) {
      const dependencies: SymbolEntry[] = []
      for (const [of, names] of group.dependencies) {
        for (const name of names) {
          const dependency = dylibs.get(of)?.symbols.get(name)
          if (dependency === undefined) violated('I16', `an emission depends on ${name}, which is not in dylib ${of}`)
          dependencies.push(dependency)
        }
      }
      for (const name of group.symbols) {
        const seen = this.#seenOf(symbols?.get(name))
        if (seen !== undefined) seen.dependencies = dependencies
      }
    }
  }

  #seenOf(entry: SymbolEntry | undefined): Seen | undefined {
    return entry === undefined ? undefined : this.#seen.get(entry)
  }

  #verifyReady(entry: SymbolEntry): void {
    const dependencies = this.#seenOf(entry)?.dependencies ?? nothing
    for (const dependency of dependencies) {
      // What was ready when it was removed has no failure.
      const isGone = dependency.state === removed && dependency.failure === null
      const wasReady = isGone || this.#seenOf(dependency)?.lost === true
      if (dependency.state !== ready && !wasReady)
        violated('I13', `${entry.name} is ready, and ${dependency.name} is in state ${dependency.state}`)
      this.#reliedOn.add(dependency)
      const others = this.#seenOf(dependency)?.dependencies ?? nothing
      if (dependency !== entry && others.includes(entry)) this.#probes.hit('cycle-ready-together')
    }
  }

  /** A ready symbol stays as it is when what it depends on goes. */
  #noteGone(): void {
    if (this.#reliedOn.size === 0) return
    for (const dependency of this.#reliedOn) {
      if (dependency.state !== removed) continue
      this.#reliedOn.delete(dependency)
      this.#probes.hit('dependence-removed-after-ready')
    }
  }

  // ---- owners

  /** All of a key goes where one of it goes, and its tracker is no more. */
  #verifyMoves(moves: ReadonlyMap<number, number>, { state, input, isAlone }: TurnFacts): void {
    const type = input.type === 'request' || input.type === 'notification' ? input.message.type : input.type
    if (isAlone && !moving.has(type) && type !== 'clientClosed') violated('I6', `${type} gives symbols another owner`)
    for (const dylib of state.dylibs.values()) {
      for (const entry of dylib.symbols.values()) {
        const seen = this.#seenOf(entry)
        const to = seen === undefined ? undefined : moves.get(seen.key)
        if (seen === undefined || to === undefined) continue
        const { key } = entry.unit.tracker
        if (key !== to) violated('I6', `${entry.name} is under key ${key}; what was with it is under key ${to}`)
        seen.key = key
      }
      for (let { first: tracker } = dylib.trackers; tracker !== null; tracker = tracker.next) {
        if (moves.has(tracker.key)) violated('I6', `key ${tracker.key}, which was transferred, is a live tracker's`)
      }
    }
  }

  #verifyDefinition(
    { dylib, unit }: Extract<SessionRequest, { type: 'define' }>,
    { state, succeeds, fails }: TurnFacts,
    more: number,
    added: number,
  ): void {
    if (fails && (added > 0 || more !== 0)) violated('I7', `a definition failed, and ${added} symbols are there`)
    if (!succeeds || added >= unit.symbols.length) return
    const symbols = state.dylibs.get(dylib)?.symbols
    const missing = unit.symbols.find(([name]) => symbols?.has(name) !== true)
    if (missing !== undefined) violated('I7', `${unit.name} was defined, and ${missing[0]} is not there`)
  }
}

function newlySeen({ state, unit, flags }: SymbolEntry): Seen {
  return { state, key: unit.tracker.key, flags, lost: false, dependencies: nothing }
}
