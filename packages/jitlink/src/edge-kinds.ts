// What an architecture says about its edges, as a table: for each kind the expression of its value, the bytes it writes, the
// values that fit. A fixup computes the expression, asks the table whether the value fits, and has the row write it; tests
// walk the same rows.
//
// Source: the comments on edge kinds in llvm/include/llvm/ExecutionEngine/JITLink/x86_64.h, which ours are instead of.
import { failure, plainError, success } from '@worc/protocol'
import type { Expected, PlainErrorCode } from '@worc/protocol'
import type { Edge } from './link-graph.js'

/** An index into an architecture's table. Kind 0 is every architecture's `keepAlive`. */
export type EdgeKind = number

/** Writes nothing: what the edge leaves stays only together with what it reaches. Source: Edge::KeepAlive. */
export const keepAlive: EdgeKind = 0

export interface EdgeKindRow {
  readonly name: string
  /** S: the target's address, A: the addend, P: the address of the fixup; other letters are the architecture's. */
  readonly expression: string
  readonly widthBytes: number
  /** The least and the greatest value that fit, both included. */
  readonly minimum: number
  readonly maximum: number
  /** Values are multiples of it; default 1. */
  readonly alignmentBytes?: number
  /** The limits as a message says them. */
  readonly limits: string
  /** What a value outside the limits is. */
  readonly error: PlainErrorCode
  readonly write: (bytes: Uint8Array, at: number, value: number) => void
}

export interface Architecture {
  readonly name: string
  readonly pointerBytes: number
  readonly edgeKinds: readonly EdgeKindRow[]
}

/**
 * Writes `value` at `bytes[at]`, or says that it does not fit; then nothing is written. The addresses are for the message;
 * that of the target is the value itself unless the value is a distance.
 */
export function applyFixup(
  row: EdgeKindRow,
  edge: Edge,
  bytes: Uint8Array,
  at: number,
  value: number,
  fixupAddress: number,
  targetAddress: number = value,
): Expected<undefined> {
  if (value < row.minimum || value > row.maximum)
    return failure(refusal(row, edge, `is out of range of`, row.limits, targetAddress, fixupAddress))
  const { alignmentBytes = 1 } = row
  if (value % alignmentBytes !== 0) {
    const limit = `multiples of ${alignmentBytes}`
    return failure(refusal(row, edge, `is not aligned for`, limit, targetAddress, fixupAddress))
  }
  row.write(bytes, at, value)
  return applied
}

const applied = success(undefined)

function refusal(
  row: EdgeKindRow,
  edge: Edge,
  problem: string,
  limit: string,
  targetAddress: number,
  fixupAddress: number,
): ReturnType<typeof plainError> {
  const target = `relocation target "${edge.target.name}" at ${hexadecimal(targetAddress)}`
  const fixup = `${row.name} fixup at ${hexadecimal(fixupAddress)}`
  return plainError(row.error, `${target} ${problem} ${fixup} (${limit})`)
}

export function hexadecimal(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`
}
