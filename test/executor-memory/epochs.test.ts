// When may memory come back? Only when nobody can be inside. The last test walks through every order in which a linker that
// retires and an executor that leaves park can meet.
import { beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { EpochTable, hasReached } from '@worc/executor-memory'
import type { ExecutorIndex, LinkerIndex } from '@worc/executor-memory'
import { errorOf, valueOf } from './claims-under-test.js'

const linker = 0 as LinkerIndex
const otherLinker = 1 as LinkerIndex

describe('EpochTable', () => {
  let buffer: SharedArrayBuffer
  let table: EpochTable

  beforeEach(() => {
    buffer = EpochTable.createBuffer({ executors: 3, linkers: 2 })
    table = new EpochTable(buffer)
  })

  function executor(...introducedTo: readonly LinkerIndex[]): ExecutorIndex {
    const joined = valueOf(table.join())
    for (const by of introducedTo) table.introduce(joined, by)
    return joined
  }

  it('join takes the lowest free index; Overloaded when all are taken; leave frees it', () => {
    expect([executor(), executor(), executor()]).to.deep.equal([0, 1, 2])
    expect(errorOf(table.join(), 'Overloaded')).to.contain('all 3 executors')
    table.leave(1 as ExecutorIndex)
    expect(table.statusOf(1 as ExecutorIndex)).to.equal('absent')
    expect(executor()).to.equal(1)
    expect(table.statusOf(1 as ExecutorIndex)).to.equal('running')
  })

  it('(nobody there): every epoch is quiescent', () => {
    expect(table.allQuiescent(linker, table.nextEpoch(linker))).to.equal(true)
  })

  it('(running): waits for each acknowledgement, and names who is missing', () => {
    const [a, b] = [executor(linker), executor(linker)]
    const epoch = table.nextEpoch(linker)
    expect(table.holdouts(linker, epoch)).to.deep.equal([a, b])
    table.acknowledge(b, linker, epoch)
    expect(table.holdouts(linker, epoch)).to.deep.equal([a])
    table.acknowledge(a, linker, epoch)
    expect(table.allQuiescent(linker, epoch)).to.equal(true)
    expect(table.allQuiescent(linker, table.nextEpoch(linker))).to.equal(false)
  })

  it('(a later epoch acknowledged): all before it are quiescent; an earlier one does not take it back', () => {
    const a = executor(linker)
    const [first, second] = [table.nextEpoch(linker), table.nextEpoch(linker)]
    table.acknowledge(a, linker, second)
    table.acknowledge(a, linker, first)
    expect([first, second].map((epoch) => table.allQuiescent(linker, epoch))).to.deep.equal([true, true])
  })

  it('(acknowledged to another linker): still waits', () => {
    const a = executor(linker, otherLinker)
    const epoch = table.nextEpoch(linker)
    table.acknowledge(a, otherLinker, table.nextEpoch(otherLinker))
    expect(table.allQuiescent(linker, epoch)).to.equal(false)
    expect(table.allQuiescent(otherLinker, 1)).to.equal(true)
  })

  it('(parked): does not wait; (dead): does not wait', () => {
    const [a, b] = [executor(linker), executor(linker)]
    const epoch = table.nextEpoch(linker)
    table.enterPark(a)
    expect(table.holdouts(linker, epoch)).to.deep.equal([b])
    table.leave(b)
    expect(table.allQuiescent(linker, epoch)).to.equal(true)
    table.leavePark(a)
    expect(table.allQuiescent(linker, epoch)).to.equal(false)
  })

  it('(joined later): waits for the epochs after its introduction only, whoever had the index before', () => {
    const before = executor(linker)
    const old = table.nextEpoch(linker)
    table.leave(before)
    const after = executor()
    expect(after).to.equal(before)
    expect(table.allQuiescent(linker, old), 'unknown to the linker').to.equal(true)
    table.introduce(after, linker)
    expect(table.allQuiescent(linker, old)).to.equal(true)
    expect(table.allQuiescent(linker, table.nextEpoch(linker))).to.equal(false)
  })

  it('refuses to park twice, to leave park twice, and indexes beyond the table', () => {
    const a = executor()
    expect(() => table.leavePark(a)).to.throw('executor 0 leaves park while running')
    table.enterPark(a)
    expect(() => table.enterPark(a)).to.throw('executor 0 parks while parked')
    expect(() => table.statusOf(3 as ExecutorIndex)).to.throw('executor 3 is not one of 3')
    expect(() => table.nextEpoch(2 as LinkerIndex)).to.throw('linker 2 is not one of 2')
    expect(() => table.acknowledge(a, -1 as LinkerIndex, 1)).to.throw('linker -1')
  })

  it('versions: what a linker published and an executor has seen, each by itself, in every thread', () => {
    const a = executor(linker)
    const elsewhere = new EpochTable(buffer)
    elsewhere.publish(otherLinker, 9)
    table.publish(linker, 0xffff_ffff)
    table.see(a, linker, 7)
    expect([elsewhere.published(linker), table.published(otherLinker)]).to.deep.equal([0xffff_ffff, 9])
    expect([elsewhere.seen(a, linker), elsewhere.seen(a, otherLinker)]).to.deep.equal([7, 0])
  })

  it('epochs wrap at 32 bits and go on', () => {
    expect(hasReached(5, 5)).to.equal(true)
    expect(hasReached(4, 5)).to.equal(false)
    expect(hasReached(2, 0xffff_fffe)).to.equal(true)
    expect(hasReached(0xffff_fffe, 2)).to.equal(false)
    new Int32Array(buffer).fill(-1, 4, 5)
    const a = executor(linker)
    const epoch = table.nextEpoch(linker)
    expect(epoch).to.equal(0)
    expect(table.allQuiescent(linker, epoch)).to.equal(false)
    table.acknowledge(a, linker, epoch)
    expect(table.allQuiescent(linker, epoch)).to.equal(true)
  })

  it('leavePark meets a retirement: in every order, memory is kept or the message is drained before the first call', () => {
    for (const order of interleavings(['post', 'ask'], ['leavePark', 'drain', 'call'])) {
      table = new EpochTable(EpochTable.createBuffer({ executors: 1, linkers: 1 }))
      const a = executor(linker)
      table.enterPark(a)
      const epoch = table.nextEpoch(linker)
      let posted = false
      let drained = false as boolean
      let reclaimed = false as boolean
      const steps: Readonly<Record<string, () => void>> = {
        post: () => (posted = true),
        ask: () => (reclaimed = table.allQuiescent(linker, epoch)),
        leavePark: () => table.leavePark(a),
        drain: () => (drained = posted),
        call: () => undefined,
      }
      for (const step of order) steps[step]?.()
      expect(!reclaimed || drained || order.indexOf('ask') > order.indexOf('call'), order.join(' ')).to.equal(true)
      if (order.indexOf('ask') > order.indexOf('leavePark')) expect(reclaimed, order.join(' ')).to.equal(false)
    }
  })
})

function interleavings(a: readonly string[], b: readonly string[]): readonly (readonly string[])[] {
  const [firstA, ...restA] = a
  const [firstB, ...restB] = b
  if (firstA === undefined) return [b]
  if (firstB === undefined) return [a]
  return [
    ...interleavings(restA, b).map((rest) => [firstA, ...rest]),
    ...interleavings(a, restB).map((rest) => [firstB, ...rest]),
  ]
}
