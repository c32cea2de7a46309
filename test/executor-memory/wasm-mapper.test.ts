// The mapper over a real WebAssembly.Memory: contents where they belong, zeroes everywhere else, growth that shares the memory
// with a libc that grows it too.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { nullRange, pagesToGrow, RangeArena, unsharedLock, verifyArena, WasmMapper } from '@worc/executor-memory'
import type { GuestMemory, Reservation, Segment } from '@worc/executor-memory'
import { claim, errorOf, valueOf } from './claims-under-test.js'

const page = 65_536

describe('WasmMapper', () => {
  let memory: WebAssembly.Memory
  let arena: RangeArena
  let mapper: WasmMapper

  beforeEach(() => {
    memory = new WebAssembly.Memory({ initial: 2, maximum: 8, shared: true })
    arena = new RangeArena(RangeArena.createBuffer({ ranges: 64, keys: 8 }), unsharedLock)
    valueOf(arena.addSpan(page, 2 * page))
    mapper = new WasmMapper(arena, guest(memory), { stepBytes: page, limitBytes: 6 * page })
  })
  afterEach(() => expect(verifyArena(arena)).to.deep.equal([]))

  function guest(of: WebAssembly.Memory): GuestMemory {
    return {
      grow: (pageCount) => {
        try {
          return of.grow(pageCount)
        } catch {
          return undefined
        }
      },
      bytes: () => new Uint8Array(of.buffer),
    }
  }

  function reserve(sizeBytes: number, alignmentBytes: number = 16): Reservation {
    return valueOf(mapper.reserve(sizeBytes, alignmentBytes, claim()))
  }

  function segment(offsetBytes: number, content: readonly number[], zeroFillBytes: number = 0): Segment {
    return { offsetBytes, prot: 'rw', content: Uint8Array.from(content), zeroFillBytes }
  }

  function bytesOf({ address, sizeBytes }: Reservation): number[] {
    return [...new Uint8Array(memory.buffer, address, sizeBytes)]
  }

  function soiled(sizeBytes: number): void {
    const reservation = reserve(sizeBytes)
    new Uint8Array(memory.buffer).fill(0xee, reservation.address, reservation.address + reservation.sizeBytes)
    mapper.release(reservation)
  }

  it('initialize: contents in place; fill, gaps and tail are zero, in memory that was used before', () => {
    soiled(64)
    const reservation = reserve(32)
    expect(valueOf(mapper.initialize(reservation, [segment(20, [5, 6], 4), segment(2, [1, 2, 3])]))).to.equal(page)
    const expected = Array.from({ length: 32 }, () => 0)
    expected.splice(2, 3, 1, 2, 3)
    expected.splice(20, 2, 5, 6)
    expect(bytesOf(reservation)).to.deep.equal(expected)
    expect(arena.describe(reservation.id)?.state).to.equal('ready')
    expect(new Uint8Array(memory.buffer)[page + 32], 'the neighbour is left alone').to.equal(0xee)
  })

  it('initialize (half used before, half virgin): zeroes the used half, and need not touch the other', () => {
    soiled(32)
    const reservation = reserve(96)
    expect(arena.describe(reservation.id)?.dirtyBytes).to.equal(32)
    valueOf(mapper.initialize(reservation, [segment(0, [1], 95)]))
    expect(bytesOf(reservation)).to.deep.equal([1, ...Array.from({ length: 95 }, () => 0)])
  })

  it('prepare: what is written in its view is the content, with no copy', () => {
    soiled(64)
    const reservation = reserve(64)
    const working = mapper.prepare(reservation, 16, 3)
    working.set([7, 8, 9])
    valueOf(mapper.initialize(reservation, [{ offsetBytes: 16, prot: 'r', content: working, zeroFillBytes: 0 }]))
    expect(bytesOf(reservation).slice(14, 21)).to.deep.equal([0, 0, 7, 8, 9, 0, 0])
    expect(() => mapper.prepare(reservation, 60, 5)).to.throw('beyond 64 bytes')
  })

  it('initialize (segments outside, or overlapping): BadArgument, and nothing is written', () => {
    const reservation = reserve(32)
    expect(errorOf(mapper.initialize(reservation, [segment(24, [1], 8)]), 'BadArgument')).to.contain(
      'beyond the 32 bytes',
    )
    const overlapping = [segment(0, [1, 1], 8), segment(4, [2])]
    expect(errorOf(mapper.initialize(reservation, overlapping), 'BadArgument')).to.contain(
      'overlaps the one that ends at 10',
    )
    expect(bytesOf(reservation).every((byte) => byte === 0)).to.equal(true)
    expect(arena.describe(reservation.id)?.state).to.equal('in-flight')
  })

  it('(size 0): a null reservation goes through all steps', () => {
    const nothing = reserve(0)
    expect(nothing.id).to.equal(nullRange)
    expect(valueOf(mapper.initialize(nothing, []))).to.equal(0)
    mapper.deinitialize(nothing, 1)
    mapper.release(nothing)
  })

  it('deinitialize, release: retired until the caller says that all threads are out', () => {
    const reservation = reserve(64)
    valueOf(mapper.initialize(reservation, []))
    expect(() => mapper.release(reservation)).to.throw('retired before it is released')
    mapper.deinitialize(reservation, 3)
    expect(arena.stats().retired).to.equal(64)
    mapper.release(reservation)
    expect(arena.stats()).to.include({ retired: 0, freeBytes: page })
  })

  it('grows when short, by what is needed, at a page of its own; a view taken before is too short and not used', () => {
    const big = reserve(page + 5000)
    valueOf(mapper.initialize(big, [segment(page, [9])]))
    expect(memory.buffer.byteLength).to.equal(4 * page)
    expect(bytesOf(big)[page]).to.equal(9)
    expect(arena.stats()).to.include({ totalBytes: 3 * page, spans: 1 })
  })

  it('shares the memory with a libc that grows it: pages that it took are not the arena’s', () => {
    memory.grow(1)
    const sbrk = 2 * page
    new Uint8Array(memory.buffer).fill(0xaa, sbrk, sbrk + page)
    const reservations = [reserve(page), reserve(page), reserve(page)]
    for (const reservation of reservations) valueOf(mapper.initialize(reservation, []))
    expect(new Uint8Array(memory.buffer, sbrk, page).every((byte) => byte === 0xaa)).to.equal(true)
    expect(arena.stats()).to.include({ totalBytes: 3 * page, freeBytes: 0, spans: 2 })
  })

  it('(limit of the policy): OutOfMemory names size, total and limit, and has the arena’s answer as cause', () => {
    const full = mapper.reserve(6 * page, 16, claim())
    const message = errorOf(full, 'OutOfMemory')
    for (const part of [`${page} bytes`, `${6 * page} more`, `limit is ${6 * page} bytes`])
      expect(message).to.contain(part)
    expect(full.ok ? undefined : full.error.cause?.message).to.contain('largest free range')
    expect(memory.buffer.byteLength).to.equal(2 * page)
  })

  it('(maximum of the memory): takes the last pages though a step has no room, then OutOfMemory', () => {
    mapper = new WasmMapper(arena, guest(memory), { stepBytes: 4 * page, limitBytes: 100 * page })
    memory.grow(5)
    expect(reserve(page).address).to.equal(page)
    expect(reserve(page).address).to.equal(7 * page)
    expect(errorOf(mapper.reserve(page, 16, claim()), 'OutOfMemory')).to.contain('the memory cannot grow by')
  })

  it('(a table is full, there is memory): OutOfMemory, and does not grow', () => {
    arena = new RangeArena(RangeArena.createBuffer({ ranges: 64, keys: 1 }), unsharedLock)
    valueOf(arena.addSpan(page, 2 * page))
    mapper = new WasmMapper(arena, guest(memory), { stepBytes: page, limitBytes: 6 * page })
    reserve(16)
    expect(errorOf(mapper.reserve(16, 16, claim(undefined, 2)), 'OutOfMemory')).to.contain('resource keys')
    expect(memory.buffer.byteLength).to.equal(2 * page)
  })

  it('a successor’s mapper ends what the first one began', () => {
    const reservation = reserve(64)
    const successor = new WasmMapper(arena, guest(memory), { stepBytes: page, limitBytes: page })
    valueOf(successor.initialize(reservation, [segment(0, [1])]))
    expect(bytesOf(reservation)[0]).to.equal(1)
  })
})

describe('pagesToGrow', () => {
  const policy = { stepBytes: 4 * page, limitBytes: 100 * page }

  it('is what is needed, at least a step, at least a quarter of what is owned, never beyond the limit', () => {
    expect(pagesToGrow(1, 0, policy)).to.equal(4)
    expect(pagesToGrow(10 * page + 1, 0, policy)).to.equal(11)
    expect(pagesToGrow(1, 40 * page, policy)).to.equal(10)
    expect(pagesToGrow(1, 98 * page, policy)).to.equal(2)
    expect(pagesToGrow(2 * page + 1, 98 * page, policy)).to.equal(0)
  })
})
