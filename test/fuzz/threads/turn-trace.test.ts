// Which message of a history a traced turn is of: garbage collectors send drops of their own accord, and no other message may
// be taken for another because of one.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ClientId, PeerId } from '@worc/protocol'
import { clientScopedId } from '@worc/protocol'
import { TurnTrace, markPrefix } from './turn-trace.js'

const peer = 3 as PeerId
const own = clientScopedId(3 as ClientId, 7)
const foreign = clientScopedId(4 as ClientId, 7)

describe('TurnTrace', () => {
  it('messages have their numbers, drops their trackers, wherever drops come in between', () => {
    const trace = TurnTrace.share()
    trace.start()
    const sent = [
      { type: 'getJITDylibByName', name: `${markPrefix}1` },
      { type: 'define' },
      { type: 'dropResourceTracker', tracker: foreign },
      { type: 'isDefunct' },
      { type: 'dropResourceTracker', tracker: own },
      { type: 'isDefunct' },
      { type: 'verify' },
    ]
    const records = sent.map((message, index) => trace.handled(peer, message, 10 + index))
    trace.answered(records[3] ?? -1, 20)
    expect([...(trace.stop().get(1) ?? [])]).to.deep.equal([
      [0, { kind: 'define', handled: 11, answered: undefined }],
      [foreign, { kind: 'dropResourceTracker', handled: 12, answered: undefined }],
      [1, { kind: 'isDefunct', handled: 13, answered: 20 }],
      [own, { kind: 'dropResourceTracker', handled: 14, answered: undefined }],
      [2, { kind: 'isDefunct', handled: 15, answered: undefined }],
    ])
  })
})
