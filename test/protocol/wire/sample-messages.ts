// One message of every row of the wire's table, and an answer for those that are asked: with every field that a message can have,
// so that a row which loses one is seen. The compiler asks for a sample of each type.
import type {
  ClientId,
  GeneratorId,
  JITDylibId,
  JITErrorData,
  LeaseId,
  ManagerId,
  ProgramRunId,
  RemoteFunctionId,
  ResourceKey,
  ResponsibilityId,
  TrackerId,
  UnitDescription,
  UnitId,
  WireMessageOf,
  WireReplies,
  WireType,
} from '@worc/protocol'

interface Sample<T extends WireType> {
  readonly message: Omit<WireMessageOf<T>, 'type'>
  readonly reply: T extends keyof WireReplies ? WireReplies[T] : undefined
}

const dylib = 3 as JITDylibId
const other = 4 as JITDylibId
const tracker = 0x1_0000_0007 as TrackerId
const generator = 0x1_0000_0001 as GeneratorId
const manager = 0x1_0000_0002 as ManagerId
const responsibility = 12 as ResponsibilityId
const key = 5 as ResourceKey
const unit = 0x1_0000_0009 as UnitId
const remoteFunction = 2 as RemoteFunctionId
const program = 1 as ProgramRunId
const asker = { onBehalfOf: responsibility, within: generator }

export const everyError: readonly JITErrorData[] = [
  { code: 'UserError', message: 'Foo' },
  {
    code: 'SymbolsNotFound',
    message: 'Foo in main',
    symbols: [['main', ['Foo']]],
    cause: { code: 'Aborted', message: 'Bär', cause: { code: 'Timeout', message: '' } },
    joined: [
      { code: 'Timeout', message: 'a' },
      { code: 'BadObject', message: 'b' },
    ],
  },
  { code: 'CompileFailed', message: 'Foo', diagnostics: 'foo.c:1:1: error: 😀' },
  {
    code: 'Trap',
    message: 'Foo',
    backtrace: [{ symbol: 'Foo', file: 'foo.c', line: 3 }, { symbol: 'Bar' }],
    trap: {
      hart: 1,
      pc: 0x1000,
      cause: 'loadFault',
      address: 2 ** 63,
      instruction: null,
      symbol: 'Foo',
      tracker: key,
      registers: { x: [0n, 2n ** 64n - 1n], f: [1n], fcsr: 0 },
    },
  },
]

const error: JITErrorData = { code: 'Aborted', message: 'Foo was aborted' }
const description: UnitDescription = {
  unit,
  name: 'Foo',
  symbols: [
    ['Foo', 17],
    ['Bar', 17, 'ii:i'],
  ],
  initSymbol: '$.Foo.init',
  source: { kind: 'object', payload: { attachment: 0, offsetBytes: 1, sizeBytes: 2 } },
}
const bytes = Uint8Array.of(0, 1, 254, 255)
const compiled: WireReplies['compile'] = {
  sizeBytes: 100,
  symbols: [['Foo', 1]],
  hasInitializers: true,
  diagnostics: 'a warning',
  cached: false,
}

export const samples: { readonly [T in WireType]: Sample<T> } = {
  createJITDylib: { message: { name: 'Foo', bare: true }, reply: dylib },
  getJITDylibByName: { message: { name: 'Foo' }, reply: null },
  removeJITDylibs: { message: { dylibs: [dylib, other] }, reply: null },
  endSession: { message: {}, reply: null },
  define: { message: { dylib, tracker, unit: description }, reply: null },
  removeSymbols: { message: { dylib, names: ['Foo', 'Bär', '', '😀'] }, reply: null },
  resetSymbols: { message: { dylib, names: null }, reply: null },
  clear: { message: { dylib }, reply: null },
  setLinkOrder: { message: { dylib, order: [[other, 'all']], selfFirst: false }, reply: null },
  addToLinkOrder: { message: { dylib, entries: [[other, 'exported']] }, reply: null },
  replaceInLinkOrder: { message: { dylib, from: other, to: [dylib, 'all'] }, reply: null },
  removeFromLinkOrder: { message: { dylib, entry: other }, reply: null },
  linkOrder: { message: { dylib }, reply: [[other, 'exported', 'Foo']] },
  dfsLinkOrder: { message: { dylibs: [dylib], reverse: true }, reply: [[other, 'Foo']] },
  addGenerator: { message: { dylib, generator, kind: 'archive', tracker }, reply: null },
  addReexportsGenerator: {
    message: { dylib, generator, from: [other, 'all'], filtered: true, tracker: null },
    reply: null,
  },
  removeGenerator: { message: { dylib, generator }, reply: null },
  createResourceTracker: { message: { tracker, dylib }, reply: undefined },
  dropResourceTracker: { message: { tracker }, reply: undefined },
  retainTracker: { message: { tracker, token: 2 ** 53 - 1 }, reply: undefined },
  adoptTracker: { message: { tracker, token: 0 }, reply: dylib },
  removeTracker: { message: { tracker: -dylib as TrackerId, wait: 'reclaimed' }, reply: null },
  transferTo: { message: { source: tracker, destination: -dylib as TrackerId }, reply: null },
  isDefunct: { message: { tracker }, reply: true },
  keyUnsafe: { message: { tracker }, reply: key },
  claimTrackerKey: { message: { tracker }, reply: { key, lease: 6 as LeaseId } },
  releaseLease: { message: { lease: 6 as LeaseId }, reply: undefined },
  lookup: {
    message: {
      kind: 'dlsym',
      searchOrder: [[dylib, 'all']],
      symbols: [
        ['Foo', true],
        ['Bar', false],
      ],
      requiredState: 'ready',
      silent: true,
      ...asker,
    },
    reply: [{ name: 'Foo', dylib, address: 2 ** 52, flags: 127 }],
  },
  lookupFlags: {
    message: { kind: 'static', searchOrder: [], symbols: [], ...asker },
    reply: [
      ['Foo', 1],
      ['Bar', 1, ':'],
    ],
  },
  cancelAsk: { message: { ask: 7, error }, reply: undefined },
  dependenciesRegistered: { message: { ask: 7, pending: [[dylib, ['Foo']]] }, reply: undefined },
  materialize: {
    message: {
      responsibility,
      dylib,
      dylibName: 'main',
      unit,
      name: 'Foo',
      symbols: description.symbols,
      initSymbol: null,
      source: { kind: 'user' },
      searchOrder: [[dylib, 'all']],
      key,
    },
    reply: undefined,
  },
  discard: { message: { unit, dylib, name: 'Foo' }, reply: undefined },
  destroyUnit: { message: { unit }, reply: undefined },
  requestedSymbols: { message: { responsibility }, reply: ['Foo'] },
  claimResourceKey: { message: { responsibility, recorded: true }, reply: { key, lease: null } },
  notifyResolved: { message: { responsibility, definitions: [['Foo', 2 ** 33, 1]] }, reply: null },
  notifyEmitted: {
    message: {
      responsibility,
      groups: [{ symbols: ['Foo'], dependencies: [[other, ['Bar']]] }],
      initializers: [{ priority: 65535, function: 2 ** 33 }],
    },
    reply: null,
  },
  defineMaterializing: { message: { responsibility, symbols: [['Foo', 1]] }, reply: ['Foo'] },
  delegate: { message: { responsibility, names: ['Foo'] }, reply: responsibility },
  replace: { message: { responsibility, unit: description }, reply: null },
  emit: {
    message: {
      responsibility,
      source: {
        kind: 'source',
        language: 'c++',
        payload: { attachment: 0, offsetBytes: 0, sizeBytes: 9 },
        flags: ['-O2'],
        directory: '.',
      },
    },
    reply: null,
  },
  failMaterialization: { message: { responsibility, cause: error }, reply: null },
  responsibilityDropped: { message: { responsibility, cause: null }, reply: undefined },
  generate: {
    message: { generator, dylib, kind: 'static', names: [['Foo', true]] },
    reply: { units: [description] },
  },
  filterReexports: { message: { generator, dylib, names: ['Foo'] }, reply: [] },
  registerResourceManager: { message: { manager }, reply: null },
  deregisterResourceManager: { message: { manager }, reply: null },
  handleRemoveResources: { message: { manager, dylib, key }, reply: { reclaimLater: true } },
  handleTransferResources: {
    message: { manager, dylib, destination: key, source: 6 as ResourceKey },
    reply: undefined,
  },
  resourcesReclaimed: { message: { manager, key }, reply: undefined },
  errorReported: { message: { error }, reply: undefined },
  drain: { message: {}, reply: null },
  dump: { message: {}, reply: 'main:\n  Foo: ready\n' },
  verify: { message: {}, reply: null },
  sessionStats: {
    message: {},
    reply: { symbols: 1, units: 2, trackers: 3, dylibs: 4, responsibilities: 5, queries: 6, clients: 7 },
  },
  compile: {
    message: {
      language: 'c',
      name: 'foo.c',
      payload: { attachment: 0, offsetBytes: 0, sizeBytes: 20 },
      flags: ['-O2', '-DFoo=1'],
      directory: '',
    },
    reply: compiled,
  },
  join: {
    message: {},
    reply: {
      client: 9 as ClientId,
      main: dylib,
      executors: 2,
      config: { sessionName: 'Foo', inlineThread: null, collect: 'own-workers' },
    },
  },
  openFunction: {
    message: { dylib, name: 'Foo', signature: 'pi:i' },
    reply: { function: remoteFunction, address: 2 ** 33, signature: 'pi:i' },
  },
  call: {
    message: {
      function: remoteFunction,
      arguments: [
        1,
        -1,
        -0,
        0.5,
        NaN,
        Infinity,
        2 ** 40,
        5n,
        -(2n ** 63n),
        2n ** 64n - 1n,
        ['in', bytes],
        ['out', 8],
        ['inout', bytes],
      ],
      deadlineMs: 1.5,
    },
    reply: { result: -0, outs: [bytes, Uint8Array.of()] },
  },
  pointerOf: { message: { function: remoteFunction }, reply: 0x10_0001 },
  closeFunction: { message: { function: remoteFunction }, reply: undefined },
  initialize: { message: { dylib }, reply: null },
  deinitialize: { message: { dylib }, reply: null },
  run: {
    message: { run: program, dylib, program: 'Foo', args: ['a', ''], env: [['HOME', '/']] },
    reply: 255,
  },
  runInput: { message: { run: program, bytes }, reply: undefined },
  runInputEnd: { message: { run: program }, reply: undefined },
  runInputConsumed: { message: { run: program, sizeBytes: 4 }, reply: undefined },
  runOutput: { message: { run: program, stream: 'stderr', bytes }, reply: undefined },
  runOutputConsumed: { message: { run: program, sizeBytes: 4 }, reply: undefined },
  allocateBuffer: { message: { sizeBytes: 4, bytes }, reply: 0x1_0000 },
  readBuffer: { message: { address: 0x1_0000, offsetBytes: 0, sizeBytes: 4 }, reply: bytes },
  writeBuffer: { message: { address: 0x1_0000, offsetBytes: 0, bytes }, reply: null },
  freeBuffer: { message: { address: 0x1_0000 }, reply: null },
  dropBlob: { message: { blob: 1 }, reply: undefined },
  describeObject: { message: {}, reply: compiled },
  shareDylib: { message: { dylib }, reply: 'Foo' },
  adoptDylib: { message: { token: 'Foo' }, reply: dylib },
  stats: {
    message: {},
    reply: {
      symbols: 1,
      units: 2,
      trackers: 3,
      executors: 4,
      modules: 5,
      memoryBytes: 6,
      retiredBytes: 7,
      functionSlots: 8,
      tlsBytes: 9,
    },
  },
  status: {
    message: {},
    reply: {
      uptimeMs: 1.5,
      connections: 1,
      connected: 2,
      asks: 3,
      asksInFlight: 4,
      blobBytes: 5,
      bufferBytes: 6,
      functions: 7,
      programs: 8,
      workers: 9,
      busyWorkers: 10,
      refusals: [['QuotaExceeded', 11]],
    },
  },
}

/** Every type, with the message as it is said. */
export const messages: ReadonlyMap<WireType, { readonly message: object; readonly reply: unknown }> = new Map(
  Object.entries(samples).map(([type, { message, reply }]) => [
    type as WireType,
    { message: { type, ...message }, reply: reply },
  ]),
)
