// What the reader says of bytes that no honest end sends: Malformed, naming the thing, the limit and the place, and nothing else,
// whatever they are; and nothing of them is left behind.
import type { JITErrorData } from '@worc/protocol'
import { JITError, readBatch } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { hostileBatches } from './hostile-batches.js'

function refusalOf(bytes: Uint8Array): JITErrorData {
  try {
    readBatch(bytes, { from: 'client', heard: 0, takeAsked: () => undefined })
  } catch (thrown) {
    if (thrown instanceof JITError) return thrown.data
    throw thrown
  }
  throw new Error('it was read')
}

describe('a hostile batch', () => {
  for (const [what, [bytes, says]] of Object.entries(hostileBatches))
    it(`${what}: Malformed`, () => {
      const error = refusalOf(Uint8Array.from(bytes))
      expect(error.code).to.equal('Malformed')
      expect(error.message).to.include(says)
      expect(error.message).to.match(/, at byte \d+$/)
    })

  it('leaves no trace on any prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    for (const [bytes] of Object.values(hostileBatches)) refusalOf(Uint8Array.from(bytes))
    expect(Object.getOwnPropertyNames(Object.prototype)).to.deep.equal(before)
  })
})
