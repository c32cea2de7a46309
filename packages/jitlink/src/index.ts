export {
  absolute,
  addContentBlock,
  addEdge,
  addSection,
  addSymbol,
  addZeroFillBlock,
  createLinkGraph,
  external,
  isBlock,
  isThreadLocal,
  symbolAddress,
} from './link-graph.js'
export type {
  Absolute,
  Addressable,
  Block,
  ContentBlock,
  Edge,
  External,
  Lifetime,
  LinkGraph,
  Linkage,
  Protection,
  Scope,
  Section,
  Symbol,
  SymbolTraits,
  ZeroFillBlock,
} from './link-graph.js'
export { applyFixup, keepAlive } from './edge-kinds.js'
export type { Architecture, EdgeKind, EdgeKindRow } from './edge-kinds.js'
export { prune } from './prune.js'
export { alignUp, layoutBlocks } from './block-layout.js'
export type { BlockLayout } from './block-layout.js'
export { dependenceGroups } from './dependence-groups.js'
export type { SymbolDependenceGroup } from './dependence-groups.js'
export { rowOf, wasmArchitecture, wasmEdge } from './wasm/edge-table.js'
export { buildLinkGraph } from './wasm/build-link-graph.js'
export type { BuildOptions, WasmLinkGraph } from './wasm/build-link-graph.js'
export { layout } from './wasm/layout.js'
export type { ExternalRequest, Layout, LayoutRequest, PLTRequest } from './wasm/layout.js'
export { allocate } from './wasm/allocate.js'
export type { Placement, UnitDefinition } from './wasm/allocate.js'
export type { ExternalDefinition } from './wasm/resolve.js'
export type { EmitOptions } from './wasm/module-indexes.js'
export { link } from './wasm/link.js'
export type { LinkedUnit, Resolution } from './wasm/link.js'
export type { DataImage, DataWrite, ThreadLocalImage, ZeroRange } from './wasm/data-image.js'
export { findCode } from './wasm/function-map.js'
export type { CodePosition, FunctionMap } from './wasm/function-map.js'
export { emitDispatcher } from './wasm/dispatcher-module.js'
export type { DispatcherOptions } from './wasm/dispatcher-module.js'
export { emitHostUnit } from './wasm/host-unit.js'
export type { HostFunction } from './wasm/host-unit.js'
export { emitStubUnit } from './wasm/stub-unit.js'
export type { LazyFunction } from './wasm/stub-unit.js'
export { nameBodies } from './lazy-bodies.js'
export { readInterfaceSymbols, readObjectContents } from './wasm/interface-symbols.js'
export type { InterfaceSymbols, ObjectContents } from './wasm/interface-symbols.js'
export { riscvArchitectures, riscvEdge } from './riscv/edge-table.js'
export type { RiscvArchitecture, RiscvEdgeRow } from './riscv/edge-table.js'
export { buildElfGraph } from './riscv/build-elf-graph.js'
export type { ElfBuildOptions, ElfLinkGraph } from './riscv/build-elf-graph.js'
export { layoutElf } from './riscv/elf-layout.js'
export type { ElfExternalRequest, ElfLayout, ElfLayoutRequest } from './riscv/elf-layout.js'
export { allocateElf } from './riscv/allocate-elf.js'
export type { ElfDefinition, ElfPlacement } from './riscv/allocate-elf.js'
export { linkElf, placeInObject } from './riscv/link-elf.js'
export type {
  ElfExternalDefinition,
  ImageCode,
  ImageFunction,
  ImageSegment,
  LinkedImage,
  RunAtEnd,
} from './riscv/link-elf.js'
export { elfContents, readElfContents } from './riscv/elf-interface.js'
