// A session with one symbol, Foo, to which anything can be made to happen. Beside it there is Bar, on which Foo will depend; a
// unit that can claim Foo; and a bystander who holds a responsibility of his own, and speaks of Foo where nobody answers for it.
import type { FlagsEntry, LinkedUnitId, ResponsibilityId, TrackerId } from '@worc/protocol'
import type { Answer } from '../orc/answer.js'
import type { ClientDriver, SessionDriver } from '../orc/session-driver.js'
import { openSession } from '../orc/session-driver.js'
import { addressOf, dependsOn, initOnly, strong, weakly } from '../orc/unit-fixtures.js'
import { entryState } from '@worc/orc'
import type { SymbolEvent, SymbolKind } from './symbol-life.js'

type Entry = NonNullable<ReturnType<SymbolWorld['find']>>

const stateNames = new Map<number, string>(Object.entries(entryState).map(([name, state]) => [state, name]))

export class SymbolWorld {
  readonly session: SessionDriver
  readonly #client: ClientDriver
  readonly #linker: ClientDriver
  readonly #main: ReturnType<typeof openSession>['main']
  readonly #kind: SymbolKind
  readonly #bar: ResponsibilityId
  readonly #claimer: ResponsibilityId
  readonly #bystander: ResponsibilityId
  /** Made beforehand, so that a definition makes nothing but itself. */
  readonly #trackers: TrackerId[]
  #answering: ResponsibilityId | undefined
  #foo: Entry | undefined

  constructor(kind: SymbolKind) {
    const { session, client, main } = openSession()
    this.session = session
    this.#client = client
    this.#linker = session.connect('link')
    this.#main = main
    this.#kind = kind
    this.#bar = this.#dispatched({ Bar: strong }, 'Bar')
    this.#claimer = this.#dispatched({ claimer: initOnly, ...(kind.besideFailed ? { Mate: strong } : {}) }, 'claimer')
    if (kind.besideFailed) this.#failMate(this.#claimer)
    this.#bystander = this.#dispatched({ bystander: initOnly }, 'bystander')
    this.#trackers = [1, 2, 3].map(() => client.createTracker(main))
  }

  /** Of the first Foo that there was: another one of the same name is another symbol. */
  get state(): string {
    return this.#foo === undefined ? 'absent' : (stateNames.get(this.#foo.state) ?? 'unknown')
  }

  find() {
    return this.session.state.dylibs.get(this.#main)?.symbols.get('Foo')
  }

  /** What came of it: 'ok', or the code of the error. */
  happens(event: SymbolEvent): string {
    const outcome = this.#happen(event)
    this.#foo ??= this.find()
    return outcome
  }

  #happen(event: SymbolEvent): string {
    const responsibility = this.#answering ?? this.#bystander
    switch (event) {
      case 'define':
        return this.#define()
      case 'defineMaterializing':
        return this.#claim()
      case 'lookup':
        return this.#lookUp()
      case 'notifyResolved':
        return this.#client.resolve(responsibility, { Foo: addressOf('Foo') }).outcome
      case 'notifyEmitted':
        return this.#ended(this.#client.emit(responsibility, [dependsOn(this.#main, ['Foo'], ['Bar'])]))
      case 'notifyEmittedFree':
        return this.#ended(this.#client.emit(responsibility, [{ symbols: ['Foo'], dependencies: [] }]))
      case 'dependenciesReady':
        return this.#emitBar()
      case 'fail':
        return this.#fail()
      case 'replace': {
        const unit = this.#client.unit({ Foo: this.#flags })
        return this.#ended(this.#client.request({ type: 'replace', responsibility, unit }))
      }
      case 'removeSymbols':
        return this.#client.request({ type: 'removeSymbols', dylib: this.#main, names: ['Foo'] }).outcome
      case 'removeTracker':
        return this.#ended(this.#client.remove(this.#foo?.unit.tracker.id ?? this.#nextTracker()))
      case 'loseCode':
        this.#linker.tell({ type: 'unitsHeld', last: 0 as LinkedUnitId, units: [], lost: [[addressOf('Foo'), 1]] })
        return 'ok'
      case 'resetSymbols':
        return this.#client.request({ type: 'resetSymbols', dylib: this.#main, names: this.#unitNames() }).outcome
    }
  }

  get #flags(): number {
    if (!this.#kind.addressed) return initOnly
    return this.#kind.weak ? weakly : strong
  }

  #nextTracker(): TrackerId {
    const tracker = this.#trackers[0]
    if (tracker === undefined) throw new Error('too many trackers are wanted')
    return tracker
  }

  /** The first is of its kind, every other one is strong. */
  #define(): string {
    const isFirst = this.#foo === undefined
    const mate = isFirst && this.#kind.besideFailed ? { Friend: strong } : {}
    const unit = this.#client.unit({ Foo: isFirst ? this.#flags : strong, ...mate })
    const answer = this.#client.tryDefine(this.#main, unit, this.#nextTracker())
    if (answer.succeeded) this.#trackers.shift()
    return answer.outcome
  }

  #claim(): string {
    const isFirst = this.#foo === undefined
    const symbols: FlagsEntry[] = [['Foo', isFirst ? this.#flags : strong]]
    const claimer = isFirst ? this.#claimer : this.#bystander
    const answer = this.#client.request({ type: 'defineMaterializing', responsibility: claimer, symbols })
    if (isFirst && answer.succeeded) this.#answering = claimer
    return answer.outcome
  }

  /** By somebody who soon loses patience: nothing waits for Foo after. */
  #lookUp(): string {
    const answer = this.#client.lookup(this.#main, [['Foo', this.#kind.addressed]])
    const ask = this.#client.lastAsk
    const event = this.#client.tryTake('materialize')
    if (event !== undefined) this.#answering = event.responsibility
    if (event?.symbols.some(([name]) => name === 'Friend') === true) this.#failMate(event.responsibility)
    if (answer.settled) return answer.outcome
    this.#client.tell({ type: 'cancelAsk', ask, error: { code: 'Aborted', message: 'enough' } })
    return 'ok'
  }

  /** Whoever answers for it fails; where nobody does, what it may depend on, and whoever did once says so again. */
  #fail(): string {
    if (this.#answering !== undefined) return this.#ended(this.#client.fail(this.#answering))
    return this.#client.fail(this.#bar).outcome
  }

  #emitBar(): string {
    const isWaiting = this.session.state.responsibilities.has(this.#bar)
    if (!isWaiting) return 'ok'
    void this.#client.resolve(this.#bar, { Bar: addressOf('Bar') }).value
    return this.#client.emit(this.#bar).outcome
  }

  #ended(answer: Answer<null>): string {
    if (answer.succeeded) this.#answering = undefined
    return answer.outcome
  }

  #unitNames(): readonly string[] {
    if (this.#foo === undefined || this.#foo !== this.find()) return ['Foo']
    const { unit } = this.#foo
    return unit.symbols.filter((entry) => entry.unit === unit).map(({ name }) => name)
  }

  #dispatched(symbols: Readonly<Record<string, number>>, wanted: string): ResponsibilityId {
    this.#client.define(this.#main, symbols, this.#client.createTracker(this.#main))
    void this.#client.lookup(this.#main, [[wanted, false]])
    return this.#client.take('materialize').responsibility
  }

  #failMate(responsibility: ResponsibilityId): void {
    const unit = [...this.session.state.responsibilities.values()].find(({ id }) => id === responsibility)?.unit
    const names = (unit?.symbols ?? []).map(({ name }) => name).filter((name) => ['Mate', 'Friend'].includes(name))
    void this.#client.fail(this.#client.request({ type: 'delegate', responsibility, names }).value).value
  }
}
