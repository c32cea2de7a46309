// One hart over a small memory: code of a source that needs no linker, a stack, and two system calls. A test sees what it wrote
// and how it ended.
import { PageTable, pageTableBytes } from '@worc/executor-memory'
import type { GuestMemory } from '@worc/executor-memory'
import {
  hartState,
  createFloatUnit,
  createPredecoder,
  fullIsa,
  interpreterModule,
  pageRecords,
  runExit,
  trapCause,
} from '@worc/riscv'
import type { Isa, Xlen } from '@worc/riscv'
import { valueOf } from '../executor-memory/claims-under-test.js'
import { objectOf } from './assembled.js'

const hartAddress = 0x400

/** Below are the harts and nothing that the guest may touch; the page table is the last thing there is at first. */
const guest = { start: 0x1000, end: 0x10_0000 }
const code = { start: 0x1_0000, end: 0x5_0000 }
const limitBytes = 0x40_0000
const table = { address: 0x20_0000, limitBytes }
const initialPages = Math.ceil((table.address + pageTableBytes(limitBytes)) / 0x1_0000)
const maximumPages = initialPages + 64

export const stackTop: number = guest.end
export const codeStart: number = code.start

export interface Ending {
  /** What write(1, …) was given. */
  readonly output: Buffer
  /** Of exit; undefined where a trap or a lack of fuel ended it. */
  readonly exitCode: number | undefined
  readonly cause: number
  readonly trapValue: bigint
  readonly pc: bigint
  readonly retired: bigint
  readonly register: (number: number) => bigint
}

const [a0, a1, a2, a7, sp] = [10, 11, 12, 17, 2]
const [writeCall, exitCall] = [64n, 93n]

interface Hart {
  readonly view: DataView
  readonly run: (fuel: bigint) => number
}

const modules = new Map<Xlen, WebAssembly.Module>()

/** A hart in a memory of its own, whose pc is at the start of the code. */
export function hartWith(source: string, xlen: Xlen): Hart {
  return hartIn(memoryWith(source, xlen), xlen, hartAddress)
}

/** A memory with the code of a source, and data around it. */
export function memoryWith(source: string, xlen: Xlen): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: initialPages, maximum: maximumPages, shared: true })
  const section = objectOf(`.option norelax\n${source}`, fullIsa(xlen)).sections.find(({ name }) => name === '.text')
  new Uint8Array(memory.buffer).set(section?.content ?? [], code.start)
  const pages = pagesOf(memory)
  for (const [start, end, prot] of [
    [guest.start, code.start, 'rw'],
    [code.start, code.end, 'rx'],
    [code.end, guest.end, 'rw'],
  ] as const)
    valueOf(pages.protect(start, end, prot))
  return memory
}

function pagesOf(memory: WebAssembly.Memory): PageTable {
  return new PageTable(guestMemory(memory), table, pageRecords)
}

function guestMemory(memory: WebAssembly.Memory): GuestMemory {
  return { grow: (pageCount) => memory.grow(pageCount), bytes: () => new Uint8Array(memory.buffer) }
}

/** A hart whose state is at an address below the guest's; other threads may have theirs beside it. */
export function hartIn(memory: WebAssembly.Memory, xlen: Xlen, address: number): Hart {
  const isa = fullIsa(xlen)
  const shared = memory.buffer as unknown as SharedArrayBuffer
  const predecoder = createPredecoder(isa, pagesOf(memory), guestMemory(memory))
  const instance = new WebAssembly.Instance(moduleFor(isa), { worc: { memory, float: createFloatUnit(shared) } })
  const run = instance.exports['run'] as (hart: number, fuel: bigint) => number
  const view = new DataView(shared)
  view.setBigUint64(address + hartState.pc, BigInt(code.start), true)
  view.setBigUint64(address + 8 * sp, BigInt(stackTop), true)
  return {
    view,
    run: (fuel) => {
      for (;;) {
        const before = view.getBigUint64(address + hartState.retired, true)
        const exit = run(address, fuel)
        if (exit !== runExit.undecoded) return exit
        fuel -= view.getBigUint64(address + hartState.retired, true) - before
        predecoder.decodeAt(Number(view.getBigUint64(address + hartState.pc, true)))
      }
    },
  }
}

function moduleFor(isa: Isa): WebAssembly.Module {
  const known = modules.get(isa.xlen)
  if (known !== undefined) return known
  const bytes = interpreterModule({ isa, pages: table, memory: { minimumPages: 1, maximumPages } })
  const compiled = new WebAssembly.Module(bytes)
  modules.set(isa.xlen, compiled)
  return compiled
}

/** Runs until the program exits or traps. */
export function runProgram(source: string, xlen: Xlen, fuel: bigint = 10_000_000n): Ending {
  const { view, run } = hartWith(source, xlen)
  const state = (offset: number): bigint => view.getBigUint64(hartAddress + offset, true)
  const register = (number: number): bigint => BigInt.asUintN(xlen, state(8 * number))
  const output: Buffer[] = []
  let exitCode: number | undefined
  for (let exit = run(fuel); exit === runExit.trap && exitCode === undefined; exit = run(fuel)) {
    if (view.getInt32(hartAddress + hartState.cause, true) !== trapCause.environmentCall) break
    if (register(a7) === exitCall) exitCode = Number(register(a0))
    else if (register(a7) === writeCall) output.push(bytesAt(view, register(a1), register(a2)))
    else break
    view.setBigUint64(hartAddress + hartState.pc, state(hartState.pc) + 4n, true)
    if (exitCode !== undefined) break
  }
  return {
    output: Buffer.concat(output),
    exitCode,
    cause: view.getInt32(hartAddress + hartState.cause, true),
    trapValue: BigInt.asUintN(xlen, state(hartState.trapValue)),
    pc: BigInt.asUintN(xlen, state(hartState.pc)),
    retired: state(hartState.retired),
    register,
  }
}

function bytesAt({ buffer }: DataView, start: bigint, length: bigint): Buffer {
  return Buffer.from(new Uint8Array(buffer).slice(Number(start), Number(start + length)))
}
