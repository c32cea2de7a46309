export { JIT, attach } from './jit.js'
export type { AddOptions, LookupOptions, SourceOptions } from './jit-base.js'
export { JITBase } from './jit-base.js'
export type { JITOptions } from './jit-options.js'
export type { JITStats } from './jit-stats.js'
export type { RunOptions } from './run-main.js'
export { ExecutionSession } from './execution-session.js'
export type { LookupRequest } from './execution-session.js'
export { JITDylib } from './jit-dylib.js'
export type { SearchOrderItem } from './jit-dylib.js'
export { ResourceTracker } from './resource-tracker.js'
export type { RemoveOptions } from './resource-tracker.js'
export type { ResourceManager } from './resource-manager.js'
export { lazyReexports } from './lazy-reexports.js'
export type { LazyAlias } from './lazy-reexports.js'
export { hostFunctions } from './host-functions.js'
export type { HostFunction } from './host-functions.js'
export { absoluteSymbols, reexports, symbolAliases } from './materialization-unit.js'
export type {
  MaterializationResponsibility,
  MaterializationUnit,
  SymbolAlias,
  SymbolDependenceGroup,
  Synchronous,
} from './materialization-unit.js'
export { archiveGenerator, reexportsGenerator } from './definition-generator.js'
export type { DefinitionGenerator, LookupState, ReexportsOptions } from './definition-generator.js'
export type { FinalizedAllocation, InFlightAllocation } from './executor-allocation.js'
export { installTransferHandlers } from './transfer-handlers.js'
export type { Source } from './object-unit.js'
export type { ByName, ExecutorSymbolDef, JITSymbolFlags, SymbolName } from './symbol-records.js'
export type { HostClosure, JITFunction, JITValue, Signature } from '@worc/executor'
export { JITError } from '@worc/protocol'
export type { ExecutorAddr, JITErrorCode, ResourceKey, SymbolState, ValueType } from '@worc/protocol'
