// Memory for layers of a user's own. The scenarios are those of LLVM's MapperJITLinkMemoryManagerTest.cpp, MemoryMapperTest.cpp,
// SimpleExecutorMemoryManagerTest.cpp and InProcessMemoryManagerTest.cpp.
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import type { FinalizedAllocation, InFlightAllocation, JITStats } from 'worc'
import { JIT } from 'worc'
import { rejection } from '../worc/rejection.js'

const hello = new TextEncoder().encode('hello')
const pageBytes = 65_536

describe('executor memory, as LLVM tests it', () => {
  let jit: JIT
  let empty: JITStats
  before(async () => {
    jit = await JIT.start({ compileThreads: 1, inline: true, memory: { maximumBytes: 512 * pageBytes } })
    empty = await jit.stats()
  })
  after(() => jit[Symbol.asyncDispose]())
  afterEach(async () => {
    await jit.main.clear()
    expect((await jit.stats()).memoryBytes).to.equal(empty.memoryBytes)
    await jit.session.verify()
  })

  const allocate = (sizeBytes: number, alignment?: number): Promise<InFlightAllocation> =>
    jit.executorMemory.allocate(sizeBytes, alignment === undefined ? {} : { alignment })
  const bytesAt = (address: number, sizeBytes: number) => new Uint8Array(jit.memory.buffer, address, sizeBytes)

  it('written, finalized, read from guest memory, deallocated; two at once keep apart', async () => {
    const [first, second] = [await allocate(hello.length), await allocate(hello.length)]
    for (const allocation of [first, second]) allocation.bytes.set(hello)
    const finalized = [await first.finalize(), await second.finalize()]
    for (const { address, sizeBytes } of finalized) expect([...bytesAt(address, sizeBytes)]).to.deep.equal([...hello])
    expect(Math.abs(first.address - second.address)).to.be.at.least(hello.length)
    for (const allocation of finalized) await allocation.deallocate()
  })

  it('two neighbours that were given back are one range again', async () => {
    const [first, second] = [await allocate(1024), await allocate(1024)]
    const lower = Math.min(first.address, second.address)
    for (const allocation of [first, second]) await (await allocation.finalize()).deallocate()
    const both = await allocate(2048)
    expect(both.address).to.equal(lower)
    await both.abandon()
  })

  it('what was given back, or abandoned, is given out again, and reads as zero', async () => {
    const first = await allocate(4096)
    first.bytes.fill(0xaa)
    await (await first.finalize()).deallocate()
    const second = await allocate(4096)
    expect(second.address).to.equal(first.address)
    expect(second.bytes.every((byte) => byte === 0)).to.equal(true)
    second.bytes.fill(0x55)
    await second.abandon()
    const third = await allocate(4096)
    expect([third.address, third.bytes.every((byte) => byte === 0)]).to.deep.equal([first.address, true])
    await third.abandon()
  })

  it('begins where it was asked to: alignments are powers of two', async () => {
    for (const alignment of [1, 2, 16, 256, 4096, pageBytes]) {
      const allocation = await allocate(3, alignment)
      expect(allocation.address % alignment).to.equal(0)
      await allocation.abandon()
    }
    for (const alignment of [0, 3, -16, 1.5, Number.NaN]) {
      const error = await rejection(allocate(3, alignment))
      expect([error.code, error.message.includes(String(alignment))]).to.deep.equal(['BadArgument', true])
    }
  })

  it('a size that is no number of bytes is refused by its value', async () => {
    for (const sizeBytes of [0, -1, 1.5, Number.NaN, Infinity])
      expect((await rejection(allocate(sizeBytes))).message).to.include(String(sizeBytes))
  })

  it('larger than anything before: memory grows; larger than there may ever be: OutOfMemory, and nothing is lost', async () => {
    const large = await allocate(128 * pageBytes)
    large.bytes.set(hello, large.bytes.length - hello.length)
    await large.abandon()
    const error = await rejection(allocate(1024 * pageBytes))
    expect(error.code).to.equal('OutOfMemory')
    expect(error.message).to.include(String(1024 * pageBytes))
    await (await allocate(16)).abandon()
  })

  it('consumed once: finalized or abandoned, then deallocated', async () => {
    const allocation = await allocate(16)
    const finalized = await allocation.finalize()
    expect((await rejection(allocation.abandon())).message).to.include('finalized already')
    await finalized.deallocate()
    expect((await rejection(finalized.deallocate())).message).to.include('deallocated already')
  })

  it('hundreds of sizes in random order: none overlaps a living one, each is all zero when it comes', async () => {
    let state = 42
    const random = (below: number): number => {
      state = (Math.imul(state, 48_271) >>> 0) % 0x7fff_ffff
      return state % below
    }
    const living: FinalizedAllocation[] = []
    for (let n = 0; n < 256; n += 1) {
      if (living.length > 0 && random(3) === 0) {
        const [gone] = living.splice(random(living.length), 1)
        await gone?.deallocate()
        continue
      }
      const allocation = await allocate(1 + random(20_000), 2 ** random(8))
      expect(allocation.bytes.every((byte) => byte === 0)).to.equal(true)
      allocation.bytes.fill(0xaa)
      const end = allocation.address + allocation.bytes.length
      for (const other of living)
        expect(end <= other.address || other.address + other.sizeBytes <= allocation.address).to.equal(true)
      living.push(await allocation.finalize())
    }
    for (const allocation of living) await allocation.deallocate()
  })
})
