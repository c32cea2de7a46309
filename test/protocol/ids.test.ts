// Ids and addresses are numbers made of two: each half comes back, neighbours do not touch, and all of it stays a safe integer.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { throughBytes } from '../mailbox/through-bytes.js'
import type { ClientId, JITDylibId, LinkedUnitId } from '@worc/protocol'
import {
  clientOf,
  clientScopedId,
  codeAddress,
  defaultTrackerOf,
  indexOfCode,
  isCodeAddress,
  maximumSignatures,
  maximumSlotsPerSignature,
  slotBits,
  unitOfCode,
} from '@worc/protocol'

const client = (n: number): ClientId => n as ClientId
const unit = (n: number): LinkedUnitId => n as LinkedUnitId

describe('clientScopedId', () => {
  it('tells its client, for the first and the last id', () => {
    for (const id of [1, 2, 0xffff_ffff]) {
      for (const maker of [1, 7, 0x1f_ffff]) expect(clientOf(clientScopedId(client(maker), id))).to.equal(maker)
    }
  })

  it('(last of one client, first of the next): different', () => {
    expect(clientScopedId(client(1), 0xffff_ffff)).to.be.lessThan(clientScopedId(client(2), 1))
  })

  it('(0, negative, 2^32): out of range, and says which', () => {
    for (const n of [0, -1, 2 ** 32]) {
      expect(() => clientScopedId(client(3), n)).to.throw(`id ${n} of client 3 is out of range (1 to 4294967295)`)
    }
  })

  it('is a safe integer for two million clients', () => {
    expect(Number.isSafeInteger(clientScopedId(client(0x1f_ffff), 0xffff_ffff))).to.equal(true)
  })
})

describe('defaultTrackerOf', () => {
  it('is below zero, where no client’s trackers are, and another one for each dylib', () => {
    const [main, libc] = [defaultTrackerOf(1 as JITDylibId), defaultTrackerOf(2 as JITDylibId)]
    expect(main).to.be.lessThan(0)
    expect(libc).to.be.lessThan(0)
    expect(main).not.to.equal(libc)
  })
})

describe('codeAddress', () => {
  /** The last whose addresses are safe integers. */
  const lastUnit = 2 ** 33 - 2 ** 12 - 1

  it('tells its unit and function, at the ends of both ranges', () => {
    for (const id of [0, 1, 12345, lastUnit]) {
      for (const index of [0, 1, 0xf_ffff]) {
        const address = codeAddress(unit(id), index)
        expect(unitOfCode(address)).to.equal(id)
        expect(indexOfCode(address)).to.equal(index)
        expect(Number.isSafeInteger(address)).to.equal(true)
      }
    }
  })

  it('lies where no data can: every address of a 4 GiB memory is below', () => {
    expect(isCodeAddress(0xffff_ffff)).to.equal(false)
    expect(isCodeAddress(0x1_0000_0000)).to.equal(true)
    expect(isCodeAddress(codeAddress(unit(0), 0))).to.equal(true)
    expect(isCodeAddress(0)).to.equal(false)
  })

  it('(last function of one unit, first of the next): different', () => {
    expect(codeAddress(unit(1), 0xf_ffff)).to.be.lessThan(codeAddress(unit(2), 0))
  })

  it('(negative, 2^20): out of range, and says which', () => {
    for (const index of [-1, 0x10_0000]) {
      expect(() => codeAddress(unit(5), index)).to.throw(`function index ${index} of unit 5 is out of range`)
    }
  })

  it('crosses a port as the number that it is', () => {
    const body = { address: codeAddress(unit(lastUnit), 0xf_ffff), tracker: defaultTrackerOf(3 as JITDylibId) }
    expect(throughBytes([{ kind: 'tell', body, attachments: 0 }])).to.deep.equal([
      { kind: 'tell', body, attachments: 0 },
    ])
  })
})

describe('a C function pointer', () => {
  it('has 32 bits: the signature’s and the slot’s', () => {
    expect(maximumSlotsPerSignature).to.equal(2 ** slotBits)
    expect(maximumSignatures * maximumSlotsPerSignature).to.equal(2 ** 32)
  })
})
