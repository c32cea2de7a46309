// A unit whose functions are JavaScript's: what it takes for host functions to be targets of PLT slots and of C pointers, which
// only wasm functions can be. Its table is laid out as any unit's, with no PLT: function j is at slot j.
//
// Imports: each function under its module and field. Exports: t.
import { signatureCode } from '@worc/protocol'
import { ModuleWriter } from '@worc/wasm'
import type { FunctionType } from '@worc/wasm'
import { assemble, forwardParameters } from './assemble.js'
import { typeIndexes } from './module-indexes.js'

export interface HostFunction {
  readonly module: string
  readonly field: string
  readonly type: FunctionType
}

/** Each function is wrapped, so that it shows by its name in the stack of whoever called it. */
export function emitHostUnit(functions: readonly HostFunction[], moduleName = 'host'): Uint8Array<ArrayBuffer> {
  const writer = new ModuleWriter()
  writer.nameModule(moduleName)
  const typeIndexOf = typeIndexes(writer)
  const types = functions.map(({ type }) => typeIndexOf(signatureCode(type.parameters, type.results)))
  const imported = functions.map(({ module, field }, j) => writer.importFunction(module, field, types[j] ?? 0))
  const wrappers = functions.map((_, j) => writer.addFunction(types[j] ?? 0))
  const size = functions.length
  const table = writer.addTable('funcref', { minimum: size, maximum: size, shared: false })
  writer.addExport('t', 'table', table)
  writer.addActiveElements(table, 0, wrappers)
  for (const [j, { field, type }] of functions.entries()) {
    const target = imported[j] ?? 0
    writer.addBody((code) => assemble(code, 0, [...forwardParameters(type.parameters.length), ['call', target]]))
    writer.nameFunction(wrappers[j] ?? 0, field)
  }
  return writer.finish().bytes
}
