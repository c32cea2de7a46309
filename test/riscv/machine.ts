// A memory of pages with a real mapper, and harts over it: what an executor and a link actor make of these parts, in one thread.
// Sources need no linker; each is placed on pages of its own. Other threads open the same memory and have harts of their own.
import { PageMapper, PageTable, RangeArena, pageBytes, pageTableBytes, unsharedLock } from '@worc/executor-memory'
import type { GuestMemory, MemProt, Reservation } from '@worc/executor-memory'
import {
  Hart,
  createFloatUnit,
  createPredecoder,
  fullIsa,
  hartState,
  interpreterModule,
  pageRecords,
} from '@worc/riscv'
import type { CallOutcome, HartParts, HartSignature, HartTrap, HartValue, Xlen } from '@worc/riscv'
import { claim, valueOf } from '../executor-memory/claims-under-test.js'
import { objectOf } from './assembled.js'

/** Plain data: it can be sent to another thread. */
export interface SharedMachine {
  readonly memory: WebAssembly.Memory
  readonly arena: SharedArrayBuffer
}

/** House memory: harts on the pages below 64 KiB, then the table. */
const firstHart = 0x1000
const limitBytes = 0x800_0000
const table = { address: 0x1_0000, limitBytes }
const firstGuest = table.address + pageTableBytes(limitBytes)
const initialPages = Math.ceil(firstGuest / 0x1_0000)
const maximumPages = limitBytes / 0x1_0000
const stackBytes = 0x1_0000

export function newMachine(): SharedMachine {
  const arena = RangeArena.createBuffer({ ranges: 4096, keys: 16 })
  const memory = new WebAssembly.Memory({ initial: initialPages, maximum: maximumPages, shared: true })
  return { memory, arena }
}

export interface Machine extends SharedMachine {
  readonly guest: GuestMemory
  readonly pages: PageTable
  readonly mapper: PageMapper
  readonly view: () => DataView
  /** Each with a stack. */
  hart(xlen: Xlen, index: number, options?: HartOptions): Hart
  /** Zeroes, with a page on either side that is not mapped. */
  data(sizeBytes: number): Placed
  place(source: string, xlen: Xlen, prot?: MemProt): Code
  /** Unmaps and releases. */
  remove(reservation: Reservation): void
}

export type HartOptions = Partial<
  Pick<HartParts, 'environmentCall' | 'semihostingCall' | 'beforeSlice' | 'sliceFuel' | 'functionAt'>
> & {
  /** Where the stack ends, if it is there already. */
  readonly stackHigh?: number
}

interface Placed {
  readonly reservation: Reservation
  readonly address: number
}

export interface Code extends Placed {
  /** Of a label that is global. */
  at(label: string): number
}

const modules = new Map<Xlen, WebAssembly.Module>()

/** This thread's view of a machine. */
export function openMachine({ memory, arena }: SharedMachine = newMachine()): Machine {
  const guest: GuestMemory = {
    grow: (pageCount) => {
      try {
        return memory.grow(pageCount)
      } catch {
        return undefined
      }
    },
    bytes: () => new Uint8Array(memory.buffer),
  }
  const pages = new PageTable(guest, table, pageRecords)
  const mapper = new PageMapper(new RangeArena(arena, unsharedLock), guest, pages, {
    stepBytes: 0x10_0000,
    limitBytes,
  })
  const reserve = (sizeBytes: number): Reservation => valueOf(mapper.reserve(sizeBytes, 16, claim()))
  const data = (sizeBytes: number): Placed => {
    const reservation = reserve(sizeBytes + 2 * pageBytes)
    const segment = { offsetBytes: pageBytes, prot: 'rw', content: new Uint8Array(), zeroFillBytes: sizeBytes } as const
    valueOf(mapper.initialize(reservation, [segment]))
    return { reservation, address: reservation.address + pageBytes }
  }
  return {
    memory,
    arena,
    guest,
    pages,
    mapper,
    view: () => new DataView(memory.buffer),
    data,
    hart(xlen, index, options = {}) {
      const hart = hartOver(guest, memory, pages, xlen, index, options)
      hart.begin(options.stackHigh ?? data(stackBytes).address + stackBytes, 0)
      return hart
    },
    place(source, xlen, prot = 'rx') {
      const { sections, symbols } = objectOf(`.option norelax\n${source}`, fullIsa(xlen))
      const content = sections.find(({ name }) => name === '.text')?.content ?? new Uint8Array()
      const reservation = reserve(content.length)
      valueOf(mapper.initialize(reservation, [{ offsetBytes: 0, prot, content, zeroFillBytes: 0 }]))
      return {
        reservation,
        address: reservation.address,
        at(label) {
          const symbol = symbols.find(({ name }) => name === label)
          if (symbol === undefined) throw new Error(`there is no label ${label}`)
          return reservation.address + symbol.value
        },
      }
    },
    remove(reservation) {
      mapper.deinitialize(reservation, 1)
      mapper.release(reservation)
    },
  }
}

function hartOver(
  guest: GuestMemory,
  memory: WebAssembly.Memory,
  pages: PageTable,
  xlen: Xlen,
  index: number,
  options: HartOptions,
): Hart {
  const float = createFloatUnit(memory.buffer as unknown as SharedArrayBuffer)
  const instance = new WebAssembly.Instance(moduleFor(xlen), { worc: { memory, float } })
  return new Hart({
    environmentCall: () => 'halt',
    ...options,
    index,
    xlen,
    address: firstHart + index * hartState.sizeBytes,
    run: instance.exports['run'] as (hart: number, fuel: bigint) => number,
    predecoder: createPredecoder(fullIsa(xlen), pages, guest),
    pages,
    memory: guest,
  })
}

function moduleFor(xlen: Xlen): WebAssembly.Module {
  const known = modules.get(xlen)
  if (known !== undefined) return known
  const bytes = interpreterModule({ isa: fullIsa(xlen), pages: table, memory: { minimumPages: 1, maximumPages } })
  const compiled = new WebAssembly.Module(bytes)
  modules.set(xlen, compiled)
  return compiled
}

/** The value, where a call is to return. */
export function returned(outcome: CallOutcome): HartValue | undefined {
  if (outcome.kind === 'returned') return outcome.value
  throw new Error(outcome.kind === 'halted' ? 'the call was halted' : `${outcome.trap.cause} at ${outcome.trap.pc}`)
}

/** The trap, where a call is to end with one. */
export function trapped(outcome: CallOutcome): HartTrap {
  if (outcome.kind !== 'trapped') throw new Error(`the call ${outcome.kind}`)
  return outcome.trap
}

export const toInteger: HartSignature = { parameters: [], results: ['i32'] }
