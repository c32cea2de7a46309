// Long random walks over both arenas, each beside a model too simple to be wrong: a list of what is claimed. After every step
// the step's result agrees with the model, and now and then the whole arena is verified. A failure names its seed.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { RangeArena, SlotArena, unsharedLock, verifyArena } from '@worc/executor-memory'
import type { AllocatedRange, ClaimState, FunctionSlot, SignatureId } from '@worc/executor-memory'
import type { LinkerId } from '@worc/protocol'
import { claim, key, seeded, valueOf } from './claims-under-test.js'

interface Modelled<T> {
  readonly item: T
  owner: number
  key: number
  state: ClaimState
}

const seeds = [1, 2, 3, 4]
const keys = 5

describe('RangeArena (random walk)', () => {
  for (const seed of seeds) {
    it(`agrees with a list of ranges, seed ${seed}`, () => {
      const random = seeded(seed)
      const arena = new RangeArena(RangeArena.createBuffer({ ranges: 2560, keys: 16 }), unsharedLock)
      const spans = [
        [4096, 20_480],
        [40_960, 49_152],
        [49_152, 65_536],
      ] as const
      for (const [start, end] of spans) valueOf(arena.addSpan(start, end))
      const model: Modelled<AllocatedRange>[] = []
      const touched = new Set<number>()
      for (let step = 0; step < 3000; step++) {
        const chosen = model[random(Math.max(model.length, 1))]
        if (random(100) < 45 || chosen === undefined) allocateOne(arena, model, touched, random)
        else
          changeOne(model, chosen, random, {
            commit: () => arena.commit(chosen.item.id),
            retire: () => arena.retire(chosen.item.id, step),
            release: () => arena.release(chosen.item.id),
            transfer: (from, to) => arena.transfer(key(from), key(to)),
            adopt: (from, to) => arena.adopt(from, to),
          })
        if (step % 100 === 0) expect(verifyArena(arena), `step ${step}`).to.deep.equal([])
      }
      expect(arena.stats().claimedRanges).to.equal(model.length)
      for (const { item, owner, key: ofKey, state } of model)
        expect(arena.describe(item.id)).to.include({ owner, key: ofKey, state, address: item.address })
      for (let n = 0; n < keys; n++) expect(arena.usageOf(key(n)).ready).to.equal(readyBytes(model, n))
      for (const { item } of model) {
        arena.retire(item.id, 1)
        arena.release(item.id)
      }
      expect(verifyArena(arena)).to.deep.equal([])
      expect(arena.stats()).to.include({ freeBytes: 40_960, largestFreeBytes: 24_576, claimedRanges: 0 })
    })
  }
})

describe('SlotArena (random walk)', () => {
  for (const seed of seeds) {
    it(`agrees with a list of slots, seed ${seed}`, () => {
      const random = seeded(seed)
      const arena = new SlotArena(SlotArena.createBuffer({ slots: 200, keys: 16, quarantine: 8 }), unsharedLock)
      const signatures = [':', 'i:i', 'll:d'].map((code) => valueOf(arena.intern(code)))
      const model: Modelled<FunctionSlot>[] = []
      for (let step = 0; step < 3000; step++) {
        const chosen = model[random(Math.max(model.length, 1))]
        if (random(100) < 45 || chosen === undefined) takeOne(arena, signatures, model, random)
        else
          changeOne(model, chosen, random, {
            commit: () => arena.commit(chosen.item),
            retire: () => arena.retire(chosen.item, step),
            release: () => arena.release(chosen.item),
            transfer: (from, to) => arena.transfer(key(from), key(to)),
            adopt: (from, to) => arena.adopt(from, to),
          })
        if (step % 100 === 0) expect(verifyArena(arena), `step ${step}`).to.deep.equal([])
      }
      const { inFlight, ready, retired } = arena.stats()
      expect(inFlight + ready + retired).to.equal(model.length)
      for (const { item, owner, key: ofKey, state } of model)
        expect(arena.describe(item)).to.include({ owner, key: ofKey, state })
    })
  }
})

interface Changes {
  commit(): void
  retire(): void
  release(): void
  transfer(from: number, to: number): void
  adopt(from: LinkerId, to: LinkerId): void
}

/** One legal change of what was chosen, or of all, in the arena and in the model. */
function changeOne<T>(
  model: Modelled<T>[],
  chosen: Modelled<T>,
  random: (limit: number) => number,
  changes: Changes,
): void {
  const choice = random(100)
  const from = random(keys)
  const to = random(keys)
  if (choice < 2) {
    changes.adopt(from as LinkerId, to as LinkerId)
    for (const each of model) if (each.owner === from) each.owner = to
  } else if (choice < 5) {
    changes.transfer(from, to)
    for (const each of model) if (each.key === from) each.key = to
  } else if (chosen.state === 'in-flight' && choice < 60) {
    changes.commit()
    chosen.state = 'ready'
  } else if (chosen.state === 'ready' || choice < 30) {
    changes.retire()
    chosen.state = 'retired'
  } else {
    changes.release()
    model.splice(model.indexOf(chosen), 1)
  }
}

function allocateOne(
  arena: RangeArena,
  model: Modelled<AllocatedRange>[],
  touched: Set<number>,
  random: (limit: number) => number,
): void {
  const sizeBytes = 1 + random(random(10) === 0 ? 6000 : 400)
  const alignment = 1 << random(11)
  const owner = random(keys) as LinkerId
  const ofKey = random(keys)
  const allocated = arena.allocate(sizeBytes, alignment, claim(owner, ofKey))
  if (!allocated.ok) {
    expect(allocated.error.message).to.contain('no room')
    return
  }
  const { address, sizeBytes: given, dirtyBytes } = allocated.value
  expect(address % alignment).to.equal(0)
  expect(given).to.be.within(sizeBytes, sizeBytes + 15)
  const overlapping = model.find(
    ({ item }) => address < item.address + item.sizeBytes && item.address < address + given,
  )
  expect(overlapping?.item).to.equal(undefined)
  for (let at = address; at < address + given; at += 16) {
    if (at >= address + dirtyBytes && touched.has(at)) throw new Error(`0x${at.toString(16)} is said to be virgin`)
    touched.add(at)
  }
  model.push({ item: allocated.value, owner, key: ofKey, state: 'in-flight' })
}

function takeOne(
  arena: SlotArena,
  signatures: readonly SignatureId[],
  model: Modelled<FunctionSlot>[],
  random: (limit: number) => number,
): void {
  const signature = signatures[random(signatures.length)] as SignatureId
  const owner = random(keys) as LinkerId
  const ofKey = random(keys)
  const taken = arena.allocate(signature, claim(owner, ofKey))
  if (!taken.ok) {
    expect(taken.error.message).to.contain('none is left')
    return
  }
  expect(model.some(({ item }) => item === taken.value)).to.equal(false)
  model.push({ item: taken.value, owner, key: ofKey, state: 'in-flight' })
}

function readyBytes(model: readonly Modelled<AllocatedRange>[], ofKey: number): number {
  const ready = model.filter((each) => each.key === ofKey && each.state === 'ready')
  return ready.reduce((sum, { item }) => sum + item.sizeBytes, 0)
}
