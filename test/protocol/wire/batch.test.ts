// Every row of the table there and back: whatever a frame says is what the other end reads, in whichever of its forms.
import type { Frame, WireType } from '@worc/protocol'
import { FrameEncoder, RowWriter, packBatch, readBatch, writeFrame } from '@worc/protocol'
import { expect } from 'chai'
import { everyError, messages, samples } from './sample-messages.js'

/** What the other end reads of it. */
function readBack(frame: Frame, from: 'client' | 'server', asked?: WireType, blobs: readonly number[] = []): unknown {
  const row = writeFrame(frame, blobs, asked, new RowWriter())
  const batch = readBatch(packBatch(1, 0, [row]).subarray(4), { from, heard: 0, takeAsked: () => asked })
  return batch.frames[0]
}

/** Who says it: the other side's reader refuses it. */
function speakerOf(frame: Frame): 'client' | 'server' {
  try {
    readBack(frame, 'client')
    return 'client'
  } catch {
    return 'server'
  }
}

function frameOf(message: object, reply: unknown): Frame {
  return reply === undefined
    ? { kind: 'tell', body: message, attachments: 0 }
    : { kind: 'ask', ask: 1, body: message, attachments: 0 }
}

describe('a batch', () => {
  for (const [type, { message, reply }] of messages) {
    it(`${type}: the message there and back`, () => {
      const frame = frameOf(message, reply)
      const from = speakerOf(frame)
      expect(readBack(frame, from)).to.deep.equal({ kind: 'frame', frame, blobs: [], type })
      const other = from === 'client' ? 'server' : 'client'
      expect(() => readBack(frame, other)).to.throw(`${type} is what a ${from} says`)
    })
    if (reply === undefined) continue
    it(`${type}: the reply there and back`, () => {
      const frame: Frame = { kind: 'reply', reply: 1, result: { ok: true, value: reply }, attachments: 0 }
      expect(readBack(frame, 'server', type)).to.deep.equal({ kind: 'frame', frame, blobs: [], type })
    })
  }

  it('absent fields stay absent', () => {
    const body = { type: 'lookup', kind: 'static', searchOrder: [], symbols: [], requiredState: 'ready' }
    const frame: Frame = { kind: 'ask', ask: 1, body, attachments: 0 }
    expect(readBack(frame, 'client')).to.deep.include({ frame })
  })

  for (const error of everyError)
    it(`an error ${error.code} there and back`, () => {
      const frame: Frame = { kind: 'reply', reply: 1, result: { ok: false, error }, attachments: 0 }
      expect(readBack(frame, 'server', 'drain')).to.deep.include({ frame })
      expect(readBack({ kind: 'goodbye', error, attachments: 0 }, 'client')).to.deep.include({ blobs: [] })
    })

  it('exempt frames, credit, attachments by number', () => {
    const { message } = messages.get('define') ?? {}
    const ask: Frame = { kind: 'ask', ask: 1, body: message, attachments: 2, exempt: true }
    expect(readBack(ask, 'client', undefined, [1, 3])).to.deep.equal({
      kind: 'frame',
      frame: ask,
      blobs: [1, 3],
      type: 'define',
    })
    const tell: Frame = {
      kind: 'tell',
      body: { type: 'dropBlob', ...samples.dropBlob.message },
      attachments: 0,
      exempt: true,
    }
    expect(readBack(tell, 'client')).to.deep.include({ frame: tell })
    const credit: Frame = { kind: 'credit', count: 64, attachments: 0 }
    expect(readBack(credit, 'server')).to.deep.include({ frame: credit })
  })

  it('stays as it is, however much the thread says elsewhere', () => {
    const encoder = new FrameEncoder()
    const batches = [1, 3, 5].map((blob) => {
      encoder.encode([{ kind: 'tell', body: ['x'.repeat(2 << 20)], attachments: 0 }])
      const frame: Frame = { kind: 'tell', body: { type: 'dropBlob', blob }, attachments: 0 }
      return packBatch(blob, 0, [writeFrame(frame, [], undefined, new RowWriter())])
    })
    const numbers = batches.map((bytes) => {
      const reading = { from: 'client', heard: 10, takeAsked: () => undefined } as const
      return readBatch(bytes.subarray(4), reading).first
    })
    expect(numbers).to.deep.equal([1, 3, 5])
  })
})
