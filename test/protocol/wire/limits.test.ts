// Each limit of the wire at its border: one below and at it a batch is read, one above it is not; and what the writer lets through
// is what the reader lets through, so that nobody's own message closes its connection.
import type { Batch, Frame } from '@worc/protocol'
import { BatchStream, JITError, RowWriter, packBatch, readBatch, wireLimits, writeFrame } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ask, batch, tell } from './hostile-batches.js'
import type { Packed } from './message-pack.js'
import { array, bin, nil, raw, text, uint } from './message-pack.js'

function read(bytes: Packed | Uint8Array, heard = 0): Batch {
  return readBatch(Uint8Array.from(bytes), { from: 'client', heard, takeAsked: () => undefined })
}

function isRead(bytes: Packed): boolean {
  try {
    read(bytes)
    return true
  } catch (thrown) {
    if (thrown instanceof JITError && thrown.code === 'Malformed' && thrown.message.includes('limit')) return false
    throw thrown
  }
}

/** Below, at, above. */
function border(make: (size: number) => Packed, limit: number): readonly boolean[] {
  return [limit - 1, limit, limit + 1].map((size) => isRead(make(size)))
}

function isSent(body: object, isAsk = true): boolean {
  const frame: Frame = isAsk ? { kind: 'ask', ask: 1, body, attachments: 0 } : { kind: 'tell', body, attachments: 0 }
  const to = new RowWriter()
  try {
    read(packBatch(1, 0, [writeFrame(frame, [], undefined, to)]).subarray(4))
    return true
  } catch (thrown) {
    if (thrown instanceof JITError && thrown.code === 'BadArgument') return false
    throw thrown
  }
}

const zeros = (length: number): Packed => Array<number>(length).fill(0)
const letters = (length: number): Packed => Array<number>(length).fill(0x61)
const heardBefore = (value: Packed): Packed => array(uint(1), uint(0), array(uint(0), value))

describe('the limits of the wire', () => {
  it('bytes of a string', () => {
    const named = (length: number): Packed => batch(ask(text('removeSymbols'), uint(1), array(raw(letters(length)))))
    expect(border(named, wireLimits.stringBytes)).to.deep.equal([true, true, false])
    const sent = (length: number): boolean =>
      isSent({ type: 'removeSymbols', dylib: 1, names: ['é'.repeat(length / 2)] })
    expect([sent(wireLimits.stringBytes), sent(wireLimits.stringBytes + 2)]).to.deep.equal([true, false])
  })

  it('bytes inside a message', () => {
    const written = (length: number): Packed => batch(ask(text('writeBuffer'), uint(1), uint(0), bin(zeros(length))))
    expect(border(written, wireLimits.binaryBytes)).to.deep.equal([true, true, false])
    const sent = (length: number): boolean =>
      isSent({ type: 'writeBuffer', address: 1, offsetBytes: 0, bytes: new Uint8Array(length) })
    expect([sent(wireLimits.binaryBytes), sent(wireLimits.binaryBytes + 1)]).to.deep.equal([true, false])
  })

  it('bytes of a part of an upload', () => {
    const part = (length: number): Packed => batch(array(uint(6), uint(1), uint(0), uint(length), bin(zeros(length))))
    expect(border(part, wireLimits.partBytes)).to.deep.equal([true, true, false])
  })

  it('values of a batch', () => {
    // Beside the names: the batch's 3, the frame's 5.
    const names = (count: number): Packed =>
      batch(ask(text('removeSymbols'), uint(1), array(...Array<Packed>(count - 8).fill(text('')))))
    expect(border(names, wireLimits.batchNodes)).to.deep.equal([true, true, false])
    const sent = (count: number): boolean =>
      isSent({ type: 'removeSymbols', dylib: 1, names: Array<string>(count).fill('') })
    expect([sent(wireLimits.batchNodes - 20), sent(wireLimits.batchNodes)]).to.deep.equal([true, false])
  })

  it('arrays within arrays, also in a frame that was heard before', () => {
    const nested = (depth: number): Packed => (depth === 0 ? nil : array(nested(depth - 1)))
    const reads = (depth: number): boolean => {
      try {
        read(heardBefore(nested(depth - 2)), 1)
        return true
      } catch {
        return false
      }
    }
    const { depth } = wireLimits
    expect([reads(depth - 1), reads(depth), reads(depth + 1)]).to.deep.equal([true, true, false])
    expect(() => read(heardBefore(nested(1000)), 1)).to.throw('a frame heard before: arrays within arrays, limit 16')
  })

  it('attachments of a message', () => {
    const attached = (count: number): Packed =>
      batch(ask(text('describeObject'), array(...Array<Packed>(count).fill(uint(1)))))
    expect(border(attached, wireLimits.attachments)).to.deep.equal([true, true, false])
  })

  it('errors within errors: what is told is cut, never refused', () => {
    const nested = (depth: number): object =>
      depth === 0
        ? { code: 'Timeout', message: 'Foo' }
        : {
            code: 'UserError',
            message: 'x'.repeat(100_000),
            cause: nested(depth - 1),
            joined: [nested(0), nested(depth - 1)],
          }
    expect(isSent({ type: 'cancelAsk', ask: 1, error: nested(7) }, false)).to.equal(true)
    const diagnostics = 'é'.repeat(wireLimits.textBytes)
    const error = { code: 'CompileFailed', message: 'Foo', diagnostics }
    const frame: Frame = { kind: 'tell', body: { type: 'cancelAsk', ask: 1, error }, attachments: 0 }
    const [sent] = read(packBatch(1, 0, [writeFrame(frame, [], undefined, new RowWriter())]).subarray(4)).frames
    const shown = (sent as { frame: { body: { error: { diagnostics: string } } } }).frame.body.error.diagnostics
    expect(shown).to.match(/^é+\n\[cut\]$/)
    expect(Buffer.byteLength(shown)).to.be.within(wireLimits.textBytes - 2, wireLimits.textBytes)
  })

  it('bytes of a batch: refused by its length alone', () => {
    const stream = new BatchStream()
    const taken: number[] = []
    const take = (bytes: Uint8Array): void => void taken.push(bytes.length)
    const sized = (size: number): Uint8Array => {
      const whole = new Uint8Array(4 + size)
      new DataView(whole.buffer).setUint32(0, size)
      return whole
    }
    stream.push(sized(wireLimits.batchBytes - 1), take)
    stream.push(sized(wireLimits.batchBytes), take)
    expect(taken).to.deep.equal([wireLimits.batchBytes - 1, wireLimits.batchBytes])
    expect(() => stream.push(sized(wireLimits.batchBytes + 1).subarray(0, 4), take)).to.throw(
      'a batch of 1048577 bytes, limit 1048576',
    )
    expect(() => new BatchStream().push(Uint8Array.of(0, 0, 0, 0), take)).to.throw('a batch of 0 bytes')
  })

  it('a batch that only says that it will be large: little is held for it', () => {
    const stream = new BatchStream()
    const before = process.memoryUsage().arrayBuffers
    stream.push(Uint8Array.of(0, 0x10, 0, 0, 0x90), () => undefined)
    expect(stream.isPartial).to.equal(true)
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(0x1_0000)
  })

  it('a batch of nothing but arrays: bounded memory', () => {
    const empties = batch(tell(...Array<Packed>(60_000).fill(array())))
    const began = process.memoryUsage().heapUsed
    expect(() => read(empties)).to.throw(JITError)
    expect(process.memoryUsage().heapUsed - began).to.be.below(32 << 20)
  })
})
