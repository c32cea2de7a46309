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
import { decodeFrames, encodeFrames, plainError } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

function roundTrip(body: unknown): unknown {
  const [frame] = decodeFrames(encodeFrames([{ kind: 'tell', body, attachments: 0 }]))
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
    expect(decodeFrames(encodeFrames(frames))).to.deep.equal(frames)
  })

  it('messages that are sent often travel without their keys, and keep those that are not usual', () => {
    const known = { type: 'removeTracker', tracker: 1, wait: 'retired' }
    const unknown = { type: 'removeTracker', tracker: 1, wait: 'retired', extra: 1 }
    const sizeOf = (body: object): number => encodeFrames([{ kind: 'ask', ask: 1, body, attachments: 0 }]).length
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
    const behalf = { ...lookup, onBehalfOf: 7 }
    expect(roundTrip(behalf)).to.deep.equal(behalf)
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
    const encoded = encodeFrames([{ kind: 'tell', body, attachments: 0 }])
    const [frame] = decodeFrames(encoded)
    encoded.fill(0)
    for (const bytes of body) bytes.fill(0)
    const got = frame?.kind === 'tell' ? (frame.body as Uint8Array[]) : []
    expect(got.map((bytes) => [...bytes])).to.deep.equal([
      [1, 2, 3],
      [4, 5, 6],
    ])
  })

  it('a batch owns its bytes: the next one does not overwrite it', () => {
    const first = encodeFrames([{ kind: 'tell', body: 'Foo', attachments: 0 }])
    encodeFrames([{ kind: 'tell', body: 'Bar', attachments: 0 }])
    expect(first.buffer.byteLength).to.equal(first.length)
    expect(decodeFrames(first)).to.deep.equal([{ kind: 'tell', body: 'Foo', attachments: 0 }])
  })

  it('a large batch leaves no large buffer behind', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const bufferBytes = (): number => {
      collect()
      return process.memoryUsage().arrayBuffers
    }
    const before = bufferBytes()
    encodeFrames([{ kind: 'tell', body: 'x'.repeat(20_000_000), attachments: 0 }])
    encodeFrames([{ kind: 'tell', body: 'Foo', attachments: 0 }])
    // V8 frees what it has collected a little later.
    for (let attempt = 0; attempt < 50 && bufferBytes() - before > 5_000_000; attempt += 1)
      await new Promise((resolve) => setImmediate(resolve))
    expect(bufferBytes() - before).to.be.below(5_000_000)
  })

  it('reads from shared memory, and keeps nothing of it', () => {
    const bytes = encodeFrames([
      { kind: 'tell', body: { name: 'Foo', data: new Uint8Array(8).fill(7) }, attachments: 0 },
    ])
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
    shared.set(bytes)
    const frames = decodeFrames(shared)
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
    const notBatches = [[0x91, 0x01], [0x94, 0x20, 0x00, 0xc0, 0x00], [0x01], [0xc1, 0xff, 0x00], []]
    for (const bytes of notBatches) expect(() => decodeFrames(new Uint8Array(bytes))).to.throw()
  })
})
