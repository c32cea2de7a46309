// Small objects made here, byte by byte, so that a storm needs no compiler. The nth defines a function `f<n>` and its data:
//
//   int f<n>(int steps) { return steps == 0 ? value : f<n + 1>(steps - 1) + 1; }       value = 10 * version + n
//
// Each calls the next, the last the first: a call with enough steps goes through every unit of the ring, and what comes back
// tells whose function was reached. An end of the ring calls nobody and stops there. Function 2 spends a function pointer's
// slot, 3 has thread-local data.
import { moduleHeader } from '@worc/wasm'
import {
  bytesOf,
  custom,
  dataSymbol,
  flag,
  indexedSymbol,
  linking,
  linkingSubsection,
  chunk,
  padded,
  section,
  symbolTable,
} from '../../wasm/object-writer.js'

export const ringSize = 4

export function functionName(n: number): string {
  return `f${n}`
}

/** Whether the nth function may answer this when it is called with so many steps. */
export function isAnswerOf(n: number, steps: number, answer: number): boolean {
  const taken = Array.from({ length: steps + 1 }, (_, each) => each)
  return taken.some((each) => (answer - each) % 10 === (n + each) % ringSize)
}

const withThreadLocal = 3
const threadLocalName = 't3'
const withPointer = 2
const i32 = 0x7f
const relocation = { functionIndex: 0, tableIndexSLEB: 1, memoryAddress: 4 } as const
/** Imports come first in the index space of functions. */
const imported = 0
const defined = 1
const symbolIndex = { own: 0, next: 1, data: 2 } as const

/** What the nth function of a version answers where it goes no further. */
export function ringAnswer(n: number, version: number): number {
  return 10 * version + n
}

/** `dataBytes` at least 4. */
export function ringObject(n: number, version: number, dataBytes: number, isEnd = false): Uint8Array {
  const next = functionName((n + 1) % ringSize)
  const relocations: { readonly type: number; readonly offset: number; readonly symbol: number }[] = []
  const code: number[] = [0]
  const relocated = (opcode: number, type: number, symbol: number): void => {
    // Behind the count of bodies and the size of this one, each a byte.
    relocations.push({ type, offset: 2 + code.length + 1, symbol })
    code.push(opcode, ...padded.leb32)
  }
  // steps == 0, or no further
  code.push(0x20, 0, 0x45, 0x41, isEnd ? 1 : 0, 0x72, 0x04, i32)
  if (n === withPointer) {
    relocated(0x41, relocation.tableIndexSLEB, symbolIndex.own)
    code.push(0x1a)
  }
  // The data's first word is zero: it adds nothing but its address.
  relocated(0x41, relocation.memoryAddress, symbolIndex.data)
  code.push(0x28, 2, 0, 0x41, ...signedLEB(ringAnswer(n, version)), 0x6a)
  code.push(0x05, 0x20, 0, 0x41, 1, 0x6b)
  // Dead code calls nobody else's, so that nobody else is needed.
  relocated(0x10, relocation.functionIndex, isEnd ? symbolIndex.own : symbolIndex.next)
  code.push(0x41, 1, 0x6a, 0x0b, 0x0b)
  const threadLocal = n === withThreadLocal
  return bytesOf(
    moduleHeader,
    section('type', 1, [0x60], 1, [i32], 1, [i32]),
    section('import', 1, 'env', next, [0], 0),
    section('function', 1, 0),
    section('code', 1, code.length, code),
    section(
      'data',
      threadLocal ? 2 : 1,
      [0, 0x41, 0, 0x0b],
      dataBytes,
      new Uint8Array(dataBytes),
      ...(threadLocal ? [[0, 0x41, 0, 0x0b], 8, [7, 0, 0, 0, 0, 0, 0, 0]] : []),
    ),
    linking(
      segmentInfo(threadLocal),
      symbolTable(
        indexedSymbol('function', 0, defined, functionName(n)),
        indexedSymbol('function', flag.undefined, imported),
        dataSymbol(`d${n}`, 0, 0, 0, dataBytes),
        ...(threadLocal ? [dataSymbol(threadLocalName, flag.threadLocal, 1, 0, 8)] : []),
      ),
    ),
    custom('reloc.CODE', codeSection, relocations.length, ...relocations.flatMap(relocationBytes)),
  )
}

/** Its position among the sections. */
const codeSection = 3

function relocationBytes({ type, offset, symbol }: { type: number; offset: number; symbol: number }): number[] {
  return [type, offset, symbol, ...(type === relocation.memoryAddress ? [0] : [])]
}

function segmentInfo(threadLocal: boolean): Uint8Array {
  const segments = [['data', 3, 0] as const, ...(threadLocal ? [['tls', 3, 2] as const] : [])]
  return chunk(linkingSubsection.segmentInfo, segments.length, ...segments.flat())
}

function signedLEB(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    const byte = rest & 0x7f
    const last = rest >> 7 === (byte & 0x40 ? -1 : 0)
    bytes.push(last ? byte : byte | 0x80)
    if (last) return bytes
  }
}
