// The catalogue of messages: who says what to whom, what is answered, which errors the answer may carry, and which call of ORC's
// it stands for. A message is a row here before it is code: one without a row does not compile, nor a row without a message, nor
// a reply where the protocol has none. docs/MESSAGES.md is this table, for reading.
import type { JITErrorCode } from './errors.js'
import type { GatewayEvent, GatewayNotification, GatewayReplies, GatewayRequest } from './gateway-messages.js'
import type { HouseEvent, HouseNotification, HouseReplies, HouseRequest } from './house-messages.js'
import type {
  ExecutorNotification,
  ExecutorReplies,
  ExecutorRequest,
  LinkEvent,
  LinkReplies,
  LinkRequest,
} from './link-messages.js'
import type {
  SessionAsk,
  SessionAskReplies,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
} from './session-messages.js'

/**
 * Who speaks and who hears. A client is whoever joined the session on a port: a thread of a service, a compile actor, a link
 * actor. Materializer, manager and generator are parts that a client plays. A remote client is a client of another process, which
 * the gateway joined for it. The keeper starts and replaces the house's workers.
 */
type Party =
  | 'client'
  | 'remote client'
  | 'materializer'
  | 'manager'
  | 'generator'
  | 'session'
  | 'keeper'
  | 'compile'
  | 'link'
  | 'executor'
  | 'gateway'

interface Tell {
  readonly from: Party
  readonly to: Party
  /** The call of ORC's; where ORC has none, what it is for. */
  readonly orc: string
}

interface Ask extends Tell {
  /** Passes it on; the reply comes back the same way. */
  readonly through?: 'session'
  readonly reply: string
  /** Beside `errorsOfEveryAsk`, and `errorsOfTheSession` where the session is asked. */
  readonly errors: readonly JITErrorCode[]
}

type Message =
  | SessionRequest
  | SessionNotification
  | SessionEvent
  | SessionAsk
  | HouseRequest
  | HouseNotification
  | HouseEvent
  | LinkRequest
  | LinkEvent
  | ExecutorRequest
  | ExecutorNotification
  | GatewayRequest
  | GatewayNotification
  | GatewayEvent

/** What the protocol has a reply for. */
type Asked = keyof (SessionReplies & SessionAskReplies & HouseReplies & LinkReplies & ExecutorReplies & GatewayReplies)

type Catalogue = { readonly [T in Message['type']]: T extends Asked ? Ask : Tell }

/** The other side is gone, the asker's signal or patience ended it, a mailbox is full, or a wait could never end. */
export const errorsOfEveryAsk: readonly JITErrorCode[] = [
  'ActorDied',
  'Aborted',
  'Timeout',
  'Overloaded',
  'WouldDeadlock',
]
export const errorsOfTheSession: readonly JITErrorCode[] = ['SessionClosed']

const dylib: readonly JITErrorCode[] = ['JITDylibDefunct', 'BadArgument']
const tracker: readonly JITErrorCode[] = ['ResourceTrackerDefunct', ...dylib]
const responsibility: readonly JITErrorCode[] = [...tracker, 'WrongOwner']
/** A removal's errors are its managers', joined: what a user's threw, or ActorDied. */
const managers: readonly JITErrorCode[] = ['UserError']
/** What a gateway says of more than a client may have, or of what is not the client's. */
const refusals: readonly JITErrorCode[] = ['QuotaExceeded', 'PermissionDenied']
const search: readonly JITErrorCode[] = [...tracker, 'SymbolsNotFound', 'DuplicateDefinition', 'BadObject', 'UserError']

const toSession = { from: 'client', to: 'session' } as const
const byMaterializer = { from: 'materializer', to: 'session' } as const
const toGateway = { from: 'remote client', to: 'gateway' } as const
const toRemote = { from: 'gateway', to: 'remote client' } as const
const toLink = { from: 'client', to: 'link', through: 'session' } as const

export const catalogue: Catalogue = {
  // Dylibs
  createJITDylib: { ...toSession, reply: 'its id', errors: ['BadArgument'], orc: 'ExecutionSession::createJITDylib' },
  getJITDylibByName: { ...toSession, reply: 'its id, or null', errors: [], orc: 'ExecutionSession::getJITDylibByName' },
  removeJITDylibs: {
    ...toSession,
    reply: 'done',
    errors: [...dylib, ...managers],
    orc: 'ExecutionSession::removeJITDylibs',
  },
  endSession: { ...toSession, reply: 'done', errors: managers, orc: 'ExecutionSession::endSession' },
  define: { ...toSession, reply: 'done', errors: [...responsibility, 'DuplicateDefinition'], orc: 'JITDylib::define' },
  removeSymbols: {
    ...toSession,
    reply: 'done',
    errors: [...dylib, 'SymbolsNotFound', 'SymbolsCouldNotBeRemoved'],
    orc: 'JITDylib::remove',
  },
  resetSymbols: {
    ...toSession,
    reply: 'done',
    errors: [...dylib, 'SymbolsNotFound', 'SymbolsCouldNotBeRemoved'],
    orc: 'a second try; in ORC a name that failed is free when its tracker is gone',
  },
  clear: { ...toSession, reply: 'done', errors: [...dylib, ...managers], orc: 'JITDylib::clear' },
  setLinkOrder: { ...toSession, reply: 'done', errors: dylib, orc: 'JITDylib::setLinkOrder' },
  addToLinkOrder: { ...toSession, reply: 'done', errors: dylib, orc: 'JITDylib::addToLinkOrder' },
  replaceInLinkOrder: { ...toSession, reply: 'done', errors: dylib, orc: 'JITDylib::replaceInLinkOrder' },
  removeFromLinkOrder: { ...toSession, reply: 'done', errors: dylib, orc: 'JITDylib::removeFromLinkOrder' },
  linkOrder: { ...toSession, reply: 'the order', errors: dylib, orc: 'JITDylib::withLinkOrderDo' },
  dfsLinkOrder: {
    ...toSession,
    reply: 'dylibs and their names',
    errors: dylib,
    orc: 'JITDylib::getDFSLinkOrder, getReverseDFSLinkOrder',
  },
  addGenerator: { ...toSession, reply: 'done', errors: responsibility, orc: 'JITDylib::addGenerator' },
  addReexportsGenerator: { ...toSession, reply: 'done', errors: responsibility, orc: 'ReexportsGenerator' },
  removeGenerator: { ...toSession, reply: 'done', errors: dylib, orc: 'JITDylib::removeGenerator' },

  // Trackers
  createResourceTracker: { ...toSession, orc: 'JITDylib::createResourceTracker' },
  dropResourceTracker: { ...toSession, orc: 'the last release of a ResourceTrackerSP' },
  retainTracker: { ...toSession, orc: 'a ResourceTrackerSP copied for another thread' },
  adoptTracker: { ...toSession, reply: "its dylib's id", errors: responsibility, orc: 'that copy, received' },
  removeTracker: { ...toSession, reply: 'done', errors: [...tracker, ...managers], orc: 'ResourceTracker::remove' },
  transferTo: { ...toSession, reply: 'done', errors: responsibility, orc: 'ResourceTracker::transferTo' },
  isDefunct: { ...toSession, reply: 'whether it is', errors: ['BadArgument'], orc: 'ResourceTracker::isDefunct' },
  keyUnsafe: { ...toSession, reply: 'the key', errors: tracker, orc: 'ResourceTracker::getKeyUnsafe' },
  claimTrackerKey: {
    ...toSession,
    reply: 'the key and a lease',
    errors: tracker,
    orc: 'ResourceTracker::withResourceKeyDo',
  },

  // Lookups and initializers
  lookup: {
    ...toSession,
    reply: 'the definitions found',
    errors: [...search, 'FailedToMaterialize'],
    orc: 'ExecutionSession::lookup',
  },
  lookupFlags: { ...toSession, reply: 'the flags found', errors: search, orc: 'ExecutionSession::lookupFlags' },
  initSymbols: {
    ...toSession,
    reply: 'names, by dylib',
    errors: dylib,
    orc: 'what Platform::lookupInitSymbols is given',
  },
  dependenciesRegistered: { from: 'session', to: 'client', orc: 'RegisterDependenciesFunction' },
  cancelAsk: { ...toSession, orc: 'AsynchronousSymbolQuery::detach; ORC cannot be asked to' },
  beginInitialize: {
    ...toSession,
    reply: 'the functions to run',
    errors: [...dylib, 'FailedToMaterialize', 'Trap', 'StackOverflow', 'UserError'],
    orc: 'Platform::lookupInitSymbols, LLJIT::initialize',
  },
  endInitialize: { ...toSession, orc: 'the return of LLJIT::initialize' },

  // Materialization
  materialize: { from: 'session', to: 'materializer', orc: 'MaterializationUnit::materialize' },
  discard: { from: 'session', to: 'materializer', orc: 'MaterializationUnit::discard' },
  destroyUnit: { from: 'session', to: 'materializer', orc: '~MaterializationUnit' },
  unitTakenBack: { from: 'session', to: 'link', orc: 'none: what failed is not tried again there' },
  requestedSymbols: {
    ...byMaterializer,
    reply: 'names',
    errors: responsibility,
    orc: 'MaterializationResponsibility::getRequestedSymbols',
  },
  claimResourceKey: {
    ...byMaterializer,
    reply: 'the key, and a lease unless recorded',
    errors: responsibility,
    orc: 'MaterializationResponsibility::withResourceKeyDo',
  },
  notifyResolved: {
    ...byMaterializer,
    reply: 'done',
    errors: [...responsibility, 'UnexpectedSymbolDefinitions'],
    orc: 'MaterializationResponsibility::notifyResolved',
  },
  notifyEmitted: {
    ...byMaterializer,
    reply: 'done',
    errors: [
      ...responsibility,
      'MissingSymbolDefinitions',
      'UnexpectedSymbolDefinitions',
      'UnsatisfiedSymbolDependencies',
    ],
    orc: 'MaterializationResponsibility::notifyEmitted',
  },
  defineMaterializing: {
    ...byMaterializer,
    reply: 'the names granted',
    errors: [...responsibility, 'DuplicateDefinition'],
    orc: 'MaterializationResponsibility::defineMaterializing',
  },
  delegate: {
    ...byMaterializer,
    reply: "the new responsibility's id",
    errors: [...responsibility, 'UnexpectedSymbolDefinitions'],
    orc: 'MaterializationResponsibility::delegate',
  },
  replace: {
    ...byMaterializer,
    reply: 'done',
    errors: [...responsibility, 'UnexpectedSymbolDefinitions'],
    orc: 'MaterializationResponsibility::replace',
  },
  emit: {
    ...byMaterializer,
    reply: 'how the responsibility ended',
    errors: [
      ...responsibility,
      ...search,
      'FailedToMaterialize',
      'CompileFailed',
      'CompilerUnavailable',
      'OutOfMemory',
    ],
    orc: 'IRLayer::emit, ObjectLayer::emit',
  },
  failMaterialization: {
    ...byMaterializer,
    reply: 'done',
    errors: ['WrongOwner'],
    orc: 'MaterializationResponsibility::failMaterialization',
  },
  responsibilityDropped: { ...byMaterializer, orc: '~MaterializationResponsibility' },
  generate: {
    from: 'session',
    to: 'generator',
    reply: 'units to define',
    errors: ['BadObject', 'UserError'],
    orc: 'DefinitionGenerator::tryToGenerate',
  },
  filterReexports: {
    from: 'session',
    to: 'generator',
    reply: 'the names to let through',
    errors: ['UserError'],
    orc: 'ReexportsGenerator::Allow',
  },

  // Resource managers
  registerResourceManager: {
    from: 'manager',
    to: 'session',
    reply: 'done',
    errors: ['BadArgument'],
    orc: 'ExecutionSession::registerResourceManager',
  },
  deregisterResourceManager: {
    from: 'manager',
    to: 'session',
    reply: 'done',
    errors: ['BadArgument'],
    orc: 'ExecutionSession::deregisterResourceManager',
  },
  handleRemoveResources: {
    from: 'session',
    to: 'manager',
    reply: 'whether memory comes back later',
    errors: ['UserError'],
    orc: 'ResourceManager::handleRemoveResources',
  },
  handleTransferResources: { from: 'session', to: 'manager', orc: 'ResourceManager::handleTransferResources' },
  currentKeys: {
    from: 'manager',
    to: 'session',
    reply: 'the key that each is filed under now, or null',
    errors: [],
    orc: 'what a manager that died missed; ORC’s do not die alone',
  },
  releaseLease: { ...toSession, orc: 'the end of the body of withResourceKeyDo' },
  unitsHeld: { from: 'link', to: 'session', orc: 'what died with a link actor; ORC’s do not die alone' },
  resourcesReclaimed: { from: 'manager', to: 'session', orc: 'memory is back; in ORC it is when remove returns' },

  // The session as a whole
  errorReported: { from: 'session', to: 'client', orc: 'ExecutionSession::reportError' },
  drain: { ...toSession, reply: 'nothing is in flight', errors: [], orc: 'waiting for the task dispatcher to be idle' },
  dump: { ...toSession, reply: 'a text for people', errors: [], orc: 'ExecutionSession::dump' },
  verify: {
    ...toSession,
    reply: 'nothing is wrong',
    errors: ['Malformed'],
    orc: 'ExecutionSession::verifySessionState',
  },
  sessionStats: { ...toSession, reply: 'counts', errors: [], orc: 'counts of what is alive' },

  // The house
  join: { ...toSession, reply: 'who the client is, and the configuration', errors: [], orc: 'first on every port' },
  furnish: {
    from: 'keeper',
    to: 'session',
    reply: 'done',
    errors: [],
    orc: 'LLJIT::defaultLinkOrder',
  },
  introduceClient: { ...toSession, orc: "a port's other end becomes a client" },
  attachExecutor: {
    ...toSession,
    reply: 'executor memory, and a port to each link actor',
    errors: ['Overloaded'],
    orc: 'ExecutorProcessControl, one in each thread',
  },
  linkerReplaced: { from: 'session', to: 'executor', orc: 'a port to the link actor that took a dead one’s place' },
  compilerStuck: { from: 'session', to: 'keeper', orc: 'nobody waits any more for what is being compiled' },
  compilersWanted: { from: 'session', to: 'keeper', orc: 'somebody has something to compile' },
  compile: {
    from: 'client',
    to: 'compile',
    through: 'session',
    reply: 'the object and what it defines',
    errors: ['BadArgument', 'Unsupported', 'CompileFailed', 'CompilerUnavailable', 'BadObject'],
    orc: 'IRCompileLayer’s compile function',
  },
  allocate: {
    ...toLink,
    reply: 'the address',
    errors: ['BadArgument', 'OutOfMemory'],
    orc: 'JITLinkMemoryManager::allocate',
  },
  finalizeAllocation: { ...toLink, reply: 'done', errors: ['BadArgument'], orc: 'InFlightAlloc::finalize' },
  deallocate: { ...toLink, reply: 'done', errors: ['BadArgument'], orc: 'JITLinkMemoryManager::deallocate' },
  linkStats: { ...toLink, reply: 'counts and bytes', errors: [], orc: 'counts of what is linked' },

  // Link actors and executors
  executorAttached: {
    from: 'session',
    to: 'link',
    reply: 'done',
    errors: ['BadArgument', 'OutOfMemory'],
    orc: 'a thread will call code: it needs a stack',
  },
  welcome: { from: 'link', to: 'executor', orc: "the thread's stack and thread-local block" },
  replayed: { from: 'link', to: 'executor', orc: 'a thread that attaches has all that is installed' },
  install: { from: 'link', to: 'executor', orc: 'JITLinkContext::notifyFinalized, told to each thread' },
  installSlot: { from: 'link', to: 'executor', orc: 'a function pointer becomes callable' },
  retract: { from: 'link', to: 'executor', orc: 'units are gone: acknowledge when the thread is outside them' },
  quiescent: { from: 'executor', to: 'link', orc: 'the thread is inside nothing retracted up to that epoch' },
  collect: { from: 'link', to: 'executor', orc: 'too many modules are held: collect garbage' },
  functionPointer: {
    from: 'executor',
    to: 'link',
    reply: 'a C function pointer',
    errors: ['CodeRemoved', 'OutOfMemory'],
    orc: 'ExecutorAddr::toPtr',
  },
  mapRegion: {
    from: 'executor',
    to: 'link',
    reply: 'zeroed memory, which goes with the thread',
    errors: ['OutOfMemory'],
    orc: 'what mmap and brk are to a program',
  },
  unmapRegion: { from: 'executor', to: 'link', reply: 'nothing', errors: ['BadArgument'], orc: 'munmap' },
  symbolize: {
    from: 'executor',
    to: 'link',
    reply: 'names, files and lines',
    errors: [],
    orc: 'a backtrace’s symbolizer',
  },
  holding: { from: 'executor', to: 'link', orc: 'what the executor has, told to a successor' },
  heldAll: { from: 'executor', to: 'link', orc: 'that was all' },

  // What only a client in another process says
  openFunction: {
    ...toGateway,
    reply: 'its number, address and signature',
    errors: [...search, 'FailedToMaterialize', 'NotAFunction', 'SignatureMismatch', ...refusals],
    orc: 'SPSExecutorAddr lookups of ExecutorProcessControl',
  },
  call: {
    ...toGateway,
    reply: 'the result, and the bytes that were to be copied out',
    errors: ['CodeRemoved', 'Trap', 'StackOverflow', 'Interrupted', 'BadArgument', 'OutOfMemory', ...refusals],
    orc: 'ExecutorProcessControl::callWrapper',
  },
  pointerOf: {
    ...toGateway,
    reply: 'a C function pointer',
    errors: ['CodeRemoved', 'OutOfMemory', ...refusals],
    orc: 'ExecutorAddr::toPtr',
  },
  closeFunction: { ...toGateway, orc: 'none: an ExecutorAddr needs no closing' },
  initialize: {
    ...toGateway,
    reply: 'done',
    errors: [...dylib, 'FailedToMaterialize', 'Trap', 'StackOverflow', 'Interrupted', 'UserError', ...refusals],
    orc: 'LLJIT::initialize',
  },
  deinitialize: {
    ...toGateway,
    reply: 'done',
    errors: [...dylib, 'Trap', 'StackOverflow', 'Interrupted', 'UserError', ...refusals],
    orc: 'LLJIT::deinitialize',
  },
  run: {
    ...toGateway,
    reply: 'the exit code',
    errors: [...search, 'FailedToMaterialize', 'Trap', 'StackOverflow', 'Interrupted', ...refusals],
    orc: 'ExecutorProcessControl::runAsMain',
  },
  runInput: { ...toGateway, orc: 'bytes for the program’s standard input' },
  runInputEnd: { ...toGateway, orc: 'the end of the program’s standard input' },
  runInputConsumed: { ...toRemote, orc: 'as much input again may be sent' },
  runOutput: { ...toRemote, orc: 'what the program wrote' },
  runOutputConsumed: { ...toGateway, orc: 'as much output again may be written' },
  allocateBuffer: {
    ...toGateway,
    reply: 'its address',
    errors: ['BadArgument', 'OutOfMemory', ...refusals],
    orc: 'MemoryAccess, into memory that is the connection’s',
  },
  readBuffer: { ...toGateway, reply: 'bytes', errors: ['BadArgument', ...refusals], orc: 'MemoryAccess::readBuffers' },
  writeBuffer: { ...toGateway, reply: 'done', errors: ['BadArgument', ...refusals], orc: 'MemoryAccess::writeBuffers' },
  freeBuffer: {
    ...toGateway,
    reply: 'done',
    errors: ['BadArgument', ...refusals],
    orc: 'JITLinkMemoryManager::deallocate',
  },
  dropBlob: { ...toGateway, orc: 'bytes that were uploaded, or compiled, are not needed any more' },
  describeObject: {
    ...toGateway,
    reply: 'what the object defines',
    errors: ['BadObject', 'BadArgument'],
    orc: 'getObjectFileInterface',
  },
  shareDylib: {
    ...toGateway,
    reply: 'a token',
    errors: [...dylib, ...refusals],
    orc: 'a JITDylib passed on as a pointer',
  },
  adoptDylib: { ...toGateway, reply: 'its id', errors: [...dylib, ...refusals], orc: 'that pointer, received' },
  stats: { ...toGateway, reply: 'counts and bytes', errors: [], orc: 'counts of what is alive' },
  status: { ...toGateway, reply: 'counts', errors: [], orc: 'how the gateway itself is doing' },
}
