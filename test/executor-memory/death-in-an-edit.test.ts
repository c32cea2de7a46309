// A link actor dies at any instruction. For each kind of edit, in states that make it do all it can do (cut on both sides, melt
// with both neighbours, open and close an account, add a span ...), the edit is run again and again, to die at its first store,
// its second, and so on until it lives. Each time the next owner of the lock mends the arena. Then every invariant holds, and
// the edit either has happened or has not: nothing in between, nothing lost. Then the same for a repairer that dies.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { RangeArena, SlotArena, unsharedLock, verifyArena } from '@worc/executor-memory'
import type { ArenaLock, FunctionSlot, Int32Store, RangeDescription, RangeId, SignatureId } from '@worc/executor-memory'
import { bar, claim, foo, key, valueOf } from './claims-under-test.js'
import { copyOf, dies, DyingStore, InheritedLock } from './dying-store.js'

interface Kind<Arena> {
  createBuffer(): SharedArrayBuffer
  attach(buffer: SharedArrayBuffer, lock: ArenaLock, store?: Int32Store): Arena
  /** All that a user can see. */
  picture(arena: Arena): unknown
}

const ranges: Kind<RangeArena> = {
  createBuffer: () => RangeArena.createBuffer({ ranges: 24, keys: 6, spans: 3 }),
  attach: (buffer, lock, store) => new RangeArena(buffer, lock, store === undefined ? {} : { store }),
  picture: (arena) => ({
    stats: arena.stats(),
    owned: [foo, bar].map((owner) => arena.rangesOf(owner).toSorted((a, b) => a.address - b.address)),
    keys: [1, 2, 3].map((n) => [arena.usageOf(key(n)), new Set(arena.rangesOfKey(key(n)).map(({ id }) => id))]),
  }),
}

const slots: Kind<SlotArena> = {
  createBuffer: () => SlotArena.createBuffer({ slots: 48, keys: 6, signatureWords: 32, quarantine: 0 }),
  attach: (buffer, lock, store) => new SlotArena(buffer, lock, store === undefined ? {} : { store }),
  picture: (arena) => ({
    stats: arena.stats(),
    owned: [foo, bar].map((owner) => arena.slotsOf(owner)),
    keys: [1, 2, 3].map((n) => [arena.usageOf(key(n)), new Set(arena.slotsOfKey(key(n)).map(({ slot }) => slot))]),
    codes: [1, 2, 3].map((n) => arena.signatureCodeOf(n as SignatureId)),
  }),
}

/** Seven ranges of 1 KiB side by side under two keys, then free space, then another span; #1, #3 and #5 are free again. */
function sevenRanges(arena: RangeArena): void {
  valueOf(arena.addSpan(4096, 16_384))
  valueOf(arena.addSpan(32_768, 36_864))
  const ids = [0, 1, 2, 3, 4, 5, 6].map((n) => valueOf(arena.allocate(1024, 16, claim(foo, 1 + (n % 2), n))).id)
  arena.commit(ids[2] as RangeId)
  arena.retire(ids[4] as RangeId, 5)
  for (const n of [1, 3, 5]) arena.release(ids[n] as RangeId)
  valueOf(arena.allocate(2048, 2048, claim(bar, 2, 9)))
  arena.retire(rangeOf(arena, 2).id, 4)
}

function rangeOf(arena: RangeArena, unit: number): RangeDescription {
  const found = [...arena.rangesOf(foo), ...arena.rangesOf(bar)].find((range) => range.unit === unit)
  if (found === undefined) throw new Error(`no range of unit ${unit}`)
  return found
}

const rangeEdits: Readonly<Record<string, (arena: RangeArena) => void>> = {
  'allocate (cut above)': (arena) => valueOf(arena.allocate(512, 16, claim(bar, 1, 20))),
  'allocate (cut on both sides, new key)': (arena) => valueOf(arena.allocate(512, 512 * 8, claim(bar, 3, 20))),
  'allocate (whole free range)': (arena) => valueOf(arena.allocate(1024, 16, claim(foo, 2, 20))),
  commit: (arena) => arena.commit(rangeOf(arena, 0).id),
  retire: (arena) => arena.retire(rangeOf(arena, 0).id, 77),
  'release (melts with both)': (arena) => arena.release(rangeOf(arena, 2).id),
  'release (melts with the one above)': (arena) => arena.release(rangeOf(arena, 0).id),
  'release (melts with the one below, at the end of a span)': (arena) => arena.release(rangeOf(arena, 9).id),
  'addSpan (apart)': (arena) => valueOf(arena.addSpan(65_536, 131_072)),
  'addSpan (grows a span)': (arena) => valueOf(arena.addSpan(16_384, 20_480)),
  'transfer (destination has none)': (arena) => arena.transfer(key(1), key(3)),
  'transfer (destination has some)': (arena) => arena.transfer(key(1), key(2)),
  'adopt (repeated by the successor)': (arena) => void arena.adopt(foo, bar),
}

function threeSlots(arena: SlotArena): void {
  const signature = valueOf(arena.intern('i:i'))
  for (let n = 0; n < 16; n++) valueOf(arena.allocate(signature, claim(foo, 1 + (n % 2), n)))
  for (const n of [3, 7]) arena.release((0x10_0000 + n) as FunctionSlot)
  arena.commit(0x10_0000 as FunctionSlot)
  arena.retire(0x10_0001 as FunctionSlot, 5)
}

const slotEdits: Readonly<Record<string, (arena: SlotArena) => void>> = {
  intern: (arena) => valueOf(arena.intern('ld:f')),
  'allocate (from the queue)': (arena) => valueOf(arena.allocate(1 as SignatureId, claim(foo, 2, 20))),
  'allocate (the queue to its end, then another extent)': (arena) => {
    for (let n = 0; n < 3; n++) valueOf(arena.allocate(1 as SignatureId, claim(bar, 3, 20 + n)))
  },
  commit: (arena) => arena.commit(0x10_0002 as FunctionSlot),
  retire: (arena) => arena.retire(0x10_0000 as FunctionSlot, 77),
  release: (arena) => arena.release(0x10_0001 as FunctionSlot),
  transfer: (arena) => arena.transfer(key(1), key(2)),
  'adopt (repeated by the successor)': (arena) => void arena.adopt(foo, bar),
}

describe('RangeArena (its owner dies at any store)', () => testEdits(ranges, sevenRanges, rangeEdits))
describe('SlotArena (its owner dies at any store)', () => testEdits(slots, threeSlots, slotEdits))

function testEdits<Arena extends RangeArena | SlotArena>(
  kind: Kind<Arena>,
  prepare: (arena: Arena) => void,
  edits: Readonly<Record<string, (arena: Arena) => void>>,
): void {
  for (const [name, edit] of Object.entries(edits)) {
    it(`${name}: happened or did not`, () => {
      const { before, allowed } = expectation(kind, prepare, edit)
      const outcomes = new Set<string>()
      const stores = forEachDeath((diesAt) => {
        const buffer = copyOf(before)
        const died = dies(() => edit(kind.attach(buffer, unsharedLock, new DyingStore(buffer, diesAt))))
        outcomes.add(mended(kind, buffer, edit, allowed, name))
        return died
      })
      expect(stores, 'stores of the edit').to.be.greaterThan(0)
      expect(outcomes.size, 'both outcomes were seen').to.be.greaterThan(1)
    })

    it(`${name}: the repairer dies too`, () => {
      const { before, allowed } = expectation(kind, prepare, edit)
      forEachDeath((diesAt) => {
        const dead = copyOf(before)
        const died = dies(() => edit(kind.attach(dead, unsharedLock, new DyingStore(dead, diesAt))))
        forEachDeath((repairDiesAt) => {
          const buffer = copyOf(dead)
          const repairer = kind.attach(buffer, new InheritedLock(), new DyingStore(buffer, repairDiesAt))
          const repairerDied = dies(() => repairer.repair())
          mended(kind, buffer, edit, allowed, name)
          return repairerDied
        })
        return died
      })
    })
  }
}

interface Expectation {
  readonly before: SharedArrayBuffer
  readonly allowed: readonly string[]
}

function expectation<Arena>(
  kind: Kind<Arena>,
  prepare: (arena: Arena) => void,
  edit: (arena: Arena) => void,
): Expectation {
  const before = kind.createBuffer()
  prepare(kind.attach(before, unsharedLock))
  const after = copyOf(before)
  const steps = [text(kind.picture(kind.attach(before, unsharedLock)))]
  const arena = kind.attach(after, unsharedLock)
  edit(arena)
  return { before, allowed: [...steps, text(kind.picture(arena))] }
}

/** The next owner repairs; what it finds then. */
function mended<Arena extends RangeArena | SlotArena>(
  kind: Kind<Arena>,
  buffer: SharedArrayBuffer,
  edit: (arena: Arena) => void,
  allowed: readonly string[],
  name: string,
): string {
  const lock = new InheritedLock()
  const arena = kind.attach(buffer, lock)
  arena.repair()
  expect(lock.consistent).to.equal(true)
  expect(verifyArena(arena)).to.deep.equal([])
  const found = text(kind.picture(arena))
  const inSteps = name.includes('repeated') || name.includes('then')
  if (!inSteps) expect(found).to.be.oneOf(allowed)
  else if (name.includes('repeated')) {
    edit(arena)
    expect(text(kind.picture(arena))).to.equal(allowed[1])
  }
  return found
}

function text(picture: unknown): string {
  return JSON.stringify(picture, (_, value: unknown) => (value instanceof Set ? [...value].sort() : value))
}

/** Calls `run` with 0, 1, 2 ... until it does not die; how many times it died. */
function forEachDeath(run: (diesAt: number) => boolean): number {
  let diesAt = 0
  while (run(diesAt)) diesAt++
  return diesAt
}
