// Pages with protections over a real WebAssembly.Memory: what is mapped when, what code's records cost, and what a death leaves.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import {
  PageMapper,
  PageTable,
  RangeArena,
  pageBits,
  pageTableBytes,
  unsharedLock,
  verifyArena,
} from '@worc/executor-memory'
import type { GuestMemory, MemProt, Reservation, Segment } from '@worc/executor-memory'
import { bar, claim, errorOf, foo, valueOf } from './claims-under-test.js'

const wasmPage = 0x1_0000
const page = 0x1000
const limitBytes = 64 * wasmPage
const tableAddress = page
const firstGuest = tableAddress + pageTableBytes(limitBytes)
const records = { recordBytes: 16, recordCount: 2049 }
const { read, write, execute } = pageBits

describe('PageMapper', () => {
  let memory: WebAssembly.Memory
  let arena: RangeArena
  let pages: PageTable
  let mapper: PageMapper

  beforeEach(() => {
    memory = new WebAssembly.Memory({ initial: 2, maximum: 64, shared: true })
    arena = new RangeArena(RangeArena.createBuffer({ ranges: 64, keys: 8 }), unsharedLock)
    valueOf(arena.addSpan(firstGuest, 2 * wasmPage))
    ;[pages, mapper] = another()
  })
  afterEach(() => expect(verifyArena(arena)).to.deep.equal([]))

  function guest(): GuestMemory {
    return {
      grow: (pageCount) => {
        try {
          return memory.grow(pageCount)
        } catch {
          return undefined
        }
      },
      bytes: () => new Uint8Array(memory.buffer),
    }
  }

  function another(): [PageTable, PageMapper] {
    const table = new PageTable(guest(), { address: tableAddress, limitBytes }, records)
    return [table, new PageMapper(arena, guest(), table, { stepBytes: wasmPage, limitBytes: 40 * wasmPage })]
  }

  function reserve(sizeBytes: number): Reservation {
    return valueOf(mapper.reserve(sizeBytes, 16, claim()))
  }

  function segment(offsetBytes: number, prot: MemProt, content: readonly number[], zeroFillBytes: number = 0): Segment {
    return { offsetBytes, prot, content: Uint8Array.from(content), zeroFillBytes }
  }

  function accessOf({ address, sizeBytes }: Reservation): number[] {
    return Array.from({ length: sizeBytes / page }, (_, index) => pages.wordOf(address / page + index) & pageBits.all)
  }

  function byteAt(address: number): number | undefined {
    return new Uint8Array(memory.buffer)[address]
  }

  it('reserve: whole pages at page addresses, not mapped before they are initialized', () => {
    const reservation = reserve(page + 1)
    expect([reservation.address % page, reservation.sizeBytes]).to.deep.equal([0, 2 * page])
    expect(accessOf(reservation)).to.deep.equal([0, 0])
    expect(pages.wordOf(0), 'page 0').to.equal(0)
  })

  it('initialize: each page as its segments say, and what no segment touches is not mapped', () => {
    const reservation = reserve(5 * page)
    const segments = [
      segment(4 * page, 'rw', [3], 5),
      segment(0, 'rx', [1, 2], page),
      segment(2 * page, 'r', [9]),
      segment(2 * page + 16, 'r', [8]),
    ]
    valueOf(mapper.initialize(reservation, segments))
    expect(accessOf(reservation)).to.deep.equal([read | execute, read | execute, read, 0, read | write])
    expect(
      [0, 1, 2 * page, 2 * page + 16, 4 * page].map((offset) => byteAt(reservation.address + offset)),
    ).to.deep.equal([1, 2, 9, 8, 3])
    expect(pages.permits(reservation.address, 2 * page, 'execute')).to.equal(true)
    expect(pages.permits(reservation.address, 2 * page + 1, 'execute')).to.equal(false)
    expect(pages.permits(reservation.address + 2 * page, page, 'write')).to.equal(false)
  })

  it('initialize (no segments): zeroes, to be read and written, also where code was before', () => {
    const before = reserve(2 * page)
    valueOf(mapper.initialize(before, [segment(0, 'rx', [1, 2, 3], 2 * page - 3)]))
    mapper.deinitialize(before, 1)
    mapper.release(before)
    const reservation = reserve(2 * page)
    expect(reservation.address).to.equal(before.address)
    valueOf(mapper.initialize(reservation, []))
    expect(accessOf(reservation)).to.deep.equal([read | write, read | write])
    expect(byteAt(reservation.address)).to.equal(0)
  })

  it('initialize (two protections on one page, or beyond the end): BadArgument, and nothing is mapped', () => {
    const reservation = reserve(page)
    const mixed = [segment(0, 'rx', [1]), segment(64, 'r', [2])]
    expect(errorOf(mapper.initialize(reservation, mixed), 'BadArgument')).to.contain('rx and r share the page')
    const long = [segment(0, 'r', [], page + 1)]
    expect(errorOf(mapper.initialize(reservation, long), 'BadArgument')).to.contain(`beyond the ${page} bytes`)
    expect(accessOf(reservation)).to.deep.equal([0])
  })

  it('deinitialize: not mapped at once, and the records stay until release gives back all', () => {
    const reservation = reserve(2 * page)
    valueOf(mapper.initialize(reservation, [segment(0, 'rx', [1], 2 * page - 1)]))
    expect(pages.decodedPageCount).to.equal(2)
    const word = pages.wordOf(reservation.address / page)
    mapper.deinitialize(reservation, 1)
    expect(accessOf(reservation)).to.deep.equal([0, 0])
    expect(pages.wordOf(reservation.address / page)).to.equal(word - (read | execute))
    expect(byteAt(reservation.address), 'a hart may still be reading').to.equal(1)
    mapper.release(reservation)
    expect(pages.decodedPageCount).to.equal(0)
    expect(pages.wordOf(reservation.address / page)).to.equal(0)
    expect(byteAt(reservation.address), 'the defined-illegal word').to.equal(0)
    expect(arena.stats().freeBytes).to.equal(arena.stats().totalBytes)
  })

  it('records begin as zeroes for each page that gets them, and are used again', () => {
    const sizes: number[] = []
    for (let round = 0; round < 40; round++) {
      const reservation = reserve(page)
      valueOf(mapper.initialize(reservation, [segment(0, 'rx', [1])]))
      const block = pages.wordOf(reservation.address / page) - (read | execute)
      const words = new Int32Array(memory.buffer, block, (records.recordBytes * records.recordCount) / 4)
      expect(words.every((word) => word === 0)).to.equal(true)
      words.fill(-1)
      mapper.deinitialize(reservation, 1)
      mapper.release(reservation)
      sizes.push(memory.buffer.byteLength)
    }
    expect(new Set(sizes).size).to.equal(1)
  })

  it('no room for records: OutOfMemory, nothing is mapped, and release gives back what there was', () => {
    const reservation = reserve(100 * page)
    const answer = mapper.initialize(reservation, [segment(0, 'rx', [1], 100 * page - 1)])
    expect(errorOf(answer, 'OutOfMemory')).to.contain('decoded of page 0x')
    expect(new Set(accessOf(reservation))).to.deep.equal(new Set([0]))
    mapper.release(reservation)
    expect(pages.decodedPageCount).to.equal(0)
  })

  it('protect: pages change sides, and records of what was written in between do not count', () => {
    const reservation = reserve(2 * page)
    valueOf(mapper.initialize(reservation, [segment(0, 'rx', [1], 2 * page - 1)]))
    const block = pages.wordOf(reservation.address / page) - (read | execute)
    new Int32Array(memory.buffer)[block / 4] = 7
    valueOf(mapper.protect(reservation, 0, page, 'rw'))
    expect(accessOf(reservation)).to.deep.equal([read | write, read | execute])
    expect(new Int32Array(memory.buffer)[block / 4], 'until it is executable again').to.equal(7)
    valueOf(mapper.protect(reservation, 0, page, 'rx'))
    expect(accessOf(reservation)).to.deep.equal([read | execute, read | execute])
    expect(new Int32Array(memory.buffer)[block / 4]).to.equal(0)
    expect(errorOf(mapper.protect(reservation, 16, page, 'rw'), 'BadArgument')).to.contain('no pages')
    expect(errorOf(mapper.protect(reservation, page, page + 1, 'rw'), 'BadArgument')).to.contain('no pages')
  })

  it('change (for the guest): what is mapped, and what its owner takes away meanwhile stays away', () => {
    const reservation = reserve(2 * page)
    const { address } = reservation
    expect(errorOf(pages.change(address, address + page, 'rx'), 'BadArgument')).to.contain('is not mapped')
    valueOf(mapper.initialize(reservation, []))
    valueOf(pages.change(address, address + page, 'rx'))
    expect(accessOf(reservation)).to.deep.equal([read | execute, read | write])
    expect(pages.decodedPageCount).to.equal(1)
    valueOf(pages.change(address, address + 2 * page, 'rw'))
    expect(accessOf(reservation)).to.deep.equal([read | write, read | write])
    const words = new Int32Array(memory.buffer, tableAddress)
    // Another thread is at it: marked, and then taken away.
    Atomics.or(words, address / page, 8)
    expect(errorOf(pages.change(address, address + page, 'r'), 'BadArgument')).to.contain('another thread')
    expect(pages.permits(address, page, 'write')).to.equal(true)
    mapper.deinitialize(reservation, 1)
    expect(errorOf(pages.change(address, address + page, 'rw'), 'BadArgument')).to.contain('is not mapped')
    expect(accessOf(reservation)).to.deep.equal([0, 0])
    mapper.release(reservation)
    expect(pages.decodedPageCount).to.equal(0)
  })

  it('patch: executable pages are written, and what was decoded of them does not count', () => {
    const reservation = reserve(2 * page)
    valueOf(mapper.initialize(reservation, [segment(0, 'rx', [1], 2 * page - 1)]))
    const blocks = [0, 1].map((index) => pages.wordOf(reservation.address / page + index) - (read | execute))
    const words = new Int32Array(memory.buffer)
    for (const block of blocks) words[block / 4] = 7
    mapper.patch(reservation, page, Uint8Array.of(5))
    expect(blocks.map((block) => words[block / 4])).to.deep.equal([0, 0])
    expect(byteAt(reservation.address + page)).to.equal(5)
    words[(blocks[0] ?? 0) / 4] = 7
    mapper.patch(reservation, page + 2, Uint8Array.of(5))
    expect(words[(blocks[0] ?? 0) / 4]).to.equal(7)
  })

  it('a death (mapped, not committed; its range given back without a mapper): the next owner finds unmapped zeroes', () => {
    const reservation = reserve(2 * page)
    const segments = [segment(0, 'rx', [1], page - 1), segment(page, 'rw', [2])]
    valueOf(mapper.initialize(reservation, segments))
    arena.retire(reservation.id, 1)
    arena.release(reservation.id)
    expect(pages.decodedPageCount).to.equal(1)
    ;[pages, mapper] = another()
    const next = valueOf(mapper.reserve(2 * page, 16, claim(bar)))
    expect(next.address).to.equal(reservation.address)
    expect([accessOf(next), pages.decodedPageCount]).to.deep.equal([[0, 0], 0])
    valueOf(mapper.initialize(next, []))
    expect([byteAt(next.address), byteAt(next.address + page)]).to.deep.equal([0, 0])
  })

  it('a death (a page meant to take records and did not): another page’s are left alone', () => {
    const [first, second] = [reserve(page), reserve(page)]
    valueOf(mapper.initialize(first, [segment(0, 'rx', [1])]))
    const word = pages.wordOf(first.address / page)
    // What the dead one wrote down.
    new Int32Array(memory.buffer, tableAddress)[second.address / page] = word - (read | execute)
    mapper.release(second)
    expect([pages.wordOf(first.address / page), pages.decodedPageCount]).to.deep.equal([word, 1])
    expect(pages.permits(first.address, 1, 'execute')).to.equal(true)
  })

  it('a successor’s mapper ends what the first one began', () => {
    const reservation = reserve(page)
    valueOf(mapper.initialize(reservation, [segment(0, 'rx', [1])]))
    arena.adopt(foo, bar)
    const [, successor] = another()
    successor.deinitialize(reservation, 1)
    expect(accessOf(reservation)).to.deep.equal([0])
    successor.release(reservation)
    expect(pages.decodedPageCount).to.equal(0)
  })

  it('permits (what is no address): refuses', () => {
    for (const address of [-1, 2 ** 53, NaN, limitBytes]) expect(pages.permits(address, 1, 'read')).to.equal(false)
    expect(pages.permits(limitBytes - 1, 2 ** 40, 'read')).to.equal(false)
  })

  it('(size 0): a null reservation goes through all steps', () => {
    const nothing = reserve(0)
    expect(valueOf(mapper.initialize(nothing, []))).to.equal(0)
    mapper.deinitialize(nothing, 1)
    mapper.release(nothing)
    expect(pages.wordOf(0)).to.equal(0)
  })
})
