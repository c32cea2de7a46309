// Addresses for the unit's own blocks, once the arenas have given what the layout asked for. From here on the unit's symbols
// can be announced (notifyResolved), before the unit knows the addresses of anything else: units may refer to each other.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected } from '@worc/protocol'
import { hexadecimal } from '../edge-kinds.js'
import { isBlock, isThreadLocal, symbolAddress } from '../link-graph.js'
import type { Layout, RegionLayout } from './layout.js'

/** What the arenas gave. A region of size 0 takes any address. */
export interface Placement {
  readonly dataAddress: number
  /** From the base of every thread's block of thread-local variables. */
  readonly threadLocalOffsetBytes: number
  /** C function pointers, parallel to `addressTaken` of the layout. */
  readonly slots: readonly number[]
}

/** What the unit offers under a name: one of each non-local symbol. */
export type UnitDefinition =
  | { readonly kind: 'function'; readonly name: string; readonly index: number }
  | { readonly kind: 'data'; readonly name: string; readonly address: number; readonly sizeBytes: number }
  | { readonly kind: 'thread-local'; readonly name: string; readonly offsetBytes: number; readonly sizeBytes: number }

const addressSpaceBytes = 0x1_0000_0000

/** OutOfMemory if a region does not end within the address space. */
export function allocate(layout: Layout, placement: Placement): Expected<readonly UnitDefinition[]> {
  const { graph, data, threadLocal, addressTaken, functionBlocks } = layout
  if (placement.slots.length !== addressTaken.length) {
    throw new Error(`${graph.name} needs ${addressTaken.length} slots and was given ${placement.slots.length}`)
  }
  const problem =
    place(graph.name, 'data', data, placement.dataAddress) ??
    place(graph.name, 'thread-local data', threadLocal, placement.threadLocalOffsetBytes)
  if (problem !== undefined) return failure(plainError('OutOfMemory', problem))
  for (const [position, index] of addressTaken.entries()) {
    const block = functionBlocks[index]
    if (block !== undefined) block.address = placement.slots[position] ?? 0
  }
  return success(definitions(layout))
}

function place(unit: string, what: string, region: RegionLayout, base: number): string | undefined {
  if (region.sizeBytes > 0 && base % region.alignmentBytes !== 0) {
    throw new Error(`${what} of ${unit} was placed at ${hexadecimal(base)}, not a multiple of ${region.alignmentBytes}`)
  }
  if (base + region.sizeBytes > addressSpaceBytes) {
    return `${unit}: ${region.sizeBytes} bytes of ${what} at ${hexadecimal(base)} do not end below 2^32`
  }
  for (const [position, block] of region.blocks.entries()) block.address = base + (region.offsets[position] ?? 0)
  return undefined
}

function definitions({ graph, functionIndexes }: Layout): readonly UnitDefinition[] {
  const defined: UnitDefinition[] = []
  for (const symbol of graph.symbols) {
    const { name, base, sizeBytes } = symbol
    if (name === '' || symbol.scope === 'local' || base.kind === 'external') continue
    if (isBlock(base) && symbol.callable) {
      defined.push({ kind: 'function', name, index: functionIndexes[base.ordinal] ?? -1 })
    } else if (isThreadLocal(base)) {
      defined.push({ kind: 'thread-local', name, offsetBytes: symbolAddress(symbol), sizeBytes })
    } else {
      defined.push({ kind: 'data', name, address: symbolAddress(symbol), sizeBytes })
    }
  }
  return defined
}
