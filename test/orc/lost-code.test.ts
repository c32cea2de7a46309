// A link actor dies, and code that it had made is held by nobody: what its successor says makes the symbols fail that have no
// code any more, and leaves all others. Walked: what is lost with what, what waits for it, and what a reset makes of it.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { JITDylibId, LinkedUnitId } from '@worc/protocol'
import { codeAddress, symbolFlag } from '@worc/protocol'
import type { ClientDriver } from './session-driver.js'
import { openSession } from './session-driver.js'
import { absolute, dependsOn, initOnly, object, strong } from './unit-fixtures.js'

const unit = (id: number): LinkedUnitId => id as LinkedUnitId
const data = symbolFlag.exported

/** Foo of unit 1, with data at 64 and an init symbol; Bar of unit 2; both ready. */
function linked() {
  const opened = openSession()
  const { session, client, main } = opened
  const linker = session.connect('link')
  const bytes = new SharedArrayBuffer(4)
  const tracker = client.createTracker(main)
  client.define(main, { Foo: strong, counter: data, Init: initOnly }, tracker, { source: object, attachments: [bytes] })
  client.define(main, ['Bar'], null, { source: object })
  link(linker, client, main, { Foo: codeAddress(unit(1), 0), counter: 64 })
  link(linker, client, main, { Bar: codeAddress(unit(2), 0) })
  const looksUp = (name: string): string => client.lookup(main, [name]).outcome
  const hold = (units: readonly number[], lost: readonly (readonly [number, number])[] = []): void =>
    linker.tell({ type: 'unitsHeld', last: unit(2), units: units.map(unit), lost })
  return { ...opened, linker, tracker, bytes, looksUp, hold }
}

function link(
  linker: ClientDriver,
  client: ClientDriver,
  main: JITDylibId,
  addresses: Readonly<Record<string, number>>,
): void {
  client.lookup(main, Object.keys(addresses))
  const { responsibility } = linker.take('materialize')
  void linker.resolve(responsibility, addresses).value
  void linker.emit(responsibility).value
}

describe('unitsHeld', () => {
  it('what somebody holds stays as it is', () => {
    const { looksUp, hold } = linked()
    hold([1, 2])
    expect([looksUp('Foo'), looksUp('counter'), looksUp('Bar')]).to.deep.equal(['ok', 'ok', 'ok'])
  })

  it('what nobody holds has failed with ActorDied, whole: its functions, its data, and what has no address', () => {
    const { client, main, looksUp, hold } = linked()
    hold([2])
    expect(client.lookup(main, ['Foo']).error.cause?.code).to.equal('ActorDied')
    expect(client.lookup(main, ['counter']).error.cause?.code).to.equal('ActorDied')
    expect(client.lookup(main, [['Init', false]]).error.cause?.code).to.equal('ActorDied')
    expect(looksUp('Bar')).to.equal('ok')
  })

  it('a unit that shows no function is known by its memory', () => {
    const { looksUp, hold } = linked()
    hold([1, 2], [[48, 16]])
    expect(looksUp('counter')).to.equal('ok')
    hold([1, 2], [[48, 17]])
    expect([looksUp('counter'), looksUp('Bar')]).to.deep.equal(['FailedToMaterialize', 'ok'])
  })

  it('reset: the object is linked again, with the bytes it was defined with', () => {
    const { client, main, linker, bytes, looksUp, hold } = linked()
    hold([2])
    void client.request({ type: 'resetSymbols', dylib: main, names: null }).value
    const lookup = client.lookup(main, ['Foo'])
    const event = linker.take('materialize')
    expect(linker.attachments.get(event)).to.deep.equal([bytes])
    void linker.resolve(event.responsibility, { Foo: codeAddress(unit(3), 0), counter: 128 }).value
    void linker.emit(event.responsibility).value
    expect(lookup.value[0]?.address).to.equal(codeAddress(unit(3), 0))
    hold([2], [[64, 4]])
    expect([looksUp('Foo'), looksUp('counter')]).to.deep.equal(['ok', 'ok'])
  })

  it('before it is reset, it can be removed', () => {
    const { client, tracker, looksUp, hold } = linked()
    hold([2])
    void client.remove(tracker).value
    expect(looksUp('Foo')).to.equal('SymbolsNotFound')
  })

  it('an alias is lost with what it stands for, and others of its unit are not', () => {
    const { client, main, looksUp, hold } = linked()
    client.define(main, ['foo', 'bar'], null, { source: { kind: 'aliases', from: null, aliasees: ['Foo', 'Bar'] } })
    expect([looksUp('foo'), looksUp('bar')]).to.deep.equal(['ok', 'ok'])
    hold([2])
    expect([looksUp('foo'), looksUp('bar')]).to.deep.equal(['FailedToMaterialize', 'ok'])
  })

  it('an absolute symbol is nobody’s code, whatever its address', () => {
    const { client, main, looksUp, hold } = linked()
    client.define(main, ['here'], null, { source: absolute({ here: codeAddress(unit(1), 0) }) })
    expect(looksUp('here')).to.equal('ok')
    hold([2])
    expect(looksUp('here')).to.equal('ok')
  })

  it('emitted, and waiting: it fails, and with it what waits for it, but not what had become ready before', () => {
    const { client, main, linker, looksUp, hold } = linked()
    client.define(main, ['Qux'])
    client.define(main, ['Baz'], null, { source: object })
    const lookup = client.lookup(main, ['Baz'])
    const { responsibility } = linker.take('materialize')
    void linker.resolve(responsibility, { Baz: codeAddress(unit(2), 1) }).value
    void linker.emit(responsibility, [dependsOn(main, ['Baz'], ['Qux'])]).value
    client.define(main, ['User'])
    const waiting = client.lookup(main, ['User'])
    const user = client.takeAll('materialize').at(-1)?.responsibility
    if (user === undefined) throw new Error('User is not materialized')
    void client.resolve(user, { User: 7 }).value
    void client.emit(user, [dependsOn(main, ['User'], ['Baz'])]).value
    hold([1])
    expect([lookup.outcome, waiting.outcome]).to.deep.equal(['FailedToMaterialize', 'FailedToMaterialize'])
    expect(looksUp('Foo')).to.equal('ok')
  })

  it('a query that has it already, and waits for another, does not get the old address', () => {
    const { client, main, hold } = linked()
    client.define(main, ['Qux'])
    const lookup = client.lookup(main, ['Foo', 'Qux'])
    hold([2])
    expect(lookup.error.cause?.code).to.equal('ActorDied')
  })

  it('initializers that were not run are not run any more', () => {
    const { session, client, main } = openSession()
    const linker = session.connect('link')
    client.define(main, { Foo: strong }, null, { source: object })
    client.lookup(main, ['Foo'])
    const { responsibility } = linker.take('materialize')
    void linker.resolve(responsibility, { Foo: codeAddress(unit(1), 0) }).value
    const initializers = [{ priority: 100, function: codeAddress(unit(1), 1) }]
    void linker.request({ type: 'notifyEmitted', responsibility, groups: [], initializers }).value
    linker.tell({ type: 'unitsHeld', last: unit(1), units: [], lost: [] })
    expect(client.request({ type: 'beginInitialize', dylib: main }).value.functions).to.deep.equal([])
  })

  it('a user’s unit, which its owner has let go of, fails again after a reset, and says why', () => {
    const { client, main, hold } = linked()
    client.define(main, ['Mine'])
    client.lookup(main, ['Mine'])
    const { responsibility } = client.take('materialize')
    void client.resolve(responsibility, { Mine: codeAddress(unit(1), 9) }).value
    void client.emit(responsibility).value
    expect(client.takeAll('destroyUnit')).to.have.length(1)
    hold([2])
    void client.request({ type: 'resetSymbols', dylib: main, names: ['Mine'] }).value
    expect(client.lookup(main, ['Mine']).error.message).to.match(/let go/)
    expect(client.takeAll('destroyUnit')).to.have.length(0)
  })

  it('nobody but a link actor can say so', () => {
    const { client, looksUp } = linked()
    client.tell({ type: 'unitsHeld', last: unit(2), units: [], lost: [] })
    expect(looksUp('Foo')).to.equal('ok')
  })
})
