export { catalogue } from './catalogue.js'
export { clientOf, clientScopedId, defaultTrackerOf } from './ids.js'
export type {
  ClientId,
  ExecutorId,
  GeneratorId,
  JITDylibId,
  LeaseId,
  LinkedUnitId,
  LinkerId,
  ManagerId,
  ResourceKey,
  ResponsibilityId,
  RunId,
  TrackerId,
  UnitId,
} from './ids.js'
export { failure, success } from './expected.js'
export type { Expected } from './expected.js'
export {
  formatNames,
  formatSymbols,
  joinErrors,
  plainError,
  plainErrorCodes,
  symbolError,
  symbolErrorCodes,
} from './errors.js'
export type {
  CompileError,
  JITErrorCode,
  JITErrorData,
  PlainError,
  PlainErrorCode,
  SymbolError,
  SymbolErrorCode,
  SymbolsByDylib,
  TrapError,
  TrapFrame,
  TrapRecord,
} from './errors.js'
export { symbolFlag, symbolStates } from './symbol-flags.js'
export type { LookupKind, MatchKind, RequiredState, SymbolFlags, SymbolState } from './symbol-flags.js'
export {
  codeAddress,
  indexOfCode,
  isCodeAddress,
  maximumSignatures,
  maximumSlotsPerSignature,
  slotBits,
  unitOfCode,
} from './addresses.js'
export type { ExecutorAddr } from './addresses.js'
export { concreteSignature, parseSignatureCode, parseWasmSignature, signatureCode } from './signature.js'
export type { SignatureCode, ValueType } from './signature.js'
export type { AskId, Attachment, Channel, ChannelReceiver, Delivery, Frame } from './channel.js'
export { FrameDecoder, FrameEncoder } from './frame-codec.js'
export type { FlatMessageOf, FlatType } from './flat-messages.js'
export type { Actor, Context, Incoming, PeerId, TimerId } from './actor.js'
export type {
  Definition,
  DependenceGroup,
  FlagsEntry,
  Initializer,
  InitializerRun,
  LookupDefinition,
  LookupSetEntry,
  PayloadRange,
  SearchOrderEntry,
  SessionAsk,
  SessionAskReplies,
  SessionEvent,
  SessionNotification,
  SessionReplies,
  SessionRequest,
  SessionStats,
  UnitDescription,
  UnitSource,
} from './session-messages.js'
export { JITError, errorData, valueOf } from './jit-error.js'
export type {
  CodePlace,
  DispatcherDescription,
  ExecutorNotification,
  ExecutorReplies,
  ExecutorRequest,
  ExportedFunction,
  HostFunctions,
  ImportedFunction,
  InstalledUnit,
  LazyTargets,
  LinkEvent,
  LinkReplies,
  LinkRequest,
  LinkStats,
  PLTBinding,
  SlotBinding,
} from './link-messages.js'
export type {
  CompileJob,
  CompiledObject,
  HouseConfig,
  HouseEvent,
  HouseNotification,
  HouseReplies,
  HouseRequest,
  PeerRole,
} from './house-messages.js'
export { targetNames } from './target.js'
export type { TargetName } from './target.js'
export type {
  CallArgument,
  GatewayEvent,
  GatewayNotification,
  GatewayReplies,
  GatewayRequest,
  GatewayStatus,
  JITStats,
  ProgramRunId,
  RemoteFunctionId,
} from './gateway-messages.js'
export { packBatch, readBatch, writeFrame, writePart } from './wire/batch.js'
export type { Batch, BatchReading, UploadPart, WireFrame } from './wire/batch.js'
export { BatchStream } from './wire/batch-stream.js'
export { packHello, packWelcome, readHello, readWelcome } from './wire/handshake.js'
export type { Heard, Hello, OnDisconnect, Welcome } from './wire/handshake.js'
export { wireLimits, wireVersion } from './wire/limits.js'
export { visitMessage, visitReply } from './wire/messages.js'
export type { Side } from './wire/messages.js'
export type { Claim, ReferenceVisitor, Thing } from './wire/references.js'
export { RowWriter } from './wire/row-writer.js'
export type { WireMessage, WireMessageOf, WireReplies, WireType } from './wire/table.js'
