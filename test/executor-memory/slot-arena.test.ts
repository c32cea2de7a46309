// Function slots: numbers per signature that mean the same in every thread, reused as late as may be.
import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { functionSlot, localOfSlot, signatureOfSlot, SlotArena, unsharedLock, verifyArena } from '@worc/executor-memory'
import type { FunctionSlot, SignatureId } from '@worc/executor-memory'
import { bar, claim, errorOf, foo, key, valueOf } from './claims-under-test.js'

describe('SlotArena', () => {
  let buffer: SharedArrayBuffer
  let arena: SlotArena
  let signature: SignatureId

  beforeEach(() => {
    buffer = SlotArena.createBuffer({ slots: 64, keys: 4, quarantine: 2, signatureWords: 64 })
    arena = new SlotArena(buffer, unsharedLock)
    signature = valueOf(arena.intern('i:i'))
  })
  afterEach(() => expect(verifyArena(arena)).to.deep.equal([]))

  function take(of: SignatureId = signature): FunctionSlot {
    return valueOf(arena.allocate(of, claim()))
  }

  describe('intern', () => {
    it('numbers signatures from 1, each once, the same in every thread', () => {
      const other = new SlotArena(buffer, unsharedLock)
      expect(signature).to.equal(1)
      expect(valueOf(other.intern('l:'))).to.equal(2)
      expect(valueOf(arena.intern('l:'))).to.equal(2)
      expect(valueOf(other.intern('i:i'))).to.equal(1)
      expect(arena.signatureCodeOf(2 as SignatureId)).to.equal('l:')
      expect(arena.signatureCodeOf(3 as SignatureId)).to.equal(undefined)
      expect(arena.signatureCodeOf(0 as SignatureId)).to.equal(undefined)
    })

    it('(log full): OutOfMemory that names the signature; those known stay known', () => {
      const long = `${'i'.repeat(80)}:`
      const message = errorOf(arena.intern(long), 'OutOfMemory')
      expect(message).to.contain('the table of signatures is full with 1')
      expect(valueOf(arena.intern('i:i'))).to.equal(1)
      expect(valueOf(arena.intern(':'))).to.equal(2)
    })

    it('(all 4,095 taken): OutOfMemory', () => {
      arena = new SlotArena(SlotArena.createBuffer({ slots: 16 }), unsharedLock)
      for (let n = 1; n <= 4095; n++) expect(valueOf(arena.intern(`${n}`))).to.equal(n)
      errorOf(arena.intern('one more'), 'OutOfMemory')
      const last = valueOf(arena.allocate(4095 as SignatureId, claim()))
      expect([signatureOfSlot(last), localOfSlot(last), last]).to.deep.equal([4095, 0, 0xfff0_0000])
      expect(arena.describe(last)?.slot).to.equal(last)
    })
  })

  describe('allocate', () => {
    it('counts locals from 0, apart for each signature', () => {
      const other = valueOf(arena.intern(':'))
      expect([take(), take(), take(other)].map((slot) => [signatureOfSlot(slot), localOfSlot(slot)])).to.deep.equal([
        [1, 0],
        [1, 1],
        [2, 0],
      ])
    })

    it('reuses the slot that has waited longest, and only when more than the quarantine wait', () => {
      const [a, b, c] = [take(), take(), take()]
      for (const slot of [b, a]) arena.release(slot)
      expect(localOfSlot(take())).to.equal(3)
      // All 16 of the first extent are given out, two wait: a new extent rather than a slot in quarantine.
      for (let local = 4; local < 16; local++) expect(localOfSlot(take())).to.equal(local)
      expect(localOfSlot(take())).to.equal(16)
      arena.release(c)
      for (let local = 17; local < 48; local++) expect(localOfSlot(take())).to.equal(local)
      expect(take()).to.equal(b)
    })

    it('(nothing else left): reuses from the quarantine, then OutOfMemory that names signature and limit; recovers', () => {
      const slots = Array.from({ length: 64 }, () => take())
      expect(new Set(slots).size).to.equal(64)
      const message = errorOf(arena.allocate(signature, claim()), 'OutOfMemory')
      for (const part of ['"i:i"', '64 are taken', '64 of 64 slots are provisioned']) expect(message).to.contain(part)
      const other = valueOf(arena.intern(':'))
      expect(errorOf(arena.allocate(other, claim()), 'OutOfMemory')).to.contain('":"')
      arena.release(slots[7] as FunctionSlot)
      expect(take()).to.equal(slots[7])
    })

    it('(table of keys full): OutOfMemory', () => {
      for (let n = 1; n <= 4; n++) valueOf(arena.allocate(signature, claim(foo, n)))
      expect(errorOf(arena.allocate(signature, claim(foo, 5)), 'OutOfMemory')).to.contain('all 4 resource keys')
    })

    it('refuses a signature that nobody interned', () => {
      expect(() => arena.allocate(9 as SignatureId, claim())).to.throw('signature 9 was never interned')
    })

    it('(a million of one signature): fits, to the last local', () => {
      const wide = new SlotArena(SlotArena.createBuffer({ slots: 0x10_0000, keys: 1 }), unsharedLock)
      const of = valueOf(wide.intern(':'))
      let last = take()
      for (let n = 0; n < 0x10_0000; n++) last = valueOf(wide.allocate(of, claim()))
      expect(localOfSlot(last)).to.equal(0xf_ffff)
      errorOf(wide.allocate(of, claim()), 'OutOfMemory')
    })
  })

  describe('states', () => {
    it('counts how often a slot was given out, and who has it', () => {
      const slots = Array.from({ length: 64 }, () => take())
      const slot = slots[5] as FunctionSlot
      arena.commit(slot)
      arena.retire(slot, 3)
      expect(arena.describe(slot)).to.include({ slot, state: 'retired', epoch: 3, generation: 1, owner: foo })
      arena.release(slot)
      expect(arena.describe(slot)).to.equal(undefined)
      take()
      expect(arena.describe(slot)).to.include({ state: 'in-flight', generation: 2 })
      expect(arena.claimedSlots(signature)).to.equal(64)
    })

    it('refuses to release what is ready, and to touch what is nobody’s', () => {
      const slot = take()
      arena.commit(slot)
      expect(() => arena.release(slot)).to.throw('retired before it is released')
      const wild = [0, 1, -1, 2 ** 32 + slot, 0.5, functionSlot(signature, 1), functionSlot(signature, 0xf_ffff)]
      for (const nobodys of wild)
        expect(() => arena.retire(nobodys as FunctionSlot, 1), `${nobodys}`).to.throw('is nobody')
    })
  })

  it('transfer and adopt move all, whatever the signature', () => {
    const other = valueOf(arena.intern(':'))
    const slots = [take(), take(other)]
    valueOf(arena.allocate(signature, claim(bar, 2)))
    arena.transfer(key(1), key(2))
    expect(arena.usageOf(key(2))).to.deep.equal({ inFlight: 3, ready: 0, retired: 0 })
    expect(arena.slotsOfKey(key(1))).to.deep.equal([])
    expect(arena.adopt(foo, bar)).to.equal(2)
    expect(arena.slotsOf(bar, 'in-flight').map(({ slot }) => slot)).to.include.members(slots)
    expect(arena.slotsOf(foo)).to.deep.equal([])
    expect(arena.stats()).to.include({ signatures: 2, provisioned: 32, limit: 64, inFlight: 3 })
  })
})
