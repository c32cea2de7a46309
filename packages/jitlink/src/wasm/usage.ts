// What a unit uses that is not in its own bytes, found in one walk over the edges of the blocks that survived: the PLT slots
// and globals it needs, the addresses it must be told. Each list has its symbols once, in the order of their first use.
import { keepAlive } from '../edge-kinds.js'
import type { Symbol } from '../link-graph.js'
import type { WasmLinkGraph } from './build-link-graph.js'
import { wasmEdge } from './edge-table.js'

export interface Usage {
  /** External functions that are called directly: each gets a PLT slot, in this order. */
  readonly called: readonly Symbol[]
  /** Functions, defined here or not, whose address becomes a value. */
  readonly addressTaken: readonly Symbol[]
  /** External variables. */
  readonly data: readonly Symbol[]
  /** External variables that are accessed as thread-local ones. */
  readonly threadLocal: readonly Symbol[]
  /** Functions and variables whose address is read from a global. */
  readonly gotEntries: readonly Symbol[]
  readonly globals: readonly Symbol[]
  readonly tags: readonly Symbol[]
  /** Types that function pointers are called with. */
  readonly dispatched: readonly Symbol[]
  readonly movesStackPointer: boolean
  /** Some code computes the address of a variable that it takes for thread-local, its own or an external one. */
  readonly addressesThreadLocal: boolean
}

/** Bits of "is on that list already". */
const seen = {
  called: 1,
  addressTaken: 2,
  data: 4,
  threadLocal: 8,
  got: 16,
  global: 32,
  tag: 64,
  dispatched: 128,
} as const

export function surveyUsage(graph: WasmLinkGraph): Usage {
  const marks = new Uint8Array(graph.symbolCount)
  const called: Symbol[] = []
  const addressTaken: Symbol[] = []
  const data: Symbol[] = []
  const threadLocal: Symbol[] = []
  const gotEntries: Symbol[] = []
  const globals: Symbol[] = []
  const tags: Symbol[] = []
  const dispatched: Symbol[] = []
  let movesStackPointer = false
  let addressesThreadLocal = false

  function note(list: Symbol[], bit: number, symbol: Symbol): void {
    const mark = marks[symbol.ordinal] ?? 0
    if ((mark & bit) !== 0) return
    marks[symbol.ordinal] = mark | bit
    list.push(symbol)
  }

  function noteAddress(symbol: Symbol): void {
    if (symbol.callable) note(addressTaken, seen.addressTaken, symbol)
    else if (symbol.base.kind === 'external') note(data, seen.data, symbol)
  }

  for (const section of graph.sections) {
    for (const block of section.blocks) {
      for (const { kind, target } of block.edges) {
        switch (kind) {
          case wasmEdge.call:
          case wasmEdge.returnCall:
            if (target.base.kind === 'external') note(called, seen.called, target)
            break
          case wasmEdge.callIndirect:
          case wasmEdge.returnCallIndirect:
          case wasmEdge.callIndirectWide:
          case wasmEdge.returnCallIndirectWide:
            note(dispatched, seen.dispatched, target)
            break
          case wasmEdge.stackPointerSet:
            movesStackPointer = true
            note(globals, seen.global, target)
            break
          case wasmEdge.globalIndex:
            note(globals, seen.global, target)
            break
          case wasmEdge.gotGlobal:
            note(gotEntries, seen.got, target)
            noteAddress(target)
            break
          case wasmEdge.tagIndex:
            note(tags, seen.tag, target)
            break
          case wasmEdge.memoryAddrTLSSLEB:
            addressesThreadLocal = true
            if (target.base.kind === 'external') note(threadLocal, seen.threadLocal, target)
            break
          case wasmEdge.blockType:
          case keepAlive:
            break
          default:
            noteAddress(target)
        }
      }
    }
  }
  const lists = { called, addressTaken, data, threadLocal, gotEntries, globals, tags, dispatched }
  return { ...lists, movesStackPointer, addressesThreadLocal }
}
