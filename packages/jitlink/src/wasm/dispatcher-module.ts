// The module behind the function pointers of one signature. It defines its own table, because whoever imported a table would
// never be collected; one instance a thread, as permanent as the thread.
//
//   pointer = signature id << 20 | slot          (the id is at least 1: no pointer is 0)
//
// `ci` takes the arguments and, last, the pointer. If other threads have published code since this one looked (the word in
// memory differs from what was seen here), it calls `sync` first, which installs that code. It notes the pointer for whoever
// has to explain a trap, and calls the slot. A slot that is empty, beyond the table's end or, the pointer being another
// signature's, far beyond it, traps.
//
// Imports: env.memory; worc.seen and worc.last, mutable i32 globals that the thread's dispatchers share; worc.sync, () -> ().
// Exports: ci; t, the table, which the thread grows as slots are given.
import { maximumSlotsPerSignature, slotBits } from '@worc/protocol'
import type { SignatureCode } from '@worc/protocol'
import { ModuleWriter } from '@worc/wasm'
import { assemble, forwardParameters, noResult } from './assemble.js'
import { dispatcherSignature, parameterCount, typeIndexes } from './module-indexes.js'
import type { EmitOptions } from './module-indexes.js'

export interface DispatcherOptions extends Pick<EmitOptions, 'memory'> {
  readonly signature: SignatureCode
  /** From 1; below `maximumSignatures`. */
  readonly signatureId: number
  /** Of the i32 in memory that grows when code is published; a multiple of 4. */
  readonly publishedAddress: number
}

const initialSlots = 16
const table = 0

export function emitDispatcher(options: DispatcherOptions): Uint8Array<ArrayBuffer> {
  const { signature, signatureId, publishedAddress } = options
  const writer = new ModuleWriter()
  writer.nameModule(`ci ${signature}`)
  const typeIndexOf = typeIndexes(writer)
  const { minimumPages: minimum, maximumPages: maximum } = options.memory
  writer.importMemory('env', 'memory', { minimum, maximum, shared: true })
  const seen = writer.importGlobal('worc', 'seen', 'i32', true)
  const last = writer.importGlobal('worc', 'last', 'i32', true)
  const sync = writer.importFunction('worc', 'sync', typeIndexOf(':'))
  const dispatch = writer.addFunction(typeIndexOf(dispatcherSignature(signature)))
  writer.addTable('funcref', { minimum: initialSlots, maximum: maximumSlotsPerSignature, shared: false })
  writer.addExport('ci', 'function', dispatch)
  writer.addExport('t', 'table', table)
  writer.nameFunction(dispatch, `ci ${signature}`)
  const pointer = parameterCount(signature)
  writer.addBody((code) =>
    assemble(code, 0, [
      ['i32.const', publishedAddress],
      ['i32.atomic.load', 2, 0],
      ['global.get', seen],
      ['i32.ne'],
      ['if', noResult],
      ['call', sync],
      ['end'],
      ['local.get', pointer],
      ['global.set', last],
      ...forwardParameters(pointer),
      ['local.get', pointer],
      ['i32.const', signatureId << slotBits],
      ['i32.sub'],
      ['return_call_indirect', typeIndexOf(signature), table],
    ]),
  )
  return writer.finish().bytes
}
