// Whatever a thread of ours says arrives as it was said: known shapes, shapes nobody announced, odd values, hostile keys.
import type {
  FlatMessageOf,
  FlatType,
  Frame,
  JITDylibId,
  LeaseId,
  ManagerId,
  ResourceKey,
  ResponsibilityId,
  TrackerId,
  UnitId,
} from '@worc/protocol'
import { FrameDecoder, FrameEncoder, plainError } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { tellOf, throughBytes } from './through-bytes.js'

function roundTrip(body: unknown): unknown {
  const [frame] = throughBytes([tellOf(body)])
  if (frame?.kind !== 'tell') throw new Error(`a tell came back as ${frame?.kind}`)
  return frame.body
}

const symbolNotFound = { code: 'SymbolsNotFound', message: 'Foo', symbols: [['main', ['Foo']]] } as const

const [unit, symbols, names] = [5 as UnitId, [['Foo', 1]] as const, ['Foo'] as const]
const [dylib, tracker, responsibility] = [1 as JITDylibId, 2 as TrackerId, 3 as ResponsibilityId]
const [manager, key] = [4 as ManagerId, 6 as ResourceKey]
const searchOrder = [[dylib, 'all']] as const
const source = { kind: 'user' } as const

/** One of each, with other values than those that a decoder would put in their place. */
const often: { readonly [T in FlatType]: FlatMessageOf<T> } = {
  createResourceTracker: { type: 'createResourceTracker', tracker, dylib },
  dropResourceTracker: { type: 'dropResourceTracker', tracker },
  releaseLease: { type: 'releaseLease', lease: 7 as LeaseId },
  define: { type: 'define', dylib, tracker: null, unit: { unit, name: 'Foo.c', symbols, initSymbol: 'init', source } },
  removeTracker: { type: 'removeTracker', tracker, wait: 'reclaimed' },
  transferTo: { type: 'transferTo', source: tracker, destination: 9 as TrackerId },
  lookup: { type: 'lookup', kind: 'dlsym', searchOrder, symbols: [['Foo', false]], requiredState: 'emitted' },
  claimResourceKey: { type: 'claimResourceKey', responsibility, recorded: true },
  notifyResolved: { type: 'notifyResolved', responsibility, definitions: [['Foo', 2 ** 40, 1]] },
  notifyEmitted: {
    type: 'notifyEmitted',
    responsibility,
    groups: [{ symbols: names, dependencies: [[dylib, ['Bar']]] }],
    initializers: [{ priority: 1, function: 2 }],
  },
  failMaterialization: { type: 'failMaterialization', responsibility, cause: symbolNotFound },
  materialize: {
    type: 'materialize',
    responsibility,
    dylib,
    dylibName: 'main',
    unit,
    name: 'Foo.c',
    symbols,
    initSymbol: null,
    source,
    searchOrder,
    key,
  },
  destroyUnit: { type: 'destroyUnit', unit },
  dependenciesRegistered: { type: 'dependenciesRegistered', ask: 8, pending: [[dylib, names]] },
  handleRemoveResources: { type: 'handleRemoveResources', manager, dylib, key },
  handleTransferResources: {
    type: 'handleTransferResources',
    manager,
    dylib,
    destination: key,
    source: 10 as ResourceKey,
  },
}

describe('codec', () => {
  it('keeps every kind of frame and their order in one batch', () => {
    const frames: Frame[] = [
      { kind: 'tell', body: 'Foo', attachments: 2 },
      { kind: 'tell', body: null, attachments: 0, exempt: true },
      { kind: 'ask', ask: 1, body: { type: 'lookup' }, attachments: 0 },
      { kind: 'ask', ask: 2 ** 40, body: [], attachments: 1, exempt: true },
      { kind: 'reply', reply: 7, result: { ok: true, value: undefined }, attachments: 0 },
      { kind: 'reply', reply: 8, result: { ok: false, error: symbolNotFound }, attachments: 0 },
      { kind: 'credit', count: 64, attachments: 0 },
      { kind: 'goodbye', error: plainError('SessionClosed', 'bye', plainError('Aborted', 'why')), attachments: 0 },
    ]
    expect(throughBytes(frames)).to.deep.equal(frames)
  })

  it('messages that are sent often travel without their keys, and keep those that are not usual', () => {
    const known = { type: 'removeTracker', tracker: 1, wait: 'retired' }
    const unknown = { type: 'removeTracker', tracker: 1, wait: 'retired', extra: 1 }
    const sizeOf = (body: object): number =>
      new FrameEncoder().encode([{ kind: 'ask', ask: 1, body, attachments: 0 }]).length
    expect(roundTrip(known)).to.deep.equal(known)
    expect(sizeOf(known)).to.be.below(sizeOf(unknown) / 1.5)
  })

  it('each of the messages that are sent often comes back whole, with a key too many or too few also', () => {
    for (const message of Object.values(often)) {
      expect(roundTrip(message)).to.deep.equal(message)
      expect(roundTrip({ ...message, extra: 1 })).to.deep.equal({ ...message, extra: 1 })
      const [, ...rest] = Object.entries(message).reverse()
      const less = Object.fromEntries(rest.reverse())
      expect(roundTrip(less)).to.deep.equal(less)
    }
    const { define, lookup } = often
    const strange = { ...define, unit: { ...define.unit, extra: 1 } }
    expect(roundTrip(strange)).to.deep.equal(strange)
    for (const more of [{ onBehalfOf: 7 }, { silent: true }, { silent: false }, { silent: true, onBehalfOf: 7 }]) {
      expect(roundTrip({ ...lookup, ...more })).to.deep.equal({ ...lookup, ...more })
    }
  })

  it('shapes that nobody announced: 200 of them, twice, in one batch and in many', () => {
    const bodies = Array.from({ length: 200 }, (_, index) => ({
      [`key${index}`]: index,
      nested: { [`k${index % 7}`]: 1 },
    }))
    expect(roundTrip([...bodies, ...bodies])).to.deep.equal([...bodies, ...bodies])
    for (const body of bodies) expect(roundTrip(body)).to.deep.equal(body)
  })

  it('odd values: undefined, bigint, large and negative numbers, Map, Set, bytes', () => {
    const odd = [undefined, 2n ** 63n - 1n, -5n, 2n ** 80n, 2 ** 53 - 1, -(2 ** 40), 0.1, 'é'.repeat(80), '\u{1F600}']
    expect(roundTrip(odd)).to.deep.equal(odd)
    expect(roundTrip(new Map([[1, { a: 1 }]]))).to.deep.equal(new Map([[1, { a: 1 }]]))
    expect(roundTrip(new Set(['Foo']))).to.deep.equal(new Set(['Foo']))
  })

  it('bytes are copied both ways, a Buffer among them', () => {
    const body = [new Uint8Array([1, 2, 3]), Buffer.from([4, 5, 6])]
    const encoded = new FrameEncoder().encode([tellOf(body)])
    const [frame] = new FrameDecoder().decode(encoded)
    encoded.fill(0)
    for (const bytes of body) bytes.fill(0)
    const got = frame?.kind === 'tell' ? (frame.body as Uint8Array[]) : []
    expect(got.map((bytes) => [...bytes])).to.deep.equal([
      [1, 2, 3],
      [4, 5, 6],
    ])
  })

  it('a batch owns its bytes: the next one does not overwrite it', () => {
    const encoder = new FrameEncoder()
    const first = encoder.encode([tellOf('Foo')])
    encoder.encode([tellOf('Bar')])
    expect(first.buffer.byteLength).to.equal(first.length)
    expect(new FrameDecoder().decode(first)).to.deep.equal([tellOf('Foo')])
  })

  it('a large batch leaves no large buffer behind', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const bufferBytes = (): number => {
      collect()
      return process.memoryUsage().arrayBuffers
    }
    const before = bufferBytes()
    const encoder = new FrameEncoder()
    encoder.encode([tellOf('x'.repeat(20_000_000)), ...new Array<Frame>(1_000_000).fill(tellOf(often.destroyUnit))])
    encoder.encode([tellOf('Foo')])
    // V8 frees what it has collected a little later.
    for (let attempt = 0; attempt < 50 && bufferBytes() - before > 5_000_000; attempt += 1)
      await new Promise((resolve) => setImmediate(resolve))
    expect(bufferBytes() - before).to.be.below(5_000_000)
  })

  it('reads from shared memory, and keeps nothing of it', () => {
    const bytes = new FrameEncoder().encode([tellOf({ name: 'Foo', data: new Uint8Array(8).fill(7) })])
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    const frames = new FrameDecoder().decode(shared)
    shared.fill(0)
    const body = { name: 'Foo', data: new Uint8Array(8).fill(7) }
    expect(frames).to.deep.equal([{ kind: 'tell', body, attachments: 0 }])
  })

  it('a __proto__ key changes no prototype', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"admin":true},"x":{"__proto__":{"admin":true}}}')
    const got = roundTrip(hostile) as { x: object }
    expect(Object.getPrototypeOf(got)).to.equal(Object.prototype)
    expect(Object.getPrototypeOf(got.x)).to.equal(Object.prototype)
    expect('admin' in {}).to.equal(false)
  })

  it('what bytes cannot hold throws at the sender, and the next batch is unharmed', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    for (const body of [Symbol('Foo'), cycle]) expect(() => roundTrip(body)).to.throw()
    expect(roundTrip({ fine: 1 })).to.deep.equal({ fine: 1 })
  })

  it('bytes that are no batch throw', () => {
    const words = (...numbers: number[]): Uint8Array => new Uint8Array(new Float64Array(numbers).buffer)
    const notBatches = [
      new Uint8Array([]),
      new Uint8Array([0x91, 0x01]),
      words(0),
      words(NaN),
      words(9, 0, 0),
      // A tell without its value, and one whose value is no MessagePack.
      words(3, 0, 0),
      new Uint8Array([...words(3, 0, 0), 0xc1]),
      // A frame of no kind, a row of no message, an ask cut short.
      words(3, 15, 0),
      words(3, 32 * 99, 0),
      words(2, 2),
    ]
    for (const bytes of notBatches) expect(() => new FrameDecoder().decode(bytes), String(bytes)).to.throw()
  })
})

describe('codec (names)', () => {
  const unitNamed = (...defined: string[]): Frame =>
    tellOf({ ...often.define, unit: { ...often.define.unit, symbols: defined.map((name) => [name, 1]) } })

  it('are said once in each direction of a channel', () => {
    const [encoder, decoder] = [new FrameEncoder(), new FrameDecoder()]
    const frames = [unitNamed('_ZN3FooC1Ev', '_ZN3FooD1Ev')]
    const [first, second] = [encoder.encode(frames), encoder.encode(frames)]
    expect(second.length).to.be.below(first.length)
    expect(decoder.decode(first)).to.deep.equal(frames)
    expect(decoder.decode(second)).to.deep.equal(frames)
    expect(() => new FrameDecoder().decode(second)).to.throw('nobody announced name')
  })

  it('(in another order each time, some of them twice): arrive as they are', () => {
    const [encoder, decoder] = [new FrameEncoder(), new FrameDecoder()]
    const all = ['Foo', 'Bar', 'Baz', 'Qux', '', 'Foo'.repeat(100)]
    for (let round = 0; round < all.length; round++) {
      const frames = [unitNamed(...all.slice(round), ...all), unitNamed(...all.toReversed())]
      expect(decoder.decode(encoder.encode(frames))).to.deep.equal(frames)
    }
  })

  it('(more of them than are kept): both ends begin anew, also in the midst of a batch', () => {
    const [encoder, decoder] = [new FrameEncoder(), new FrameDecoder()]
    const frames = Array.from({ length: 700 }, (_, unitIndex) =>
      unitNamed(...Array.from({ length: 100 }, (__, index) => `Foo${unitIndex}_${index}`)),
    )
    for (let round = 0; round < 2; round++) expect(decoder.decode(encoder.encode(frames))).to.deep.equal(frames)
  })

  it('(their batch did not leave, or could not be encoded): are announced again', () => {
    const [encoder, decoder] = [new FrameEncoder(), new FrameDecoder()]
    encoder.encode([unitNamed('Foo')])
    encoder.batchWasLost()
    expect(decoder.decode(encoder.encode([unitNamed('Foo')]))).to.deep.equal([unitNamed('Foo')])
    expect(() => encoder.encode([unitNamed('Bar'), tellOf(Symbol('Baz'))])).to.throw()
    expect(decoder.decode(encoder.encode([unitNamed('Foo', 'Bar')]))).to.deep.equal([unitNamed('Foo', 'Bar')])
  })
})

describe('codec (a message that is sent often, with a value that is not usual)', () => {
  const { define, lookup, removeTracker, notifyResolved, dependenciesRegistered, materialize } = often
  const strange: readonly (readonly [what: string, body: object])[] = [
    [
      'an entry with a signature',
      {
        ...materialize,
        symbols: [
          ['Foo', 1, 'i:i'],
          ['Bar', 2],
        ],
      },
    ],
    ['an entry with a place too many', { ...materialize, symbols: [['Foo', 1, 'i:i', 4]] }],
    ['an entry with a place too few', { ...materialize, symbols: [['Foo']] }],
    ['symbols that are no list', { ...materialize, symbols: 'Foo' }],
    ['a name that is a number', { ...materialize, name: 7 }],
    ['a word that stands for nothing known', { ...removeTracker, wait: 'never' }],
    ['a number that is text', { ...removeTracker, tracker: '7' }],
    ['a number that is none', { ...removeTracker, tracker: NaN }],
    ['a name of another kind among names', { ...dependenciesRegistered, pending: [[1, ['Foo', null]]] }],
    ['a dylib by its name', { ...lookup, searchOrder: [['main', 'all']] }],
    ['a flag that is a number', { ...lookup, symbols: [['Foo', 1]] }],
    ['a definition that is an object', { ...notifyResolved, definitions: [{ name: 'Foo', address: 1, flags: 1 }] }],
    ['a key too many within', { ...define, unit: { ...define.unit, extra: 1 } }],
    ['another source', { ...define, unit: { ...define.unit, source: { kind: 'user', extra: 1 } } }],
    ['nothing where a record is expected', { ...define, unit: null }],
  ]
  for (const [what, body] of strange) {
    it(`${what}: arrives as it is, and so does what follows`, () => {
      const [encoder, decoder] = [new FrameEncoder(), new FrameDecoder()]
      const frames = [tellOf(body), tellOf(materialize), tellOf(body)]
      for (let round = 0; round < 2; round++) expect(decoder.decode(encoder.encode(frames))).to.deep.equal(frames)
    })
  }

  it('the answer to a lookup, and answers that look like one', () => {
    const found = { name: 'Foo', dylib: 1, address: 2 ** 40, flags: 1 }
    const answers = [[found, { ...found, name: 'Bar' }], [found, { ...found, extra: 1 }], [found, null], [[]], found]
    const frames = answers.map((value): Frame => ({
      kind: 'reply',
      reply: 1,
      result: { ok: true, value },
      attachments: 0,
    }))
    expect(throughBytes(frames)).to.deep.equal(frames)
  })
})
