// The last passes: addresses go in, a unit comes out. One unit is one WebAssembly module, instantiated once in each thread over
// the one shared memory, and the data that goes into that memory once.
//
//   object ─ buildLinkGraph ─ prune ─ layout ─►  request      ◄─ arenas and lookups answer
//                                                   │
//   LinkedUnit ◄─ emit ◄─ fixup ◄─ resolve ◄─ allocate ◄─ resolution
//
// The module imports, each only if it is used (but the memory, always):
//   env.memory            the shared memory
//   env.__stack_pointer   per-thread globals; also __stack_limit, __tls_base, __thread_id
//   env.<tag>             exception tags
//   worc.miss             (slot): bind the PLT slot, or throw
//   worc.overflow         (): throw
//   ci.<signature>        the dispatcher for function pointers of a signature
//   <module>.<field>      functions that the source imports from JavaScript
// and exports:
//   t                     its private table: the PLT, then the functions that others may reach, by function index
//   unbind                (slot): put the slot's miss stub back
import { success } from '@worc/protocol'
import type { Expected, ExportedFunction, SignatureCode } from '@worc/protocol'
import { isBlock } from '../link-graph.js'
import { allocate } from './allocate.js'
import type { Placement, UnitDefinition } from './allocate.js'
import { imageData } from './data-image.js'
import type { DataImage } from './data-image.js'
import { emitModule } from './emit-module.js'
import type { EmittedModule } from './emit-module.js'
import { existing } from './existing.js'
import type { Layout, PLTRequest } from './layout.js'
import type { EmitOptions } from './module-indexes.js'
import { resolveExternals } from './resolve.js'
import type { ExternalDefinition } from './resolve.js'

export interface Resolution extends Placement, EmitOptions {
  /** By name, for the layout's externals; a weak one that nobody defines is left out. */
  readonly externals: ReadonlyMap<string, ExternalDefinition>
}

/** Plain data. */
export interface LinkedUnit extends EmittedModule, DataImage {
  /** By slot of the private table. */
  readonly plt: readonly PLTRequest[]
  /** By function index: the function is at slot plt.length + index of the private table. */
  readonly functions: readonly ExportedFunction[]
  readonly definitions: readonly UnitDefinition[]
  /** In the order to run them: lower priorities first. `index` is a function index. */
  readonly initializers: readonly { readonly priority: number; readonly index: number }[]
  readonly dispatchers: readonly SignatureCode[]
}

/** OutOfMemory, SymbolsNotFound, NotAFunction or BadObject: each names the symbol or the fixup. May be repeated with other addresses. */
export function link(layout: Layout, resolution: Resolution): Expected<LinkedUnit> {
  const definitions = allocate(layout, resolution)
  if (!definitions.ok) return definitions
  const resolved = resolveExternals(layout, resolution.externals)
  if (!resolved.ok) return resolved
  const data = imageData(layout)
  if (!data.ok) return data
  const emitted = emitModule(layout, resolution)
  if (!emitted.ok) return emitted
  return success({
    ...emitted.value,
    ...data.value,
    plt: layout.plt,
    functions: layout.functions,
    definitions: definitions.value,
    initializers: initializers(layout),
    dispatchers: layout.dispatchers,
  })
}

function initializers({ graph, functionIndexes }: Layout): LinkedUnit['initializers'] {
  return graph.initializers.flatMap(({ priority, symbol }) => {
    if (!isBlock(symbol.base)) return []
    return { priority, index: existing(functionIndexes[symbol.base.ordinal], symbol.name) }
  })
}
