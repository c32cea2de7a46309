// What a link actor may rely on when it has one arena to itself: addresses, states, accounts, errors. After each test the whole
// arena is verified.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { maximumAlignmentBytes, nullRange, RangeArena, unsharedLock, verifyArena } from '@worc/executor-memory'
import type { RangeArenaCapacity, RangeId } from '@worc/executor-memory'
import { bar, claim, errorOf, foo, key, valueOf } from './claims-under-test.js'

const kib = 1024

describe('RangeArena', () => {
  let arena: RangeArena

  function arenaOver(start: number, end: number, capacity: RangeArenaCapacity = { ranges: 64, keys: 16 }): RangeArena {
    arena = new RangeArena(RangeArena.createBuffer(capacity), unsharedLock)
    valueOf(arena.addSpan(start, end))
    return arena
  }

  function freed(id: RangeId): void {
    arena.retire(id, 1)
    arena.release(id)
  }

  beforeEach(() => arenaOver(64 * kib, 128 * kib))
  afterEach(() => expect(verifyArena(arena)).to.deep.equal([]))

  describe('allocate', () => {
    it('gives addresses inside the span, that do not overlap, sizes rounded up to 16', () => {
      const a = valueOf(arena.allocate(1, 1, claim()))
      const b = valueOf(arena.allocate(17, 1, claim()))
      expect([a.address, a.sizeBytes, b.address, b.sizeBytes]).to.deep.equal([64 * kib, 16, 64 * kib + 16, 32])
    })

    it('keeps to every alignment up to 64 KiB', () => {
      arenaOver(64 * kib + 16, 1024 * kib)
      for (let alignment = 1; alignment <= maximumAlignmentBytes; alignment *= 2) {
        const { address } = valueOf(arena.allocate(24, alignment, claim()))
        expect(address % alignment, `alignment ${alignment}`).to.equal(0)
      }
    })

    it('(size 0): the null range, which nobody need give back', () => {
      const nothing = valueOf(arena.allocate(0, 16, claim()))
      expect(nothing).to.deep.equal({ id: nullRange, address: 0, sizeBytes: 0, dirtyBytes: 0 })
      arena.commit(nothing.id)
      arena.retire(nothing.id, 1)
      arena.release(nothing.id)
      expect(arena.stats().claimedRanges).to.equal(0)
    })

    it('(bad size or alignment): BadArgument that names it', () => {
      expect(errorOf(arena.allocate(-1, 16, claim()), 'BadArgument')).to.contain('size of -1 bytes')
      expect(errorOf(arena.allocate(1.5, 16, claim()), 'BadArgument')).to.contain('size of 1.5 bytes')
      expect(errorOf(arena.allocate(2 ** 32, 16, claim()), 'BadArgument')).to.contain('size of 4294967296 bytes')
      for (const alignment of [0, 3, -16, 2 * maximumAlignmentBytes, 0.5, 2 ** 32])
        expect(errorOf(arena.allocate(16, alignment, claim()), 'BadArgument')).to.contain(
          `alignment of ${alignment} bytes`,
        )
    })

    it('(full): OutOfMemory that names the size, what is free, the largest free range and the total; recovers after a release', () => {
      const half = valueOf(arena.allocate(32 * kib, 16, claim()))
      const rest = valueOf(arena.allocate(31 * kib, 16, claim()))
      const message = errorOf(arena.allocate(32 * kib, 16, claim()), 'OutOfMemory')
      for (const part of [
        'executor memory',
        '32768 bytes',
        'aligned to 16',
        '1024 of 65536 bytes',
        'largest free range has 1024',
      ])
        expect(message).to.contain(part)
      arena.release(half.id)
      expect(valueOf(arena.allocate(32 * kib, 16, claim())).address).to.equal(half.address)
      arena.release(rest.id)
    })

    it('finds the one range that fits exactly, though its size class holds smaller ones too', () => {
      const odd = 16 * kib + 528
      valueOf(arena.allocate(64 * kib - odd, 16, claim()))
      expect(valueOf(arena.allocate(odd, 16, claim())).sizeBytes).to.equal(odd)
      expect(arena.stats().freeBytes).to.equal(0)
    })

    it('finds the one aligned place, though it has no room to spare', () => {
      arenaOver(64 * kib + 16, 192 * kib)
      expect(valueOf(arena.allocate(64 * kib, 64 * kib, claim())).address).to.equal(128 * kib)
    })

    it('(tables full): OutOfMemory that names the table, and nothing is lost', () => {
      arenaOver(64 * kib, 128 * kib, { ranges: 2, keys: 2, spans: 1 })
      const a = valueOf(arena.allocate(16, 16, claim()))
      expect(errorOf(arena.allocate(16, 16, claim()), 'OutOfMemory')).to.contain('all 2 ranges are taken')
      expect(errorOf(arena.addSpan(256 * kib, 512 * kib), 'OutOfMemory')).to.contain('all 1 spans are taken')
      arena.release(a.id)
      expect(arena.stats().freeBytes).to.equal(64 * kib)
      arenaOver(64 * kib, 128 * kib, { ranges: 64, keys: 1 })
      const held = valueOf(arena.allocate(16, 16, claim(foo, 1)))
      expect(errorOf(arena.allocate(16, 16, claim(foo, 2)), 'OutOfMemory')).to.contain('all 1 resource keys are taken')
      arena.release(held.id)
      valueOf(arena.allocate(16, 16, claim(foo, 2)))
    })
  })

  describe('states', () => {
    it('in flight, ready, retired, free: bytes move along and add up', () => {
      const { id } = valueOf(arena.allocate(100, 16, claim()))
      const seen = [arena.stats()]
      arena.commit(id)
      seen.push(arena.stats())
      arena.retire(id, 7)
      seen.push(arena.stats())
      expect(arena.describe(id)?.epoch).to.equal(7)
      arena.release(id)
      seen.push(arena.stats())
      expect(seen.map(({ inFlight, ready, retired }) => [inFlight, ready, retired])).to.deep.equal([
        [112, 0, 0],
        [0, 112, 0],
        [0, 0, 112],
        [0, 0, 0],
      ])
      for (const { inFlight, ready, retired, freeBytes, totalBytes } of seen)
        expect(inFlight + ready + retired + freeBytes).to.equal(totalBytes)
    })

    it('what is in flight can be released at once, or retired if a thread may have seen it', () => {
      const a = valueOf(arena.allocate(16, 16, claim()))
      const b = valueOf(arena.allocate(16, 16, claim()))
      arena.release(a.id)
      arena.retire(b.id, 1)
      arena.retire(b.id, 2)
      expect(arena.describe(b.id)?.epoch).to.equal(2)
    })

    it('refuses to release what is ready, to commit twice, and to touch what was released', () => {
      const { id } = valueOf(arena.allocate(16, 16, claim()))
      arena.commit(id)
      expect(() => arena.release(id)).to.throw('retired before it is released')
      expect(() => arena.commit(id)).to.throw('not what is ready')
      freed(id)
      for (const again of [() => arena.release(id), () => arena.commit(id), () => arena.retire(id, 1)])
        expect(again).to.throw(`range ${id} was released`)
      expect(arena.describe(id)).to.equal(undefined)
    })

    it('an id is not given twice, though its record and its address are', () => {
      const old = valueOf(arena.allocate(16, 16, claim()))
      arena.release(old.id)
      const next = valueOf(arena.allocate(16, 16, claim()))
      expect(next.address).to.equal(old.address)
      expect(next.id).not.to.equal(old.id)
      expect(() => arena.release(old.id)).to.throw('was released')
    })
  })

  describe('release', () => {
    it('melts with the neighbour below, above, both or none', () => {
      const [a, b, c, d] = [1, 2, 3, 4].map(() => valueOf(arena.allocate(16 * kib, 16, claim())).id) as [
        RangeId,
        RangeId,
        RangeId,
        RangeId,
      ]
      arena.release(b)
      expect(arena.stats().largestFreeBytes, 'none').to.equal(16 * kib)
      arena.release(a)
      expect(arena.stats().largestFreeBytes, 'above').to.equal(32 * kib)
      arena.release(d)
      arena.release(c)
      expect(arena.stats().largestFreeBytes, 'both').to.equal(64 * kib)
      expect(arena.stats().freeBytes).to.equal(64 * kib)
    })

    it('leaves no fragment behind, whatever the order', () => {
      const ids = Array.from({ length: 40 }, (_, n) => valueOf(arena.allocate(16 + n * 32, 16, claim())).id)
      for (const parity of [1, 0]) for (const [n, id] of ids.entries()) if (n % 2 === parity) arena.release(id)
      expect(valueOf(arena.allocate(64 * kib, 16, claim())).address).to.equal(64 * kib)
    })
  })

  describe('dirtyBytes', () => {
    it('0 for a virgin range, all for one that is given out again', () => {
      const first = valueOf(arena.allocate(256, 16, claim()))
      arena.release(first.id)
      const second = valueOf(arena.allocate(256, 16, claim()))
      expect([first.dirtyBytes, second.dirtyBytes]).to.deep.equal([0, 256])
    })

    it('counts the leading bytes where a range reaches across the mark', () => {
      const first = valueOf(arena.allocate(256, 16, claim()))
      arena.release(first.id)
      const { address, dirtyBytes } = valueOf(arena.allocate(1024, 16, claim()))
      expect([address, dirtyBytes]).to.deep.equal([first.address, 256])
      expect(valueOf(arena.allocate(16, 16, claim())).dirtyBytes).to.equal(0)
    })

    it('a used range does not soil the free space that it melts into', () => {
      const first = valueOf(arena.allocate(4 * kib, 16, claim()))
      arena.release(first.id)
      expect(valueOf(arena.allocate(64 * kib, 16, claim())).dirtyBytes).to.equal(4 * kib)
    })
  })

  describe('addSpan', () => {
    it('at the end of a span: ranges reach across', () => {
      valueOf(arena.addSpan(128 * kib, 192 * kib))
      expect(valueOf(arena.allocate(128 * kib, 16, claim())).sizeBytes).to.equal(128 * kib)
      expect(arena.stats().spans).to.equal(1)
    })

    it('at the end of a span whose last range is taken: a range of its own, that melts later', () => {
      const whole = valueOf(arena.allocate(64 * kib, 16, claim()))
      valueOf(arena.addSpan(128 * kib, 192 * kib))
      expect(arena.stats().largestFreeBytes).to.equal(64 * kib)
      arena.release(whole.id)
      expect(arena.stats().largestFreeBytes).to.equal(128 * kib)
    })

    it('elsewhere: a span of its own; nothing reaches across what lies between', () => {
      valueOf(arena.addSpan(512 * kib, 576 * kib))
      errorOf(arena.allocate(64 * kib + 16, 16, claim()), 'OutOfMemory')
      const addresses = [0, 1].map(() => valueOf(arena.allocate(64 * kib, 16, claim())).address)
      expect(addresses).to.have.members([64 * kib, 512 * kib])
    })

    it('trims odd ends, takes nothing from an empty one, and reaches to the end of 4 GiB but for the last granule', () => {
      arenaOver(1, 100)
      expect(arena.stats().totalBytes).to.equal(80)
      valueOf(arena.addSpan(200, 207))
      valueOf(arena.addSpan(0x8000_0000, 0x1_0000_0000))
      const high = valueOf(arena.allocate(0x7fff_fff0, 16, claim()))
      expect([high.address, high.sizeBytes]).to.deep.equal([0x8000_0000, 0x7fff_fff0])
      expect(arena.describe(high.id)).to.include({ address: 0x8000_0000, sizeBytes: 0x7fff_fff0, dirtyBytes: 0 })
      expect(arena.usageOf(key(1)).inFlight).to.equal(0x7fff_fff0)
    })

    it('refuses addresses that it has', () => {
      expect(() => arena.addSpan(96 * kib, 160 * kib)).to.throw('0x18000 to 0x28000 are in the arena already')
    })
  })

  describe('accounts', () => {
    it('count bytes by key and state, and vanish with the last range', () => {
      const big = 7 * 2 ** 32 + 1
      const a = valueOf(arena.allocate(100, 16, claim(foo, big)))
      const b = valueOf(arena.allocate(200, 16, claim(foo, big)))
      valueOf(arena.allocate(300, 16, claim(foo, 1)))
      arena.commit(a.id)
      arena.commit(b.id)
      arena.retire(b.id, 1)
      expect(arena.usageOf(key(big))).to.deep.equal({ inFlight: 0, ready: 112, retired: 208 })
      expect(arena.usageOf(key(1))).to.deep.equal({ inFlight: 304, ready: 0, retired: 0 })
      expect(arena.rangesOfKey(key(big)).map((range) => range.key)).to.deep.equal([key(big), key(big)])
      arena.release(b.id)
      freed(a.id)
      expect(arena.usageOf(key(big))).to.deep.equal({ inFlight: 0, ready: 0, retired: 0 })
    })

    it('transfer (destination empty, or not): all goes, in every state', () => {
      for (const destination of [2, 3]) {
        const ids = [1, 2, 3].map(() => valueOf(arena.allocate(100, 16, claim(foo, 1))).id) as [
          RangeId,
          RangeId,
          RangeId,
        ]
        if (destination === 3) valueOf(arena.allocate(16, 16, claim(foo, 3)))
        arena.commit(ids[0])
        arena.retire(ids[1], 1)
        arena.transfer(key(1), key(destination))
        const own = destination === 3 ? 16 : 0
        expect(arena.usageOf(key(1))).to.deep.equal({ inFlight: 0, ready: 0, retired: 0 })
        expect(arena.usageOf(key(destination))).to.deep.equal({ inFlight: 112 + own, ready: 112, retired: 112 })
        for (const id of ids) expect(arena.describe(id)?.key).to.equal(key(destination))
      }
    })

    it('transfer (nothing to move, or onto itself): nothing changes', () => {
      const { id } = valueOf(arena.allocate(16, 16, claim(foo, 1)))
      arena.transfer(key(9), key(1))
      arena.transfer(key(1), key(1))
      expect(arena.describe(id)?.key).to.equal(key(1))
    })
  })

  describe('owners', () => {
    it('rangesOf lists what a link actor holds, by state; adopt moves all of it', () => {
      const a = valueOf(arena.allocate(16, 16, claim(foo, 1, 11)))
      const b = valueOf(arena.allocate(16, 16, claim(foo, 2, 12)))
      const c = valueOf(arena.allocate(16, 16, claim(bar, 1, 13)))
      arena.commit(b.id)
      expect(arena.rangesOf(foo, 'in-flight').map((range) => range.unit)).to.deep.equal([11])
      expect(arena.rangesOf(foo, 'ready').map((range) => range.unit)).to.deep.equal([12])
      expect(arena.rangesOf(foo)).to.have.length(2)
      expect(arena.adopt(foo, bar)).to.equal(2)
      expect(arena.rangesOf(foo)).to.deep.equal([])
      expect(arena.rangesOf(bar).map((range) => range.id)).to.have.members([a.id, b.id, c.id])
    })

    it('another thread that attaches to the buffer sees and ends what this one began', () => {
      const buffer = RangeArena.createBuffer({ ranges: 8, keys: 8 })
      arena = new RangeArena(buffer, unsharedLock)
      valueOf(arena.addSpan(0, 1024))
      const { id } = valueOf(arena.allocate(16, 16, claim()))
      const other = new RangeArena(buffer, unsharedLock)
      other.commit(id)
      expect(arena.describe(id)?.state).to.equal('ready')
    })
  })
})
