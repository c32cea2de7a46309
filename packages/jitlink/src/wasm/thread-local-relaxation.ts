// Code that takes a variable for thread-local adds the variable's offset to the thread's TLS base. Where the definition turns
// out not to be thread-local (errno of a single-threaded libc), the sum must be the variable's one address instead.
//
// In optimized code the addition stands next to its operands and can be undone:
//
//   global.get tls_base; i32.const off; i32.add    23 bbbbb 41 ooooo 6a   ->   23 bbbbb 1a 41 aaaaa   (drop the base)
//   i32.const off; global.get tls_base; i32.add    41 ooooo 23 bbbbb 6a   ->   41 aaaaa 23 bbbbb 1a
//
// Anywhere else (the base is kept in a local, the code is not optimized) the offset is replaced by the distance from this
// thread's base to the variable, which a function computes: right whatever is done with it, and as long: call takes six bytes
// as i32.const does.
import { plainError } from '@worc/protocol'
import type { JITErrorData } from '@worc/protocol'
import { instructionCode, paddedLeb32Bytes } from '@worc/wasm'
import { hexadecimal } from '../edge-kinds.js'
import { symbolAddress } from '../link-graph.js'
import type { ContentBlock, Edge } from '../link-graph.js'
import { wasmEdge, writePaddedS32, writePaddedU32 } from './edge-table.js'
import { existing } from './existing.js'
import type { ModuleIndexes } from './module-indexes.js'

const call = instructionCode('call')
const drop = instructionCode('drop')
const i32Const = instructionCode('i32.const')
const i32Add = instructionCode('i32.add')

/** Bytes of an instruction whose one immediate is a padded LEB. */
const instructionBytes = 1 + paddedLeb32Bytes

/** `position` is that of the edge among the block's, `at` that of its field in `bytes`. */
export function relaxThreadLocal(
  indexes: ModuleIndexes,
  block: ContentBlock,
  position: number,
  bytes: Uint8Array,
  at: number,
): JITErrorData | undefined {
  const edge = existing(block.edges[position], `edge ${position}`)
  const opcodeAt = (distance: number): number => block.content[edge.offset + distance] ?? -1
  if (opcodeAt(-1) !== i32Const) {
    const problem = `opcode ${hexadecimal(opcodeAt(-1))} takes its offset and cannot be rewritten`
    return plainError('BadObject', `"${edge.target.name}" is not thread-local: ${problem}`)
  }
  const address = symbolAddress(edge.target) + edge.addend
  if (readsBase(block.edges[position - 1], edge.offset - instructionBytes) && opcodeAt(paddedLeb32Bytes) === i32Add) {
    bytes[at - 1] = drop
    bytes[at] = i32Const
    writePaddedS32(bytes, at + 1, address)
    return undefined
  }
  const addition = paddedLeb32Bytes + instructionBytes
  if (readsBase(block.edges[position + 1], edge.offset + instructionBytes) && opcodeAt(addition) === i32Add) {
    bytes[at + addition] = drop
    writePaddedS32(bytes, at, address)
    return undefined
  }
  bytes[at - 1] = call
  writePaddedU32(bytes, at, indexes.distanceTo(address))
  return undefined
}

/** An edge of this kind at an instruction's distance is that instruction's operand. */
function readsBase(edge: Edge | undefined, offset: number): boolean {
  return edge?.kind === wasmEdge.globalIndex && edge.offset === offset && edge.target.name === '__tls_base'
}
