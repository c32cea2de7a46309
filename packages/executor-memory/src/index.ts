export { unsharedLock } from './arena-lock.js'
export type { ArenaLock } from './arena-lock.js'
export type { Claim, ClaimState, Usage } from './claims.js'
export { EpochTable, hasReached } from './epochs.js'
export type { EpochTableCapacity, ExecutorIndex, ExecutorStatus, LinkerIndex } from './epochs.js'
export { pagesToGrow, wasmPageBytes } from './guest-memory.js'
export type { GrowthPolicy, GuestMemory } from './guest-memory.js'
export { SharedInt32Store } from './int32-store.js'
export type { Int32Store } from './int32-store.js'
export type { Mapper, MemProt, Reservation, Segment } from './mapper.js'
export { MutexLock } from './mutex-lock.js'
export type { RecordLayout } from './page-blocks.js'
export { PageMapper } from './page-mapper.js'
export { PageTable, pageBits, pageBytes, pageTableBytes } from './page-table.js'
export type { PageTablePlace } from './page-table.js'
export { maximumAlignmentBytes, nullRange, RangeArena } from './range-arena.js'
export type {
  AllocatedRange,
  RangeArenaCapacity,
  RangeArenaOptions,
  RangeArenaStats,
  RangeDescription,
  RangeId,
} from './range-arena.js'
export type { SignatureId } from './signature-log.js'
export { SlotArena } from './slot-arena.js'
export type { SlotArenaCapacity, SlotArenaOptions, SlotArenaStats, SlotDescription } from './slot-arena.js'
export { functionSlot, localOfSlot, signatureOfSlot } from './slot-table.js'
export type { FunctionSlot } from './slot-table.js'
export { attachTlsArena, createTlsArenaBuffer } from './tls-arena.js'
export { verifyArena } from './verify-arena.js'
export { WasmMapper } from './wasm-mapper.js'
export { releaseHeapLock } from './heap-lock.js'
