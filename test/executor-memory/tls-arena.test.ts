// Offsets in a per-thread block are ranges like any other, from 0 to the block's size.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { attachTlsArena, createTlsArenaBuffer, unsharedLock, verifyArena } from '@worc/executor-memory'
import { claim, errorOf, valueOf } from './claims-under-test.js'

describe('TLS arena', () => {
  it('gives offsets from 0, aligned, and says when the block is full', () => {
    const arena = attachTlsArena(createTlsArenaBuffer(256), unsharedLock)
    const first = valueOf(arena.allocate(20, 4, claim()))
    expect([first.address, first.sizeBytes]).to.deep.equal([0, 32])
    expect(valueOf(arena.allocate(8, 64, claim())).address).to.equal(64)
    expect(errorOf(arena.allocate(256, 16, claim()), 'OutOfMemory')).to.contain(
      'the TLS block has no room for 256 bytes',
    )
    arena.release(first.id)
    expect(verifyArena(arena)).to.deep.equal([])
  })

  it('has records for a block full of the smallest ranges', () => {
    const arena = attachTlsArena(createTlsArenaBuffer(65_536), unsharedLock)
    const ids = Array.from({ length: 4096 }, (_, n) => valueOf(arena.allocate(1, 1, claim(undefined, n))).id)
    errorOf(arena.allocate(1, 1, claim()), 'OutOfMemory')
    for (const id of ids) arena.release(id)
    expect(arena.stats()).to.include({ freeBytes: 65_536, largestFreeBytes: 65_536 })
  })
})
