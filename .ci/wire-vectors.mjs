// The test vectors of protocol/README.md: batches as the wire's code writes them, with what a reader of plain MessagePack that knows
// nothing of the wire sees in them.
import { Unpackr } from 'msgpackr'
import { RowWriter, packBatch, packHello, packWelcome, writeFrame, writePart } from '../protocol/dist/index.js'

export function vectors() {
  return [
    vector('Client: hello, on the first socket of a connection', packHello(hello(null, 0))),
    vector('Server: welcome', packWelcome({ ok: true, value: welcome(false, 0) })),
    vector(
      'Server: no welcome',
      packWelcome({ ok: false, error: { code: 'AuthFailed', message: 'the token is not this server’s' } }),
    ),
    vector(
      'Client: frames 1 to 4. Ask 1 is join; a tracker is made; three bytes of C are uploaded as blob 1; ask 2 has them compiled',
      batch(1, 0, [
        frame({ kind: 'ask', ask: 1, body: { type: 'join' } }),
        frame({ kind: 'tell', body: { type: 'createResourceTracker', tracker: 2 * 2 ** 32 + 1, dylib: 1 } }),
        part({ blob: 1, offsetBytes: 0, totalBytes: 3, bytes: Uint8Array.from([0x69, 0x3b, 0x0a]) }),
        frame({ kind: 'ask', ask: 2, body: compile }, [1]),
      ]),
    ),
    vector(
      'Server: frame 1 answers ask 1; frames 1 to 4 are heard',
      batch(1, 4, [frame({ kind: 'reply', reply: 1, result: { ok: true, value: joined } }, [], 'join')]),
    ),
    vector(
      'Server: frame 2 answers ask 2; the object is blob 2',
      batch(2, 4, [frame({ kind: 'reply', reply: 2, result: { ok: true, value: compiled } }, [2], 'compile')]),
    ),
    vector('Client: both are heard, and nothing else', batch(0, 2, [])),
    vector(
      'Client: frames 5 to 7. The object is defined under the tracker; blob 1 is dropped; its function is opened',
      batch(5, 2, [
        frame({ kind: 'ask', ask: 3, body: define }, [2]),
        frame({ kind: 'tell', exempt: true, body: { type: 'dropBlob', blob: 1 } }),
        frame({ kind: 'ask', ask: 4, body: { type: 'openFunction', dylib: 1, name: 'add', signature: null } }),
      ]),
    ),
    vector(
      'Client: calls with integers, a double, -0, an i64, bytes in, room for 8 bytes out; with a deadline of 250 ms',
      batch(8, 4, [frame({ kind: 'ask', ask: 5, body: call })]),
    ),
    vector(
      'Server: the result, an i64, and the bytes that came out',
      batch(5, 8, [
        frame(
          { kind: 'reply', reply: 5, result: { ok: true, value: { result: -7n, outs: [new Uint8Array(8)] } } },
          [],
          'call',
        ),
      ]),
    ),
    vector(
      'Server: an error with symbols and a cause',
      batch(6, 9, [frame({ kind: 'reply', reply: 6, result: { ok: false, error: failed } }, [], 'lookup')]),
    ),
    vector('Client: goodbye', batch(10, 6, [frame({ kind: 'goodbye', error: over })])),
    vector('Client: hello, to go on with the connection over another socket', packHello(hello('c0ffee', 6))),
  ]
}

const writer = new RowWriter()
const reader = new Unpackr({ useRecords: false })

const compile = {
  type: 'compile',
  language: 'c',
  name: 'add.c',
  payload: { attachment: 0, offsetBytes: 0, sizeBytes: 3 },
  flags: ['-O2'],
  directory: '',
}
const joined = {
  client: 2,
  main: 1,
  executors: 0,
  config: { sessionName: 'Foo', inlineThread: null, collect: 'own-workers' },
}
const compiled = {
  sizeBytes: 120,
  symbols: [['add', 17, 'ii:i']],
  hasInitializers: false,
  diagnostics: '',
  cached: true,
}
const define = {
  type: 'define',
  dylib: 1,
  tracker: 2 * 2 ** 32 + 1,
  unit: {
    unit: 2 * 2 ** 32 + 2,
    name: 'add.c',
    symbols: [['add', 17, 'ii:i']],
    initSymbol: null,
    source: { kind: 'object', payload: { attachment: 0, offsetBytes: 0, sizeBytes: 120 } },
  },
}
const call = {
  type: 'call',
  function: 1,
  arguments: [1, -2, 0.5, -0, 5n, ['in', Uint8Array.from([1, 2])], ['out', 8]],
  deadlineMs: 250,
}
const failed = {
  code: 'FailedToMaterialize',
  message: 'Foo in main',
  symbols: [['main', ['Foo']]],
  cause: { code: 'SymbolsNotFound', message: 'Bar in main', symbols: [['main', ['Bar']]] },
}
const over = { code: 'SessionClosed', message: 'done' }

function hello(resume, heard) {
  return { token: '00112233', onDisconnect: 'remove', resume, heard }
}

function welcome(resumed, heard) {
  return {
    version: 1,
    connection: 'c0ffee',
    resumed,
    client: 2,
    main: 1,
    target: 'wasm',
    sessionName: 'Foo',
    limits: [['asksInFlight', 256]],
    heard,
  }
}

function frame(said, blobs = [], asked = undefined) {
  return writeFrame({ attachments: blobs.length, ...said }, blobs, asked, writer)
}

function part(said) {
  return writePart({ kind: 'part', ...said }, writer)
}

function batch(first, heard, frames) {
  return packBatch(first, heard, frames)
}

function vector(what, bytes) {
  const value = JSON.stringify(reader.unpack(bytes.slice(4)), (_key, each) => shown(each))
  return {
    what,
    hex: Buffer.from(bytes).toString('hex'),
    value: value.replace(/"(-?\d+n|-0|bin\([0-9a-f]*\))"/g, '$1'),
  }
}

function shown(value) {
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (value?.type === 'Buffer') return `bin(${Buffer.from(value.data).toString('hex')})`
  return value instanceof Uint8Array ? `bin(${Buffer.from(value).toString('hex')})` : value
}
