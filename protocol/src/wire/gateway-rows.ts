// Rows of what is said to the gateway itself.
import type {
  CallArgument,
  GatewayEvent,
  GatewayNotification,
  GatewayRequest,
  ProgramRunId,
  RemoteFunctionId,
} from '../gateway-messages.js'
import { errorCode } from './error-schema.js'
import { wireLimits } from './limits.js'
import { address, compiledObject, dylib, joined, name, names, signature } from './parts.js'
import { record, tuple } from './record.js'
import type { NamedSchema, Schema } from './schema.js'
import { binary, choice, f64, list, named, nothing, nullable, reference, scalar, string, u32, u53 } from './schema.js'
import type { WireReplies, WireRows } from './table.js'

export type GatewayType = (GatewayRequest | GatewayNotification | GatewayEvent)['type']

const client = 'client'
const server = 'server'

const remoteFunction = reference<RemoteFunctionId>('function', 'use')
const program = reference<ProgramRunId>('program', 'use')
const token = string(256)

type Copied = Extract<CallArgument, readonly unknown[]>
const copied: Schema<Copied> = {
  read(from) {
    from.enterExactly(2)
    const begin = from.offset
    const kind = copyKind.read(from)
    const value = kind === 'out' ? ([kind, u53.read(from)] as const) : ([kind, binary().read(from)] as const)
    if (kind === 'out' && Number(value[1]) > wireLimits.binaryBytes)
      throw from.fail(`room of ${String(value[1])} bytes, limit ${wireLimits.binaryBytes}`, begin)
    from.leave()
    return value
  },
  write(value, to) {
    to.array(2)
    const kind = copyKind.write(value[0], to)
    return [kind, value[0] === 'out' ? u53.write(value[1], to) : binary().write(value[1], to)]
  },
  text: '[0 in, bin] or [1 out, sizeBytes: u53] or [2 inout, bin]',
}
const copyKind = choice<Copied[0]>('in', 'out', 'inout')

export const callArgument: NamedSchema<CallArgument> = named('Argument', {
  read: (from) => (from.isArray() ? copied.read(from) : scalar.read(from)),
  write: (value, to) => (typeof value === 'object' ? copied.write(value, to) : scalar.write(value, to)),
  text: `${scalar.text} or ${copied.text}`,
})

export const gatewayRows: WireRows<GatewayType> = {
  join: { from: client, fields: {}, reply: joined },

  // Functions
  openFunction: {
    from: client,
    fields: { dylib: dylib('use'), name, signature: nullable(signature) },
    reply: record<WireReplies['openFunction']>({ function: remoteFunction, address, signature }),
  },
  call: {
    from: client,
    fields: { function: remoteFunction, arguments: list(callArgument, 1024), deadlineMs: nullable(f64) },
    reply: record<WireReplies['call']>({ result: nullable(scalar), outs: list(binary()) }),
  },
  pointerOf: { from: client, fields: { function: remoteFunction }, reply: address },
  closeFunction: { from: client, fields: { function: reference('function', 'end') } },
  initialize: { from: client, fields: { dylib: dylib('own') }, reply: nothing },
  deinitialize: { from: client, fields: { dylib: dylib('own') }, reply: nothing },

  // Programs
  run: {
    from: client,
    fields: {
      run: reference('program', 'make'),
      dylib: dylib('use'),
      program: name,
      args: names,
      env: list(tuple<readonly [string, string]>([name, name], ['name', 'value'])),
    },
    reply: u32,
  },
  runInput: { from: client, fields: { run: program, bytes: binary() } },
  runInputEnd: { from: client, fields: { run: program } },
  runInputConsumed: { from: server, fields: { run: program, sizeBytes: u53 } },
  runOutput: {
    from: server,
    fields: { run: program, stream: choice<'stdout' | 'stderr'>('stdout', 'stderr'), bytes: binary() },
  },
  runOutputConsumed: { from: client, fields: { run: program, sizeBytes: u53 } },

  // Buffers in executor memory
  allocateBuffer: {
    from: client,
    fields: { sizeBytes: u53, bytes: nullable(binary()) },
    reply: reference('buffer', 'own'),
  },
  readBuffer: {
    from: client,
    fields: { address: reference('buffer', 'use'), offsetBytes: u53, sizeBytes: u53 },
    reply: binary(),
  },
  writeBuffer: {
    from: client,
    fields: { address: reference('buffer', 'use'), offsetBytes: u53, bytes: binary() },
    reply: nothing,
  },
  freeBuffer: { from: client, fields: { address: reference('buffer', 'end') }, reply: nothing },

  // Blobs
  dropBlob: { from: client, fields: { blob: reference('blob', 'end') } },
  describeObject: { from: client, fields: {}, attachments: true, reply: compiledObject },

  // Dylibs that several clients use
  shareDylib: { from: client, fields: { dylib: dylib('own') }, reply: token },
  adoptDylib: { from: client, fields: { token }, reply: dylib('own') },

  // How it goes
  stats: {
    from: client,
    fields: {},
    reply: record<WireReplies['stats']>({
      symbols: u53,
      units: u53,
      trackers: u53,
      executors: u53,
      modules: u53,
      memoryBytes: u53,
      retiredBytes: u53,
      functionSlots: u53,
      tlsBytes: u53,
    }),
  },
  status: {
    from: client,
    fields: {},
    reply: record<WireReplies['status']>({
      uptimeMs: f64,
      connections: u53,
      connected: u53,
      asks: u53,
      asksInFlight: u53,
      blobBytes: u53,
      bufferBytes: u53,
      functions: u53,
      programs: u53,
      workers: u53,
      busyWorkers: u53,
      refusals: list(tuple<WireReplies['status']['refusals'][number]>([errorCode, u53], ['code', 'count'])),
    }),
  },
}
