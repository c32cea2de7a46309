// A link actor dies at any instruction. For each kind of edit, in states that make it do all it can do (cut on both sides, melt
// with both neighbours, open and close an account, add a span ...), the edit is run again and again, to die at its first store,
// its second, and so on until it lives. Each time the next owner of the lock mends the arena. Then every invariant holds, and
// the edit either has happened or has not: nothing in between, nothing lost. Then the same for a repairer that dies.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { functionSlot, RangeArena, SlotArena, unsharedLock, verifyArena } from '@worc/executor-memory'
import type { ArenaLock, Int32Store, RangeDescription, RangeId, SignatureId } from '@worc/executor-memory'
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

interface Edit<Arena> {
  /** On top of what all edits of the arena begin with. */
  prepare?(arena: Arena): void
  run(arena: Arena): void
  /** Not whole or nothing: what is missing is made up by running it again. */
  readonly repeatable?: true
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

const rangeEdits: Readonly<Record<string, Edit<RangeArena>>> = {
  'allocate (cut above)': { run: (arena) => valueOf(arena.allocate(512, 16, claim(bar, 1, 20))) },
  'allocate (cut on both sides, new key)': { run: (arena) => valueOf(arena.allocate(512, 4096, claim(bar, 3, 20))) },
  'allocate (whole free range)': { run: (arena) => valueOf(arena.allocate(1024, 16, claim(foo, 2, 20))) },
  commit: { run: (arena) => arena.commit(rangeOf(arena, 0).id) },
  retire: { run: (arena) => arena.retire(rangeOf(arena, 0).id, 77) },
  'release (melts with both)': { run: (arena) => arena.release(rangeOf(arena, 2).id) },
  'release (melts with the one above)': { run: (arena) => arena.release(rangeOf(arena, 0).id) },
  'release (melts below, at the end of a span)': { run: (arena) => arena.release(rangeOf(arena, 9).id) },
  'addSpan (apart)': { run: (arena) => valueOf(arena.addSpan(65_536, 131_072)) },
  'addSpan (grows a span)': { run: (arena) => valueOf(arena.addSpan(16_384, 20_480)) },
  'transfer (destination has none)': { run: (arena) => arena.transfer(key(1), key(3)) },
  'transfer (destination has some)': { run: (arena) => arena.transfer(key(1), key(2)) },
  adopt: { run: (arena) => void arena.adopt(foo, bar), repeatable: true },
}

const signature = 1 as SignatureId

/** All 16 slots of the first extent, the first three under a key of their own; #3 and #7 are free again. */
function sixteenSlots(arena: SlotArena): void {
  valueOf(arena.intern('i:i'))
  for (let n = 0; n < 16; n++) valueOf(arena.allocate(signature, claim(foo, n < 3 ? 1 : 2, n)))
  for (const n of [3, 7]) arena.release(functionSlot(signature, n))
  arena.commit(functionSlot(signature, 0))
  arena.retire(functionSlot(signature, 1), 5)
}

const slotEdits: Readonly<Record<string, Edit<SlotArena>>> = {
  intern: { run: (arena) => valueOf(arena.intern('ld:f')) },
  'allocate (from the queue)': { run: (arena) => valueOf(arena.allocate(signature, claim(foo, 2, 20))) },
  'allocate (another extent)': {
    prepare: (arena) => [1, 2].map(() => valueOf(arena.allocate(signature, claim(bar, 2, 20)))),
    run: (arena) => valueOf(arena.allocate(signature, claim(bar, 3, 21))),
  },
  commit: { run: (arena) => arena.commit(functionSlot(signature, 2)) },
  retire: { run: (arena) => arena.retire(functionSlot(signature, 0), 77) },
  release: { run: (arena) => arena.release(functionSlot(signature, 1)) },
  transfer: { run: (arena) => arena.transfer(key(1), key(2)) },
  adopt: { run: (arena) => void arena.adopt(foo, bar), repeatable: true },
}

describe('RangeArena (its owner dies at any store)', () => testEdits(ranges, sevenRanges, rangeEdits))
describe('SlotArena (its owner dies at any store)', () => testEdits(slots, sixteenSlots, slotEdits))

function testEdits<Arena extends RangeArena | SlotArena>(
  kind: Kind<Arena>,
  prepare: (arena: Arena) => void,
  edits: Readonly<Record<string, Edit<Arena>>>,
): void {
  for (const [name, edit] of Object.entries(edits)) {
    it(`${name}: happened or did not`, () => {
      const expected = expectation(kind, prepare, edit)
      const outcomes = new Set<string>()
      forEachDeath((diesAt) => {
        const buffer = copyOf(expected.before)
        const died = dies(() => edit.run(kind.attach(buffer, unsharedLock, new DyingStore(buffer, diesAt))))
        outcomes.add(mended(kind, buffer, edit, expected.allowed))
        return died
      })
      expect(outcomes.size, 'both outcomes were seen').to.be.greaterThan(1)
    })

    it(`${name}: happened or did not, though the repairer dies too`, () => {
      const expected = expectation(kind, prepare, edit)
      forEachDeath((diesAt) => {
        const dead = copyOf(expected.before)
        const died = dies(() => edit.run(kind.attach(dead, unsharedLock, new DyingStore(dead, diesAt))))
        forEachDeath((repairDiesAt) => {
          const buffer = copyOf(dead)
          const repairer = kind.attach(buffer, new InheritedLock(), new DyingStore(buffer, repairDiesAt))
          const repairerDied = dies(() => repairer.repair())
          mended(kind, buffer, edit, expected.allowed)
          return repairerDied
        })
        return died
      }, 3)
    })
  }
}

/** The buffer before the edit, and the pictures before and after it. */
function expectation<Arena>(
  kind: Kind<Arena>,
  prepare: (arena: Arena) => void,
  edit: Edit<Arena>,
): { readonly before: SharedArrayBuffer; readonly allowed: readonly [string, string] } {
  const buffer = kind.createBuffer()
  const arena = kind.attach(buffer, unsharedLock)
  prepare(arena)
  edit.prepare?.(arena)
  const before = copyOf(buffer)
  const pictureBefore = text(kind.picture(arena))
  edit.run(arena)
  return { before, allowed: [pictureBefore, text(kind.picture(arena))] }
}

/** The next owner repairs; the picture that it finds. */
function mended<Arena extends RangeArena | SlotArena>(
  kind: Kind<Arena>,
  buffer: SharedArrayBuffer,
  edit: Edit<Arena>,
  allowed: readonly [string, string],
): string {
  const lock = new InheritedLock()
  const arena = kind.attach(buffer, lock)
  arena.repair()
  expect(lock.consistent).to.equal(true)
  expect(verifyArena(arena)).to.deep.equal([])
  const found = text(kind.picture(arena))
  if (edit.repeatable === true) {
    edit.run(arena)
    expect(text(kind.picture(arena))).to.equal(allowed[1])
  } else expect(found).to.be.oneOf(allowed)
  return found
}

function text(picture: unknown): string {
  return JSON.stringify(picture, (_, value: unknown) => (value instanceof Set ? [...value].sort() : value))
}

/** Calls `run` with 0, 1, 2 ... (or larger steps) until it does not die. */
function forEachDeath(run: (diesAt: number) => boolean, step: number = 1): void {
  for (let diesAt = 0; run(diesAt); diesAt += step);
}
