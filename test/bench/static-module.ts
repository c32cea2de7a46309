// What a static linker would make of a small object: the same bodies, calls bound directly, function pointers through the
// module's own table. The benches of calls measure against it.
import { ModuleWriter, readObject, relocationTable } from '@worc/wasm'
import type { ObjectFile } from '@worc/wasm'
import { valueOf } from '@worc/protocol'

type Call = (...args: number[]) => number

/** The object's functions by name. Its imports are given by name too; it has no data. The pointer of its nth function is n + 1. */
export function staticFunctions(
  object: Uint8Array,
  imports: Readonly<Record<string, Call>> = {},
): Record<string, Call> {
  const module = new WebAssembly.Module(moduleOf(valueOf(readObject(object))))
  return new WebAssembly.Instance(module, { env: imports }).exports as Record<string, Call>
}

function moduleOf(object: ObjectFile): Uint8Array<ArrayBuffer> {
  const writer = new ModuleWriter()
  const types = object.types.map((type) => writer.typeIndex(type))
  const typeIndex = (index: number): number => types[index] ?? 0
  for (const { module, field, description } of object.imports) {
    if (description.kind === 'function') writer.importFunction(module, field, typeIndex(description.typeIndex))
  }
  const functions = object.functions.map((body) => writer.addFunction(typeIndex(body.typeIndex)))
  const table = writer.addTable('funcref', { minimum: functions.length + 1, maximum: undefined, shared: false })
  writer.addActiveElements(table, 1, functions)
  for (const { kind, name, flags, index } of object.symbols.filter(isFunction)) {
    if (!flags.undefined) writer.addExport(name, kind, index)
  }
  const bodies = object.functions.map(({ body }) => writer.copyBody(body))
  for (const { type, offset, index } of object.codeRelocations) {
    const position = object.functions.findLastIndex(({ bodyOffset }) => bodyOffset <= offset)
    const at = (bodies[position] ?? 0) + offset - (object.functions[position]?.bodyOffset ?? 0)
    writer.code.patchPaddedU32(at, fieldValue(object, type, index, typeIndex))
  }
  return writer.finish().bytes
}

function fieldValue(object: ObjectFile, type: number, index: number, typeIndex: (index: number) => number): number {
  const symbol = object.symbols[index]
  const { name } = relocationTable[type] ?? { name: `relocation ${type}` }
  if (name === 'R_WASM_TYPE_INDEX_LEB') return typeIndex(index)
  if (name === 'R_WASM_TABLE_NUMBER_LEB') return 0
  if (name === 'R_WASM_FUNCTION_INDEX_LEB' && symbol?.kind === 'function') return symbol.index
  throw new Error(`${name} is more than these objects should need`)
}

type FunctionSymbol = ObjectFile['symbols'][number] & { readonly kind: 'function'; readonly index: number }

function isFunction(symbol: ObjectFile['symbols'][number]): symbol is FunctionSymbol {
  return symbol.kind === 'function'
}
