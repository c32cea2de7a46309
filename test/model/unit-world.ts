// A session with one unit, an object that defines Foo and Init, and everything that can happen to it and to whoever answers for it. Beside
// it there is Bar, on which Foo will depend.
import type { JITDylibId, LinkedUnitId, ResponsibilityId, TrackerId } from '@worc/protocol'
import type { Answer } from '../orc/answer.js'
import type { ClientDriver, SessionDriver } from '../orc/session-driver.js'
import { openSession } from '../orc/session-driver.js'
import { addressOf, dependsOn, initOnly, object, strong } from '../orc/unit-fixtures.js'
import type { UnitEvent, UnitPhase } from './unit-life.js'

const names = ['Foo', 'Init'] as const
const symbols = { Foo: strong, Init: initOnly }
const phases: readonly UnitPhase[] = ['unmaterialized', 'materializing', 'settled', 'gone']

export class UnitWorld {
  readonly session: SessionDriver
  readonly #client: ClientDriver
  readonly #main: JITDylibId
  readonly #bar: ResponsibilityId
  readonly #unit: ReturnType<UnitWorld['find']>
  #tracker: TrackerId
  /** Made beforehand, so that a transfer that is refused has made nothing. */
  #spare: TrackerId
  /** The one it had last; before there was any, one that nobody ever had. */
  #responsibility = 0 as ResponsibilityId

  constructor() {
    const { session, main } = openSession()
    const client = session.connect('link')
    this.session = session
    this.#client = client
    this.#main = main
    client.define(main, ['Bar'])
    void client.lookup(main, ['Bar'])
    this.#bar = client.take('materialize').responsibility
    this.#tracker = client.createTracker(main)
    this.#spare = client.createTracker(main)
    client.define(main, symbols, this.#tracker, { source: object })
    this.#unit = this.find()
  }

  get phase(): string {
    return phases[this.#unit.phase] ?? 'unknown'
  }

  find() {
    const unit = this.session.state.dylibs.get(this.#main)?.symbols.get('Foo')?.unit
    if (unit === undefined) throw new Error('Foo is not defined')
    return unit
  }

  /** What came of it: 'ok', or the code of the error. */
  happens(event: UnitEvent): string {
    const responsibility = this.#responsibility
    switch (event) {
      case 'lookup':
        return this.#lookUp()
      case 'claimResourceKey':
        return this.#client.request({ type: 'claimResourceKey', responsibility, recorded: true }).outcome
      case 'notifyResolved':
        return this.#client.resolve(responsibility, { Foo: addressOf('Foo') }).outcome
      case 'notifyEmitted':
        return this.#client.emit(responsibility, [dependsOn(this.#main, names, ['Bar'])]).outcome
      case 'dependenciesReady':
        return this.#emitBar()
      case 'failMaterialization':
        return this.#client.fail(responsibility).outcome
      case 'responsibilityDropped':
        this.#client.tell({ type: 'responsibilityDropped', responsibility, cause: null })
        return 'ok'
      case 'delegate':
        return this.#delegate()
      case 'replace':
        return this.#client.request({ type: 'replace', responsibility, unit: this.#client.unit(symbols) }).outcome
      case 'removeSymbols':
        return this.#client.request({ type: 'removeSymbols', dylib: this.#main, names }).outcome
      case 'removeTracker':
        return this.#client.remove(this.#tracker).outcome
      case 'transferTo':
        return this.#transfer()
      case 'loseCode':
        this.#client.tell({ type: 'unitsHeld', last: 0 as LinkedUnitId, units: [], lost: [[addressOf('Foo'), 1]] })
        return 'ok'
      case 'resetSymbols':
        return this.#client.request({ type: 'resetSymbols', dylib: this.#main, names }).outcome
    }
  }

  /** By somebody who soon loses patience. */
  #lookUp(): string {
    const answer = this.#client.lookup(this.#main, ['Foo'])
    const ask = this.#client.lastAsk
    const event = this.#client.tryTake('materialize')
    if (event !== undefined && this.#isOurs(event.responsibility)) this.#responsibility = event.responsibility
    if (answer.settled) return answer.outcome
    this.#client.tell({ type: 'cancelAsk', ask, error: { code: 'Aborted', message: 'enough' } })
    return 'ok'
  }

  #isOurs(responsibility: ResponsibilityId): boolean {
    return this.session.state.responsibilities.get(responsibility)?.unit === this.#unit
  }

  #emitBar(): string {
    if (!this.session.state.responsibilities.has(this.#bar)) return 'ok'
    void this.#client.resolve(this.#bar, { Bar: addressOf('Bar') }).value
    return this.#client.emit(this.#bar).outcome
  }

  /** Of the first one nothing is left, so it is emitted. */
  #delegate(): string {
    const first = this.#responsibility
    const delegated: Answer<ResponsibilityId> = this.#client.request({ type: 'delegate', responsibility: first, names })
    if (!delegated.succeeded) return delegated.outcome
    this.#responsibility = delegated.value
    return this.#client.emit(first).outcome
  }

  #transfer(): string {
    const transferred = this.#client.transfer(this.#tracker, this.#spare)
    if (!transferred.succeeded) return transferred.outcome
    this.#tracker = this.#spare
    this.#spare = this.#client.createTracker(this.#main)
    return transferred.outcome
  }
}
