// Calls through C function pointers. Each signature has one dispatcher in each thread: a module that owns a table of the
// functions whose address was taken, and a thunk that units import. Nobody imports a table.
import { maximumSlotsPerSignature, slotBits } from '@worc/protocol'
import type { DispatcherDescription, SignatureCode } from '@worc/protocol'
import type { Target } from './jit-function.js'
import type { CodeThread } from './thread-context.js'

export class Dispatchers {
  /** By signature code: what units import as `ci`. */
  readonly thunks: Record<SignatureCode, WebAssembly.ExportValue> = {}
  readonly #tables = new Map<number, WebAssembly.Table>()
  readonly #thread: CodeThread
  readonly #sync: () => void

  constructor(thread: CodeThread, sync: () => void) {
    this.#thread = thread
    this.#sync = sync
  }

  add({ signature, signatureId }: DispatcherDescription, module: WebAssembly.Module): void {
    if (this.#tables.has(signatureId)) return
    const { seen, lastPointer: last } = this.#thread
    const worc = { seen, last, sync: this.#sync } as WebAssembly.ModuleImports
    const exports = this.#thread.instantiate(module, { worc })
    this.thunks[signature] = exports['ci'] as WebAssembly.ExportValue
    this.#tables.set(signatureId, exports['t'] as WebAssembly.Table)
  }

  bind(slot: number, target: Target): void {
    const table = this.#tableOf(slot)
    const local = slot % maximumSlotsPerSignature
    if (local >= table.length) table.grow(Math.max(local + 1, table.length * 2) - table.length)
    table.set(local, target)
  }

  unbind(slot: number): void {
    this.#tableOf(slot).set(slot % maximumSlotsPerSignature, null)
  }

  #tableOf(slot: number): WebAssembly.Table {
    const table = this.#tables.get(slot >>> slotBits)
    if (table === undefined)
      throw new Error(`function pointer ${slot} has signature ${slot >>> slotBits}, which has no dispatcher here`)
    return table
  }
}
