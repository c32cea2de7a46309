// Edges of functions, applied in place to the emitted code. A body keeps its size: an instruction that becomes something else
// becomes something as long, padded with LEB continuation bytes or nops.
//
//   call f               10 fffff          i32.const k; call_indirect t     41 kk 11 t 00        f is another unit's
//   call_indirect t      11 ttttt 00       call dispatcher of t; nop        10 ddddd 01
//   global.set sp        24 ggggg          call stack check                 10 ccccc
//   i32.const off        41 ooooo          see thread-local-relaxation.ts
import { plainError } from '@worc/protocol'
import type { JITErrorData } from '@worc/protocol'
import { instructionCode, paddedLeb32Bytes } from '@worc/wasm'
import { applyFixup } from '../edge-kinds.js'
import { isThreadLocal, symbolAddress } from '../link-graph.js'
import type { ContentBlock, Edge } from '../link-graph.js'
import { rowOf, wasmEdge, writePaddedU32 } from './edge-table.js'
import { existing } from './existing.js'
import { privateTable } from './generated-functions.js'
import type { ModuleIndexes } from './module-indexes.js'
import { relaxThreadLocal } from './thread-local-relaxation.js'

const call = instructionCode('call')
const returnCall = instructionCode('return_call')
const callIndirect = instructionCode('call_indirect')
const returnCallIndirect = instructionCode('return_call_indirect')
const i32Const = instructionCode('i32.const')
const nop = instructionCode('nop')

/** A block's edges, applied to its copy at `bytes[start]`. Says which edge cannot be applied; bytes before it are changed then. */
export function fixCode(
  indexes: ModuleIndexes,
  block: ContentBlock,
  bytes: Uint8Array,
  start: number,
): JITErrorData | undefined {
  for (const [position, edge] of block.edges.entries()) {
    const problem = fixEdge(indexes, block, position, edge, bytes, start + edge.offset)
    if (problem !== undefined) return problem
  }
  return undefined
}

function fixEdge(
  indexes: ModuleIndexes,
  block: ContentBlock,
  position: number,
  edge: Edge,
  bytes: Uint8Array,
  at: number,
): JITErrorData | undefined {
  const { kind, target } = edge
  switch (kind) {
    case wasmEdge.call:
      return fixCall(indexes, edge, bytes, at, callIndirect)
    case wasmEdge.returnCall:
      return fixCall(indexes, edge, bytes, at, returnCallIndirect)
    case wasmEdge.callIndirect:
      return fixIndirectCall(indexes, edge, bytes, at, call, 1)
    case wasmEdge.returnCallIndirect:
      return fixIndirectCall(indexes, edge, bytes, at, returnCall, 1)
    case wasmEdge.callIndirectWide:
      return fixIndirectCall(indexes, edge, bytes, at, call, paddedLeb32Bytes)
    case wasmEdge.returnCallIndirectWide:
      return fixIndirectCall(indexes, edge, bytes, at, returnCall, paddedLeb32Bytes)
    case wasmEdge.blockType:
      writePaddedU32(bytes, at, indexes.typeIndexOf(target.signature ?? ''))
      return undefined
    case wasmEdge.globalIndex:
      return writeIndex(indexes.globals.globalOf, edge, bytes, at)
    case wasmEdge.gotGlobal:
      return writeIndex(indexes.globals.gotOf, edge, bytes, at)
    case wasmEdge.tagIndex:
      return writeIndex(indexes.tagOf, edge, bytes, at)
    case wasmEdge.stackPointerSet:
      bytes[at - 1] = call
      writePaddedU32(bytes, at, indexes.stackCheck)
      return undefined
    case wasmEdge.memoryAddrTLSSLEB:
      if (!isThreadLocal(target.base)) return relaxThreadLocal(indexes, block, position, bytes, at)
      return applyAddress(edge, bytes, at)
    default:
      if (isThreadLocal(target.base)) return threadLocalAsShared(edge)
      return applyAddress(edge, bytes, at)
  }
}

/** A thread-local variable has no address that would be the same in two threads. */
export function threadLocalAsShared({ kind, target }: Edge): JITErrorData {
  const message = `"${target.name}" is thread-local but ${rowOf(kind).name} refers to it as data that all threads share`
  return plainError('BadObject', message)
}

/** `slotCall` is the instruction that calls through the table where `edge` has the one that calls a function. */
function fixCall(
  { functionOf, slotOf, slotTypes, farCalls }: ModuleIndexes,
  { target }: Edge,
  bytes: Uint8Array,
  at: number,
  slotCall: number,
): undefined {
  const slot = slotOf[target.ordinal] ?? -1
  const { base } = target
  if (slot < 0) {
    if (base.kind === 'external' || base.kind === 'absolute') throw new Error(`"${target.name}" has no PLT slot`)
    writePaddedU32(bytes, at, existing(functionOf[base.ordinal], target.name))
    return
  }
  const far = existing(farCalls[slot], `PLT slot ${slot}`)
  if (far >= 0) {
    writePaddedU32(bytes, at, far)
    return
  }
  bytes[at - 1] = i32Const
  bytes[at] = (slot & 0x7f) | 0x80
  bytes[at + 1] = slot >> 7
  bytes[at + 2] = slotCall
  bytes[at + 3] = existing(slotTypes[slot], `PLT slot ${slot}`)
  bytes[at + 4] = privateTable
}

function fixIndirectCall(
  { dispatcherOf }: ModuleIndexes,
  edge: Edge,
  bytes: Uint8Array,
  at: number,
  instruction: number,
  tableBytes: number,
): undefined {
  bytes[at - 1] = instruction
  writeIndex(dispatcherOf, edge, bytes, at)
  bytes.fill(nop, at + paddedLeb32Bytes, at + paddedLeb32Bytes + tableBytes)
}

function writeIndex(numbers: Int32Array, { target }: Edge, bytes: Uint8Array, at: number): undefined {
  const index = numbers[target.ordinal] ?? -1
  if (index < 0) throw new Error(`"${target.name}" has no index in the module`)
  writePaddedU32(bytes, at, index)
}

/** S + A: of a function S is its C pointer, and a function's edges have no addend. */
function applyAddress(edge: Edge, bytes: Uint8Array, at: number): JITErrorData | undefined {
  const applied = applyFixup(rowOf(edge.kind), edge, bytes, at, symbolAddress(edge.target) + edge.addend, edge.offset)
  return applied.ok ? undefined : applied.error
}
