// A socket breaks at each of its bytes, in either direction, and the conversation goes on over another one as if nothing had been:
// each request done once, in its order, each answer heard once. So also where every tenth batch comes twice.
import { BatchStream } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Conversation } from './resumed-conversation.js'
import { Cut, converse } from './resumed-conversation.js'
import { RandomStream } from '../simulation/random-stream.js'

type Direction = 'client' | 'server'

/** An uncut conversation, and how many bytes went each way. */
async function recorded(): Promise<{
  readonly whole: Conversation
  readonly sizes: Readonly<Record<Direction, number>>
}> {
  const sizes = { client: 0, server: 0 }
  const whole = await converse(() => (bytes, to) => {
    sizes[to] += bytes.length
    return [bytes]
  })
  return { whole, sizes }
}

/** The first socket is cut behind so many bytes of one direction. */
function cutAt(offset: number, direction: Direction): Parameters<typeof converse>[0] {
  let passed = 0
  return (socket) =>
    socket > 0
      ? undefined
      : (bytes, to) => {
          if (to !== direction) return [bytes]
          const begin = passed
          passed += bytes.length
          if (begin <= offset && passed > offset) throw new Cut(bytes.subarray(0, offset - begin))
          return begin > offset ? [] : [bytes]
        }
}

describe('a connection whose socket breaks', () => {
  for (const direction of ['server', 'client'] as const)
    it(`cut at every byte to the ${direction}: everything is done once, in order`, async () => {
      const { whole, sizes } = await recorded()
      expect(sizes[direction]).to.be.greaterThan(1200)
      let resumed = 0
      for (let offset = 0; offset < sizes[direction]; offset++) {
        const cut = await converse(cutAt(offset, direction))
        expect(withoutOrder(cut), `cut at ${offset}`).to.deep.equal(withoutOrder(whole))
        if (cut.sockets === 2) resumed++
      }
      // Within the goodbye there is nothing left to go on with.
      expect(resumed).to.be.greaterThan(sizes[direction] - 60)
    })

  it('every socket cut soon: it goes on over many', async () => {
    const { whole } = await recorded()
    const many = await converse(() => cutAt(150, 'server')(0))
    expect(withoutOrder(many)).to.deep.equal(withoutOrder(whole))
    expect(many.sockets).to.be.greaterThan(3)
  })

  it('batches that come twice: the second time nothing is done', async () => {
    const { whole } = await recorded()
    for (let seed = 1; seed <= 40; seed++) {
      const random = new RandomStream(seed, 0)
      const twice = await converse(() => doubling(() => random.chance(0.1)))
      expect(withoutOrder(twice), `seed ${seed}`).to.deep.equal(withoutOrder(whole))
    }
    const always = await converse(() => doubling(() => true))
    expect(withoutOrder(always)).to.deep.equal(withoutOrder(whole))
  })
})

/** Repeats whole batches: but for the handshake's, which nobody says twice. */
function doubling(isDoubled: () => boolean): NonNullable<ReturnType<Parameters<typeof converse>[0]>> {
  const streams = { client: new BatchStream(), server: new BatchStream() }
  const counts = { client: 0, server: 0 }
  return (bytes, to) => {
    const pieces: Uint8Array[] = []
    streams[to].push(bytes, (batch) => {
      const whole = new Uint8Array(4 + batch.length)
      new DataView(whole.buffer).setUint32(0, batch.length)
      whole.set(batch, 4)
      pieces.push(whole)
      if (counts[to]++ > 0 && isDoubled()) pieces.push(whole)
    })
    return pieces
  }
}

/** What both ends ask at once may be done in either order; of each end it is one. */
function withoutOrder({ byServer, byClient, blobBytes }: Conversation): unknown {
  return { byServer: byServer.toSorted(), byClient: byClient.toSorted(), blobBytes }
}
