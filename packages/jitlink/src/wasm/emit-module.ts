// The module of a unit: what it imports, its private table, the functions of its object with their fixups, and the functions
// that the linker adds. It never imports a table: on V8 before Node 23 that would keep the instance for ever.
import { failure, success } from '@worc/protocol'
import type { Expected, JITErrorData } from '@worc/protocol'
import { ModuleWriter } from '@worc/wasm'
import { isBlock } from '../link-graph.js'
import type { Block, ContentBlock } from '../link-graph.js'
import { assemble } from './assemble.js'
import { fixCode } from './code-fixups.js'
import { existing } from './existing.js'
import type { FunctionMap } from './function-map.js'
import type { Layout } from './layout.js'
import { declareIndexes } from './module-indexes.js'
import type { EmitOptions, ModuleIndexes } from './module-indexes.js'

export interface EmittedModule {
  readonly moduleBytes: Uint8Array<ArrayBuffer>
  readonly functionMap: FunctionMap
}

/** All symbols have their addresses. BadObject if a fixup does not fit, or if the object needs a global that nobody has. */
export function emitModule(layout: Layout, options: EmitOptions): Expected<EmittedModule> {
  const writer = new ModuleWriter()
  writer.nameModule(options.moduleName)
  const { minimumPages: minimum, maximumPages: maximum } = options.memory
  writer.importMemory('env', 'memory', { minimum, maximum, shared: true })
  const declared = declareIndexes(writer, layout, options)
  if (!declared.ok) return declared
  const indexes = declared.value
  writeTable(writer, indexes)

  const names = nameFunctions(layout)
  const functions = layout.graph.text.blocks.map(functionBlock)
  const bodyOffsets = functions.map((block) => writer.copyBody(block.content))
  const code = writer.code.written
  for (const [position, block] of functions.entries()) {
    const problem = fixCode(indexes, block, code, existing(bodyOffsets[position], 'body'))
    if (problem !== undefined) return failure(inFunction(problem, layout.graph.name, names[position] ?? ''))
  }
  for (const [position, name] of names.entries()) writer.nameFunction(indexes.importedFunctionCount + position, name)
  for (const { index, name, i32LocalCount, body } of indexes.generated) {
    writer.addBody((target) => assemble(target, i32LocalCount, body))
    if (name !== '') writer.nameFunction(index, name)
  }
  const { bytes, codeOffset } = writer.finish()
  return success({ moduleBytes: bytes, functionMap: mapFunctions(layout, indexes, names, bodyOffsets, codeOffset) })
}

/** PLT first, each slot holding its miss stub, then the functions that others may reach. */
function writeTable(writer: ModuleWriter, { stubs, entries, unbind }: ModuleIndexes): void {
  const size = stubs.length + entries.length
  const table = writer.addTable('funcref', { minimum: size, maximum: size, shared: false })
  writer.addExport('t', 'table', table)
  writer.addExport('unbind', 'function', unbind)
  writer.addActiveElements(table, 0, [...stubs, ...entries])
  writer.addPassiveElements(stubs)
}

function functionBlock(block: Block): ContentBlock {
  if (block.kind !== 'content') throw new Error(`function ${block.ordinal} has no body`)
  return block
}

/** Fixups speak of offsets in the function. */
function inFunction(problem: JITErrorData, unit: string, name: string): JITErrorData {
  return { ...problem, message: `${unit}: in "${name}": ${problem.message}` }
}

/** Parallel to the functions of the object that are left; a function of several names has the first. */
function nameFunctions({ graph }: Layout): readonly string[] {
  const byOrdinal = new Array<string>(graph.blockCount).fill('')
  for (const { name, callable, base } of graph.symbols) {
    if (callable && isBlock(base) && byOrdinal[base.ordinal] === '') byOrdinal[base.ordinal] = name
  }
  return graph.text.blocks.map(({ ordinal }) => byOrdinal[ordinal] ?? '')
}

/** The linker's own empty function, if there is one, comes after the object's and has no row. */
function mapFunctions(
  { graph }: Layout,
  { importedFunctionCount }: ModuleIndexes,
  names: readonly string[],
  bodyOffsets: readonly number[],
  codeOffset: number,
): FunctionMap {
  const { functions } = graph.object
  const fromObject = graph.text.blocks.filter(({ ordinal }) => ordinal < functions.length)
  return {
    firstIndex: importedFunctionCount,
    names: names.slice(0, fromObject.length),
    moduleOffsets: Uint32Array.from(fromObject, (_, row) => codeOffset + existing(bodyOffsets[row], 'body')),
    objectOffsets: Uint32Array.from(fromObject, ({ ordinal }) => existing(functions[ordinal], 'function').bodyOffset),
  }
}
