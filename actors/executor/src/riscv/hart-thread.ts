// A thread's hart over the session's memory: an instance of the interpreter, and the system that its programs run on.
import { PageTable } from '@worc/executor-memory'
import type { GuestMemory, PageTablePlace, RecordLayout } from '@worc/executor-memory'
import { Hart, createFloatUnit, createPredecoder, fullIsa, hartState } from '@worc/riscv'
import type { HartParts, Xlen } from '@worc/riscv'
import type { ThreadPlace } from '../thread-code.js'
import { createLinuxCalls } from './linux-calls.js'
import type { LinuxCalls } from './linux-calls.js'
import { createLinuxFiles } from './linux-files.js'
import type { LinuxFileOptions } from './linux-files.js'
import type { Regions } from './linux-heap.js'
import type { WriteTrace } from './trace.js'
import { createTrace } from './trace.js'

/** What the house keeps in the same memory, for harts. */
export interface HartMemoryPlan {
  readonly table: PageTablePlace
  readonly records: RecordLayout
  /** The state of the hart of executor n is n times `sizeBytes` further on. */
  readonly threads: { readonly address: number }
}

interface HartThreadOptions {
  readonly xlen: Xlen
  readonly index: number
  readonly memory: WebAssembly.Memory
  readonly plan: HartMemoryPlan
  /** A module of `interpreterModule`, for these pages. */
  readonly interpreter: WebAssembly.Module
  readonly files: LinuxFileOptions
  readonly regions: Regions
  /** Told what the hart executes, an instruction at a time: slow. */
  readonly trace: WriteTrace | undefined
}

export class HartThread {
  readonly system: LinuxCalls
  readonly #options: HartThreadOptions
  readonly #guest: GuestMemory
  readonly #pages: PageTable

  constructor(options: HartThreadOptions) {
    this.#options = options
    const { memory, plan, xlen, files, regions } = options
    this.#guest = { grow: (count) => grown(memory, count), bytes: () => new Uint8Array(memory.buffer) }
    this.#pages = new PageTable(this.#guest, plan.table, plan.records)
    this.system = createLinuxCalls({
      xlen,
      pages: this.#pages,
      memory: () => this.#guest.bytes(),
      files: createLinuxFiles(files),
      regions,
    })
  }

  isExecutable(address: number): boolean {
    return this.#pages.permits(address, 2, 'execute')
  }

  /** With the stack and the thread-local block that a link actor gave this thread. */
  createHart(
    { stackHigh, tlsBase }: ThreadPlace,
    parts: Required<Pick<HartParts, 'environmentCall' | 'functionAt'>>,
  ): Hart {
    const { memory, plan, xlen, index, interpreter, trace } = this.#options
    const float = createFloatUnit(memory.buffer as unknown as SharedArrayBuffer)
    const instance = new WebAssembly.Instance(interpreter, { worc: { memory, float } })
    let traced: (() => void) | undefined
    const hart: Hart = new Hart({
      index,
      xlen,
      address: plan.threads.address + index * hartState.sizeBytes,
      run: instance.exports['run'] as HartParts['run'],
      predecoder: createPredecoder(fullIsa(xlen), this.#pages, this.#guest),
      pages: this.#pages,
      memory: this.#guest,
      semihostingCall: this.system.semihostingCall,
      ...parts,
      ...(trace === undefined ? {} : { sliceFuel: 1n, beforeSlice: () => traced?.() }),
    })
    if (trace !== undefined)
      traced = createTrace(hart, { pages: this.#pages, bytes: () => this.#guest.bytes() }, parts.functionAt, trace)
    hart.begin(stackHigh, tlsBase)
    return hart
  }
}

/** The page count before; undefined where the memory is at its maximum. */
function grown(memory: WebAssembly.Memory, pageCount: number): number | undefined {
  try {
    return memory.grow(pageCount)
  } catch {
    return undefined
  }
}
