// The heavy half of linking, behind a port: reading and laying out objects, fixing them up, and V8's compiler. What a link actor
// does around it (memory, slots, executors, the session) is the same whoever does the work.
import type { Expected, FlagsEntry, SignatureCode } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import {
  allocate,
  buildLinkGraph,
  dependenceGroups,
  emitDispatcher,
  layout,
  link,
  nameBodies,
  prune,
} from '@worc/jitlink'
import type {
  DispatcherOptions,
  Layout,
  LayoutRequest,
  LinkedUnit,
  Placement,
  Resolution,
  SymbolDependenceGroup,
  UnitDefinition,
} from '@worc/jitlink'
import { readObject } from '@worc/wasm'

/** An object that was read, pruned and laid out, and what can be done with it. The methods' errors are those of `@worc/jitlink`. */
export interface LaidOutObject {
  readonly request: LayoutRequest
  allocate(placement: Placement): Expected<readonly UnitDefinition[]>
  link(resolution: Resolution): Expected<LinkedUnit>
  dependenceGroups(): readonly SymbolDependenceGroup[]
}

export interface ObjectLinker {
  /** `symbols` are those that the materialization answers for; `bodies`, by function, those of them that stubs stand before. */
  layOut(
    name: string,
    bytes: Uint8Array,
    symbols: readonly FlagsEntry[],
    bodies: ReadonlyMap<string, string>,
  ): Expected<LaidOutObject>
  /** BadObject where the code is not valid, OutOfMemory. */
  compile(unit: string, moduleBytes: Uint8Array<ArrayBuffer>): Expected<WebAssembly.Module>
  dispatcher(options: DispatcherOptions): WebAssembly.Module
  /** The signatures whose dispatchers a compiled unit imports. */
  dispatchersOf(module: WebAssembly.Module): readonly SignatureCode[]
}

/** Import modules that emitted units have for themselves. */
const reservedModules: ReadonlySet<string> = new Set(['ci', 'worc'])

export const objectLinker: ObjectLinker = {
  layOut(name, bytes, symbols, bodies) {
    const object = readObject(bytes)
    if (!object.ok) return object
    const reserved = object.value.imports.find(({ module }) => reservedModules.has(module))
    if (reserved !== undefined)
      return failure(
        plainError('BadObject', `import module "${reserved.module}" is reserved (field "${reserved.field}")`),
      )
    const responsibleFor = new Set([...symbols.map(([symbol]) => symbol), ...bodies.keys()])
    const graph = buildLinkGraph(object.value, { name, responsibleFor })
    if (!graph.ok) return graph
    if (bodies.size > 0) nameBodies(graph.value, bodies, 'wasm')
    prune(graph.value)
    const request = layout(graph.value)
    return request.ok ? success(laidOut(request.value)) : request
  },

  /** The linker copies function bodies as they are: whether they are valid code is V8's to say. */
  compile(unit, moduleBytes) {
    try {
      return success(new WebAssembly.Module(moduleBytes))
    } catch (thrown) {
      if (thrown instanceof WebAssembly.CompileError)
        return failure(plainError('BadObject', `${unit}: ${thrown.message}`))
      if (thrown instanceof RangeError) return failure(plainError('OutOfMemory', `${unit}: ${thrown.message}`))
      throw thrown
    }
  },

  dispatcher: (options) => new WebAssembly.Module(emitDispatcher(options)),

  dispatchersOf(module) {
    const imported = WebAssembly.Module.imports(module).filter((wanted) => wanted.module === 'ci')
    return imported.map(({ name }) => name)
  },
}

function laidOut(request: Layout): LaidOutObject {
  return {
    request,
    allocate: (placement) => allocate(request, placement),
    link: (resolution) => link(request, resolution),
    dependenceGroups: () => dependenceGroups(request.graph),
  }
}
