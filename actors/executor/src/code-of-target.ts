// The one place where executors are told what kind of code their thread runs.
import type { ExecutorRequest, TargetName, TrapFrame } from '@worc/protocol'
import { interpreterModule, fullIsa } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import type { CodeFrame } from './code-frame.js'
import type { HostFunctionSite } from './host-functions.js'
import type { InstalledUnits, LookupBody } from './installed-units.js'
import { HartCode } from './riscv/hart-code.js'
import type { HartMemoryPlan } from './riscv/hart-thread.js'
import { HartThread } from './riscv/hart-thread.js'
import type { WriteTrace } from './riscv/trace.js'
import type { CodeSite, ThreadCode, ThreadPlace } from './thread-code.js'
import { ThreadContext } from './thread-context.js'
import { convertThrown } from './traps.js'
import { wasmCode } from './wasm-code.js'
import type { WasiOptions } from './wasi/wasi.js'
import { createWasi } from './wasi/wasi.js'

/** What an executor needs of the session's memory; the link actors' config has more. */
export interface ExecutorBuffers {
  readonly target: TargetName
  readonly memory: WebAssembly.Memory
  readonly epochs: SharedArrayBuffer
  readonly publishedWord: number
  readonly heapLockWord: number
  /** What harts run on, where code is machine code. */
  readonly harts: { readonly plan: HartMemoryPlan; readonly interpreter: WebAssembly.Module } | null
}

/** What programs in the thread have of the world: arguments, streams, directories. */
export type Surroundings = Omit<WasiOptions, 'memory'>

interface CodeOptions {
  readonly index: number
  readonly buffers: ExecutorBuffers
  readonly session: string
  readonly surroundings: Surroundings
  readonly trace: WriteTrace | undefined
  readonly hostFunctions: HostFunctionSite
  readonly lookupBody: LookupBody
  readonly askLinker: (message: ExecutorRequest) => unknown
  /** Names the frames of units that the code has; others are left out. */
  readonly symbolize: (frames: readonly CodeFrame[], code: ThreadCode) => readonly TrapFrame[]
}

/** For a session's executors to share: compiled once, it is fast from the first call on in every thread. */
export function hartInterpreter(
  target: TargetName,
  memory: { readonly minimumPages: number; readonly maximumPages: number },
  { table }: HartMemoryPlan,
): WebAssembly.Module {
  return new WebAssembly.Module(interpreterModule({ isa: fullIsa(xlenOf(target)), pages: table, memory }))
}

export function codeOfTarget(place: ThreadPlace, site: CodeSite, options: CodeOptions): ThreadCode {
  const { buffers, session, surroundings, hostFunctions } = options
  const { memory, publishedWord, heapLockWord, harts } = buffers
  if (harts === null) {
    const wasi = createWasi({ memory, ...surroundings })
    const hosts = { wasi_snapshot_preview1: { ...wasi.imports } }
    const createThread = (at: ThreadPlace): ThreadContext => new ThreadContext(memory, at, hosts)
    const convert = (thrown: unknown, units: InstalledUnits): unknown =>
      convertThrown(thrown, {
        symbolize: (frames) => options.symbolize(frames, units),
        removedTarget: () => units.removedTarget(),
      })
    return wasmCode(place, site, { ...options, session, publishedWord, heapLockWord, createThread, convert })
  }
  const thread = new HartThread({
    ...harts,
    xlen: xlenOf(buffers.target),
    index: options.index,
    memory,
    trace: options.trace,
    files: { ...surroundings, directories: surroundings.preopens },
    regions: {
      map: (sizeBytes) => regionOf(() => options.askLinker({ type: 'mapRegion', sizeBytes })),
      unmap: (address) => void options.askLinker({ type: 'unmapRegion', address }),
    },
  })
  return new HartCode(site, {
    stackLow: place.stackLow,
    session,
    published: new Int32Array(memory.buffer, publishedWord, 1),
    hostFunctions,
    memoryWords: () => new Int32Array(memory.buffer),
    isExecutable: (address) => thread.isExecutable(address),
    systemCall: thread.system.environmentCall,
    symbolize: options.symbolize,
    lookupBody: options.lookupBody,
    createHart: (parts) => thread.createHart(place, parts),
  })
}

function regionOf(ask: () => unknown): number | undefined {
  try {
    return (ask() as { readonly address: number }).address
  } catch {
    return undefined
  }
}

function xlenOf(target: TargetName): Xlen {
  return target === 'riscv32' ? 32 : 64
}
