// The globals of the module to emit. Those that differ from thread to thread are imported (stack pointer, TLS base); those
// that static code has no use for are constants here (bases of position-independent code, addresses it reads from globals).
import { failure, plainError, success } from '@worc/protocol'
import type { Expected } from '@worc/protocol'
import type { ModuleWriter } from '@worc/wasm'
import { isThreadLocal, symbolAddress } from '../link-graph.js'
import type { Symbol } from '../link-graph.js'
import { existing } from './existing.js'
import type { Layout } from './layout.js'
import type { EmitOptions } from './module-indexes.js'

export interface GlobalIndexes {
  /** By symbol ordinal, -1 where there is none. */
  readonly globalOf: Int32Array
  /** By symbol ordinal: the constant that holds the symbol's address, -1 where there is none. */
  readonly gotOf: Int32Array
  /** Of one that each thread has its own of. */
  readonly named: (name: string) => number
}

/** i32 globals that each thread gives: whether code changes them. */
const threadGlobals: ReadonlyMap<string, boolean> = new Map([
  ['__stack_pointer', true],
  ['__stack_limit', true],
  ['__tls_base', true],
  ['__thread_id', false],
])

/** Units lie where their addresses say. */
const zeroGlobals: ReadonlySet<string> = new Set(['__memory_base', '__table_base'])

/** First bytes of i32.const, i64.const, f32.const and f64.const: an initial value that refers to nothing. */
const constants: ReadonlySet<number> = new Set([0x41, 0x42, 0x43, 0x44])

export function declareGlobals(writer: ModuleWriter, layout: Layout, options: EmitOptions): Expected<GlobalIndexes> {
  const { usage, graph } = layout
  const globalOf = new Int32Array(graph.symbolCount).fill(-1)
  const gotOf = new Int32Array(graph.symbolCount).fill(-1)
  const imported = new Map<string, number>()
  for (const name of neededGlobals(layout, options)) {
    imported.set(name, writer.importGlobal('env', name, 'i32', threadGlobals.get(name) ?? false))
  }
  for (const symbol of usage.globals) {
    const index = imported.get(symbol.name) ?? defineGlobal(writer, layout, symbol)
    if (index === undefined)
      return failure(plainError('BadObject', `${graph.name}: global "${symbol.name}" is not known`))
    globalOf[symbol.ordinal] = index
  }
  for (const symbol of usage.gotEntries) {
    if (isThreadLocal(symbol.base)) {
      const message = `${graph.name}: the address of "${symbol.name}", which is thread-local, is read from a global`
      return failure(plainError('BadObject', message))
    }
    gotOf[symbol.ordinal] = writer.addGlobal('i32', false, symbolAddress(symbol))
  }
  return success({ globalOf, gotOf, named: (name) => existing(imported.get(name), `global ${name}`) })
}

function neededGlobals({ usage, graph }: Layout, { serialize }: EmitOptions): ReadonlySet<string> {
  const defined = importedGlobalCount(graph.object)
  const names = usage.globals.filter((symbol) => symbol.base.address < defined).map((symbol) => symbol.name)
  const needed = new Set(names.filter((name) => threadGlobals.has(name)))
  if (usage.movesStackPointer) needed.add('__stack_pointer').add('__stack_limit')
  if (usage.addressesThreadLocal) needed.add('__tls_base')
  if (serialize !== undefined) needed.add('__thread_id')
  return needed
}

function defineGlobal(writer: ModuleWriter, { graph }: Layout, symbol: Symbol): number | undefined {
  const definition = graph.object.globals[symbol.base.address - importedGlobalCount(graph.object)]
  if (definition === undefined) return zeroGlobals.has(symbol.name) ? writer.addGlobal('i32', false, 0) : undefined
  const { valueType, mutable, initial } = definition
  return constants.has(initial[0] ?? -1) ? writer.addGlobal(valueType, mutable, initial) : undefined
}

function importedGlobalCount({ imports }: Layout['graph']['object']): number {
  return imports.filter((entry) => entry.description.kind === 'global').length
}
