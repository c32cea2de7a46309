export { LinkActor } from './link-actor.js'
export type { LinkPorts } from './link-actor.js'
export {
  createArenaBuffers,
  heapLockWord,
  memoryLimits,
  openArenas,
  publishedWord,
  reservedBytes,
} from './link-config.js'
export type { ArenaBuffers, ArenaLocks, ArenaSizes, Arenas, LinkConfig } from './link-config.js'
export { ModuleBudget } from './module-budget.js'
export type { LaidOutObject, ObjectLinker } from './object-linker.js'
export { WasmTarget } from './wasm-target.js'
export { linkTarget, memoryOf, objectReader } from './target-of.js'
