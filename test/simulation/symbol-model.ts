// The part of the reference model that is about symbols: definitions, lookups, responsibilities, readiness. What is
// ready, what fails with what, and who waits for whom are fixpoints over the dependences themselves. Source: JITDylib,
// MaterializationResponsibility, AsynchronousSymbolQuery (Core.h).
import type {
  ClientId,
  Definition,
  DependenceGroup,
  FlagsEntry,
  JITDylibId,
  JITErrorCode,
  LookupSetEntry,
  RequiredState,
  SearchOrderEntry,
  UnitDescription,
} from '@worc/protocol'
import { symbolFlag } from '@worc/protocol'
import type {
  Ask,
  ModelDylib,
  ModelSymbol,
  ModelTracker,
  ModelUnit,
  Outcome,
  Query,
  Responsibility,
} from './model-state.js'
import { definitionsOf, givesWay, hasAddress, hasReached, isFailed, isWeak, ok, withInit } from './model-state.js'

const nothing: readonly ModelSymbol[] = []

export class SymbolModel {
  /** Open ones, and closed ones without their symbols. */
  readonly dylibs = new Map<JITDylibId, ModelDylib>()
  readonly works = new Set<Responsibility>()
  readonly queries = new Set<Query>()
  /** Those that began in this turn, over or not. */
  begun: Responsibility[] = []
  /** Names that units lost to other definitions, or that were removed from them unsearched. */
  discarded: (readonly [ModelUnit, string])[] = []
  readonly #isConnected: (client: ClientId) => boolean
  readonly #answer: (ask: Ask, outcome: Outcome) => void

  constructor(isConnected: (client: ClientId) => boolean, answer: (ask: Ask, outcome: Outcome) => void) {
    this.#isConnected = isConnected
    this.#answer = answer
  }

  get symbols(): ModelSymbol[] {
    const all: ModelSymbol[] = []
    for (const { symbols } of this.dylibs.values()) for (const symbol of symbols.values()) all.push(symbol)
    return all
  }

  // ---- definitions

  /** The unit, which may have lost every name; or why nothing changed. */
  define(
    client: ClientId,
    tracker: ModelTracker,
    dylib: ModelDylib,
    description: UnitDescription,
  ): ModelUnit | Outcome {
    const symbols = withInit(description)
    const taken = symbols.filter(([name, flags]) => !isWeak(flags) && !givesWay(dylib.symbols.get(name)))
    if (taken.length > 0) return { code: 'DuplicateDefinition', names: taken.map(([name]) => name) }
    const unit: ModelUnit = { description, client, dylib, tracker, letGo: false }
    for (const symbol of symbols) {
      const [name, flags] = symbol
      const before = dylib.symbols.get(name)
      if (before !== undefined) this.discarded.push([isWeak(flags) ? unit : before.unit, name])
      if (before === undefined || !isWeak(flags)) add(unit, symbol)
    }
    return unit
  }

  removeByName(dylib: ModelDylib, names: readonly string[]): Outcome {
    const missing = names.filter((name) => !dylib.symbols.has(name))
    if (missing.length > 0) return { code: 'SymbolsNotFound', names: missing }
    const symbols = [...dylib.symbols.values()].filter(({ name }) => names.includes(name))
    const busy = symbols.filter(({ state }) => state !== 'neverSearched' && state !== 'ready' && state !== 'failed')
    if (busy.length > 0) return { code: 'SymbolsCouldNotBeRemoved', names: namesOf(busy) }
    for (const { state, unit, name } of symbols) if (state === 'neverSearched') this.discarded.push([unit, name])
    for (const [ask, outcome] of this.erase(symbols)) this.#answer(ask, outcome)
    return ok
  }

  /** The units of what failed are to be materialized again, whole, and without what they had claimed. */
  reset(dylib: ModelDylib, names: readonly string[] | null): Outcome {
    const missing = names?.filter((name) => !dylib.symbols.has(name)) ?? []
    if (missing.length > 0) return { code: 'SymbolsNotFound', names: missing }
    const named = [...dylib.symbols.values()].filter(({ name }) => names?.includes(name) ?? true)
    const units = new Set(named.filter(isFailed).map(({ unit }) => unit))
    const symbols = this.symbols.filter(({ unit }) => units.has(unit))
    const busy = symbols.filter(({ state }) => ['materializing', 'resolved', 'emitted'].includes(state))
    if (busy.length > 0) return { code: 'SymbolsCouldNotBeRemoved', names: namesOf(busy) }
    for (const [ask, outcome] of this.erase(symbols)) this.#answer(ask, outcome)
    for (const { name, flags, unit, claimedBy } of symbols) if (claimedBy !== unit) add(unit, [name, flags])
    return ok
  }

  /** The queries that fail with it. */
  erase(symbols: readonly ModelSymbol[]): ReadonlyMap<Ask, Outcome> {
    const failures = this.#fail(symbols)
    for (const { dylib, name } of symbols) dylib.symbols.delete(name)
    return failures
  }

  /** Whatever was made with code that nobody holds any more, ready or not; what had relied on it stays as it is. */
  lose(isLost: (address: number) => boolean): void {
    const made = this.symbols.filter((symbol) => hasReached(symbol, 'emitted') && !isAbsolute(symbol))
    const units = new Set(made.filter(({ address }) => isLost(address)).map(({ unit }) => unit))
    const lost = made.filter(({ unit }) => units.has(unit))
    const ready = new Set(lost.filter(({ state }) => state === 'ready'))
    for (const unit of units) unit.letGo ||= this.#isSettled(unit)
    const failures = this.#fail(lost)
    for (const symbol of this.symbols) symbol.waitsFor = symbol.waitsFor.filter((other) => !ready.has(other))
    for (const symbol of ready) symbol.state = 'failed'
    for (const [ask, outcome] of failures) this.#answer(ask, outcome)
  }

  #isSettled(unit: ModelUnit): boolean {
    const isAtWork = [...this.works].some((work) => work.unit === unit)
    return !isAtWork && this.symbols.every((symbol) => symbol.unit !== unit || symbol.state === 'ready')
  }

  // ---- lookups

  find(order: readonly SearchOrderEntry[], name: string): ModelSymbol | undefined {
    for (const [dylib, match] of order) {
      const symbol = this.dylibs.get(dylib)?.symbols.get(name)
      if (symbol !== undefined && (match === 'all' || (symbol.flags & symbolFlag.exported) !== 0)) return symbol
    }
    return undefined
  }

  notFound(order: readonly SearchOrderEntry[], names: readonly string[]): Outcome {
    const isGone = order.some(([dylib]) => this.dylibs.get(dylib)?.open === false)
    return isGone ? { code: 'JITDylibDefunct' } : { code: 'SymbolsNotFound', names }
  }

  /** Nothing is set to work unless all is found. What was found and is on its way is answered later. */
  lookup(
    ask: Ask,
    order: readonly SearchOrderEntry[],
    wanted: readonly LookupSetEntry[],
    { required, behalf }: Pick<Query, 'required' | 'behalf'>,
  ): Outcome | undefined {
    const symbols: ModelSymbol[] = []
    const missing: string[] = []
    for (const [name, isRequired] of wanted) {
      const symbol = this.find(order, name)
      if (symbol !== undefined && (hasAddress(symbol) || !isRequired)) symbols.push(symbol)
      else if (isRequired) missing.push(name)
    }
    const failed = symbols.filter(isFailed)
    if (failed.length > 0) return failedToMaterialize(failed)
    if (missing.length > 0) return this.notFound(order, missing)
    this.dispatch(symbols.filter(({ unit }) => unit.description.source.kind === 'absolute'))
    const broken = symbols.filter(isFailed)
    if (broken.length > 0) return failedToMaterialize(broken)
    if (behalf !== undefined && this.#waitFor(behalf, symbols, required, new Set())) return { code: 'WouldDeadlock' }
    this.queries.add({ ask, symbols, required, behalf })
    this.dispatch(symbols)
    this.#settle()
    return undefined
  }

  lookupFlags(order: readonly SearchOrderEntry[], wanted: readonly LookupSetEntry[]): Outcome {
    const missing = wanted.filter(([name, isRequired]) => isRequired && this.find(order, name) === undefined)
    if (missing.length > 0)
      return this.notFound(
        order,
        missing.map(([name]) => name),
      )
    const found = wanted.map(([name]) => this.find(order, name)).filter((symbol) => symbol !== undefined)
    return { code: 'ok', value: found.map(({ name, flags }) => [name, flags]) }
  }

  #waitFor(
    target: Responsibility,
    symbols: readonly ModelSymbol[],
    required: RequiredState,
    seen: Set<Responsibility>,
  ): boolean {
    const works = symbols.flatMap((symbol) => (hasReached(symbol, required) ? [] : (symbol.work ?? [])))
    return works.some((work) => {
      if (work === target || seen.has(work)) return work === target
      seen.add(work)
      const queries = [...this.queries].filter(({ behalf }) => behalf === work)
      return queries.some((query) => this.#waitFor(target, query.symbols, query.required, seen))
    })
  }

  // ---- responsibilities

  /** Sets to work, whole, the units of those that nobody has asked for. */
  dispatch(wanted: readonly ModelSymbol[]): void {
    const units = new Set(wanted.filter(({ state }) => state === 'neverSearched').map(({ unit }) => unit))
    const works = [...units].map((unit): Responsibility => {
      const work = { unit, source: unit.description.source, holder: undefined, emitters: [] }
      for (const symbol of unit.dylib.symbols.values()) {
        if (symbol.unit !== unit) continue
        symbol.state = 'materializing'
        symbol.work = work
      }
      return work
    })
    this.begun.push(...works)
    for (const work of works) this.route(work)
  }

  /** Absolute symbols are done with at once; a user's unit is its owner's; for others, whoever takes them says so. */
  route(work: Responsibility): undefined {
    this.works.add(work)
    const { source, unit } = work
    if (source.kind === 'user' && (unit.letGo || !this.#isConnected(unit.client))) return this.fail(work, 'ActorDied')
    work.holder = source.kind === 'user' ? unit.client : undefined
    if (source.kind !== 'absolute') return
    const addresses = new Map(source.definitions.map(([name, address]) => [name, address]))
    const symbols = this.symbolsOf(work)
    if (symbols.some((symbol) => hasAddress(symbol) && !addresses.has(symbol.name))) {
      return this.fail(work, 'MissingSymbolDefinitions')
    }
    if (symbols.some(({ state }) => state === 'resolved')) return this.fail(work, 'BadArgument')
    for (const symbol of symbols) symbol.address = addresses.get(symbol.name) ?? 0
    this.#emit(work)
  }

  symbolsOf(work: Responsibility): ModelSymbol[] {
    const symbols: ModelSymbol[] = []
    for (const symbol of work.unit.dylib.symbols.values()) if (symbol.work === work) symbols.push(symbol)
    return symbols
  }

  resolve(work: Responsibility, definitions: readonly Definition[]): Outcome {
    const symbols = this.#own(
      work,
      definitions.map(([name]) => name),
    )
    const strange = definitions.filter((_, at) => symbols[at] === undefined || !hasAddress(symbols[at]))
    if (strange.length > 0) return { code: 'UnexpectedSymbolDefinitions', names: strange.map(([name]) => name) }
    const isTwice = symbols.some((symbol, at) => symbol?.state !== 'materializing' || symbols.indexOf(symbol) !== at)
    if (isTwice) return { code: 'BadArgument' }
    for (const [name, address] of definitions) {
      const symbol = work.unit.dylib.symbols.get(name)
      if (symbol === undefined) continue
      symbol.state = 'resolved'
      symbol.address = address
    }
    this.#settle()
    return ok
  }

  emit(work: Responsibility, groups: readonly DependenceGroup[]): Outcome {
    const unresolved = this.symbolsOf(work).filter((symbol) => hasAddress(symbol) && symbol.state === 'materializing')
    if (unresolved.length > 0) return { code: 'MissingSymbolDefinitions', names: namesOf(unresolved) }
    const names = groups.flatMap(({ symbols }) => symbols)
    const own = this.#own(work, names)
    const strange = names.filter((_, at) => own[at] === undefined)
    if (strange.length > 0) return { code: 'UnexpectedSymbolDefinitions', names: strange }
    if (new Set(names).size < names.length) return { code: 'BadArgument' }
    const waits = groups.map(({ symbols, dependencies }) => ({
      symbols,
      on: dependencies.flatMap(([dylib, on]) => on.map((name) => this.find([[dylib, 'all']], name))),
    }))
    if (waits.some(({ on }) => on.some((symbol) => symbol === undefined || isFailed(symbol)))) {
      this.fail(work, 'UnsatisfiedSymbolDependencies')
      return { code: 'UnsatisfiedSymbolDependencies' }
    }
    const onTheirWay: ModelSymbol[] = []
    for (const { symbols, on } of waits) {
      const unready = on.filter((symbol) => symbol !== undefined).filter(({ state }) => state !== 'ready')
      for (const symbol of this.#own(work, symbols)) if (symbol !== undefined) symbol.waitsFor = unready
      if (symbols.length > 0) onTheirWay.push(...unready)
    }
    this.#emit(work)
    this.dispatch(onTheirWay)
    return ok
  }

  #emit(work: Responsibility): void {
    for (const symbol of this.symbolsOf(work)) symbol.state = 'emitted'
    this.finish(work, ok)
    this.#settle()
  }

  /** The names granted, or why nothing was. */
  claim(work: Responsibility, symbols: readonly FlagsEntry[]): Outcome {
    const { unit } = work
    const taken = symbols.filter(([name, flags]) => !isWeak(flags) && unit.dylib.symbols.has(name))
    if (taken.length > 0) return { code: 'DuplicateDefinition', names: taken.map(([name]) => name) }
    const granted = symbols.filter(([name]) => !unit.dylib.symbols.has(name))
    for (const symbol of granted) Object.assign(add(unit, symbol), { state: 'materializing', work, claimedBy: unit })
    return { code: 'ok', value: granted.map(([name]) => name) }
  }

  delegate(work: Responsibility, names: readonly string[]): Responsibility | Outcome {
    const symbols = this.#own(work, names)
    if (symbols.includes(undefined)) return { code: 'UnexpectedSymbolDefinitions' }
    const { unit, holder } = work
    const delegated: Responsibility = { unit, source: unit.description.source, holder, emitters: [] }
    this.works.add(delegated)
    for (const symbol of symbols) if (symbol !== undefined) symbol.work = delegated
    return delegated
  }

  replace(client: ClientId, work: Responsibility, description: UnitDescription): Outcome {
    const symbols = this.#own(
      work,
      withInit(description).map(([name]) => name),
    )
    if (symbols.includes(undefined)) return { code: 'UnexpectedSymbolDefinitions' }
    if (symbols.some((symbol) => symbol?.state !== 'materializing')) return { code: 'BadArgument' }
    const { dylib, tracker } = work.unit
    const unit: ModelUnit = { description, client, dylib, tracker, letGo: false }
    const back = symbols.filter((symbol) => symbol !== undefined)
    for (const symbol of back) Object.assign(symbol, { state: 'neverSearched', work: undefined, unit })
    if (this.symbolsOf(work).length === 0) this.finish(work, ok)
    this.dispatch(back.filter((symbol) => this.#isAwaited(symbol)))
    return ok
  }

  #isAwaited(symbol: ModelSymbol): boolean {
    const isAskedFor = [...this.queries].some(({ symbols }) => symbols.includes(symbol))
    return isAskedFor || this.symbols.some(({ waitsFor }) => waitsFor.includes(symbol))
  }

  fail(work: Responsibility, code: JITErrorCode): undefined {
    const failures = this.#fail(this.symbolsOf(work))
    this.finish(work, { code })
    for (const [ask, outcome] of failures) this.#answer(ask, outcome)
  }

  finish(work: Responsibility, outcome: Outcome): void {
    this.works.delete(work)
    for (const symbol of work.unit.dylib.symbols.values()) if (symbol.work === work) symbol.work = undefined
    for (const emitter of work.emitters) this.#answer(emitter, outcome)
  }

  #own(work: Responsibility, names: readonly string[]): (ModelSymbol | undefined)[] {
    const { symbols } = work.unit.dylib
    return names.map((name) => {
      const symbol = symbols.get(name)
      return symbol?.work === work ? symbol : undefined
    })
  }

  // ---- readiness

  /** Emitted symbols that reach only emitted ones are ready; queries that have what they want are answered. */
  #settle(): void {
    const ready = new Set<ModelSymbol>()
    for (const { symbols } of this.dylibs.values())
      for (const symbol of symbols.values()) if (symbol.state === 'emitted') ready.add(symbol)
    for (let before = -1; before !== ready.size;) {
      before = ready.size
      for (const symbol of ready) {
        if (symbol.waitsFor.some((other) => other.state !== 'ready' && !ready.has(other))) ready.delete(symbol)
      }
    }
    for (const symbol of ready) {
      symbol.state = 'ready'
      symbol.waitsFor = nothing
    }
    for (const query of this.queries) {
      const { ask, symbols, required } = query
      if (!symbols.every((symbol) => hasReached(symbol, required))) continue
      this.queries.delete(query)
      this.#answer(ask, { code: 'ok', value: definitionsOf(symbols) })
    }
  }

  /** What depends on a symbol that fails, and is not ready, fails with it. The queries of all of them are let go. */
  #fail(roots: readonly ModelSymbol[]): ReadonlyMap<Ask, Outcome> {
    const failing = new Set(roots)
    const symbols = this.symbols
    for (let before = -1; before !== failing.size;) {
      before = failing.size
      for (const symbol of symbols) {
        if (symbol.waitsFor.some((other) => other.state !== 'ready' && failing.has(other))) failing.add(symbol)
      }
    }
    for (const symbol of failing) {
      if (symbol.state === 'ready') continue
      symbol.state = 'failed'
      symbol.waitsFor = nothing
      symbol.work = undefined
    }
    const failures = new Map<Ask, Outcome>()
    for (const query of this.queries) {
      const failed = query.symbols.filter((symbol) => failing.has(symbol))
      if (failed.length > 0 && this.queries.delete(query)) failures.set(query.ask, failedToMaterialize(failed))
    }
    return failures
  }
}

function isAbsolute({ unit }: ModelSymbol): boolean {
  return unit.description.source.kind === 'absolute'
}

function add(unit: ModelUnit, [name, flags]: FlagsEntry): ModelSymbol {
  const { dylib } = unit
  const symbol: ModelSymbol = {
    name,
    flags,
    dylib,
    unit,
    claimedBy: undefined,
    state: 'neverSearched',
    address: 0,
    waitsFor: nothing,
    work: undefined,
  }
  dylib.symbols.set(name, symbol)
  return symbol
}

function failedToMaterialize(symbols: readonly ModelSymbol[]): Outcome {
  return { code: 'FailedToMaterialize', names: namesOf(symbols) }
}

function namesOf(symbols: readonly ModelSymbol[]): readonly string[] {
  return symbols.map(({ name }) => name)
}
