// The code of a thread where units are WebAssembly modules: their instances over the thread's stack and thread-local block, and
// what becomes of whatever they throw.
import type { ExecutorAddr, ExecutorRequest } from '@worc/protocol'
import { releaseHeapLock } from '@worc/executor-memory'
import { Dispatchers } from './dispatchers.js'
import type { HostFunctionSite } from './host-functions.js'
import { InstalledUnits } from './installed-units.js'
import type { LookupBody } from './installed-units.js'
import type { CodeSite, ThreadPlace } from './thread-code.js'
import type { CodeThread } from './thread-context.js'

export interface WasmCodeOptions {
  /** What runs code in this thread, once its stack is known. */
  readonly createThread: (place: ThreadPlace) => CodeThread
  readonly session: string
  /** Guest address of the word that each publication increments. */
  readonly publishedWord: number
  /** Guest address of the word that locks the packaged libc's heap. */
  readonly heapLockWord: number
  /** Asks a link actor and waits. */
  readonly askLinker: (message: ExecutorRequest) => unknown
  readonly convert: (thrown: unknown, units: InstalledUnits) => unknown
  readonly hostFunctions: HostFunctionSite
  readonly lookupBody: LookupBody
}

export function wasmCode(place: ThreadPlace, site: CodeSite, options: WasmCodeOptions): InstalledUnits {
  const context = options.createThread(place)
  const units: InstalledUnits = new InstalledUnits({
    context,
    dispatchers: new Dispatchers(context, () => site.catchUp()),
    session: options.session,
    published: new Int32Array(context.memory.buffer, options.publishedWord, 1),
    progress: { seen: 0 },
    catchUp: () => site.catchUp(),
    unpark: () => site.unpark(),
    convert: (thrown) => {
      context.unwindStack()
      releaseHeapLock(new Int32Array(context.memory.buffer), options.heapLockWord, place.threadId)
      return context.isFromHost(thrown) ? thrown : options.convert(thrown, units)
    },
    functionPointer: (address: ExecutorAddr) =>
      options.askLinker({ type: 'functionPointer', function: address }) as number,
    hostFunctions: options.hostFunctions,
    lookupBody: options.lookupBody,
  })
  return units
}
