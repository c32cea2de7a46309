// A unit of lazy functions: each takes the arguments of what it stands for and goes on through its own slot of the private
// table, where the miss stub waits until the executor has put the function itself there. Function n is at slot n of the PLT.
//
// Imports: worc.miss. Exports: t, unbind, as any unit.
import type { SignatureCode } from '@worc/protocol'
import { ModuleWriter } from '@worc/wasm'
import { assemble } from './assemble.js'
import type { Instruction } from './assemble.js'
import { farCall, missStub, unbind } from './generated-functions.js'
import { parameterCount, typeIndexes } from './module-indexes.js'

export interface LazyFunction {
  readonly name: string
  readonly signature: SignatureCode
}

/** The second of the unit's element segments. */
const stubElements = 1

export function emitStubUnit(functions: readonly LazyFunction[], moduleName: string): Uint8Array<ArrayBuffer> {
  const writer = new ModuleWriter()
  writer.nameModule(moduleName)
  const typeIndexOf = typeIndexes(writer)
  const miss = writer.importFunction('worc', 'miss', typeIndexOf('i:'))
  const bodies: (readonly Instruction[])[] = []
  const add = (signature: SignatureCode, body: readonly Instruction[]): number => {
    bodies.push(body)
    return writer.addFunction(typeIndexOf(signature))
  }
  const misses = functions.map(({ signature }, slot) =>
    add(signature, missStub(slot, parameterCount(signature), typeIndexOf(signature), miss)),
  )
  const entries = functions.map(({ name, signature }, slot) => {
    const index = add(signature, farCall(slot, parameterCount(signature), typeIndexOf(signature)))
    writer.nameFunction(index, name)
    return index
  })
  const unbindIndex = add('i:', unbind(stubElements))
  const size = misses.length + entries.length
  const table = writer.addTable('funcref', { minimum: size, maximum: size, shared: false })
  writer.addExport('t', 'table', table)
  writer.addExport('unbind', 'function', unbindIndex)
  writer.addActiveElements(table, 0, [...misses, ...entries])
  writer.addPassiveElements(misses)
  for (const body of bodies) writer.addBody((code) => assemble(code, 0, body))
  return writer.finish().bytes
}
