// `.eh_frame` tells for every function how to leave it, in records that stand in one section whichever sections the functions
// are in. Cut into a block each, a record stays exactly as long as its function: the function's block keeps it, it keeps the
// record that it shares with others (its CIE). One walk over the bytes and one over the relocations.
//
// The assembler leaves the distance of a record to its CIE as a number, for they were in one section: it becomes an edge.
//
// Sources: Linux Standard Base, "Exception Frames"; EHFrameSupport.cpp and DWARFRecordSectionSplitter.cpp in
// llvm/lib/ExecutionEngine/JITLink
import { hexadecimal, keepAlive } from '../edge-kinds.js'
import { addContentBlock, addEdge, addSymbol, isBlock, isExecutable } from '../link-graph.js'
import type { Addressable, Block, ContentBlock, Edge, LinkGraph, Symbol } from '../link-graph.js'
import { riscvEdge } from './edge-table.js'
import { read32 } from './instruction-fields.js'

export const ehFrameName = '.eh_frame'

/** One record, with its own length field. */
interface FrameRecord {
  readonly start: number
  readonly end: number
  /** Where the distance to the CIE is, from the start; 0 there says that this is one. */
  readonly cieField: number
  readonly cieDistance: number
}

/** Goes after the edges of the object. Says what is wrong with the first record that cannot be read. */
export function splitEhFrame(graph: LinkGraph): string | undefined {
  for (const section of graph.sections) {
    if (section.name !== ehFrameName || isExecutable(section)) continue
    const whole = section.blocks.filter((block) => block.kind === 'content')
    section.blocks = section.blocks.filter((block) => block.kind === 'zero-fill')
    const labels = labelsIn(graph, whole)
    for (const block of whole) {
      const records = recordsOf(block.content)
      if (typeof records === 'string') return `${ehFrameName}: ${records}`
      const problem = splitBlock(graph, block, records, labels.get(block) ?? [])
      if (problem !== undefined) return `${ehFrameName}: ${problem}`
    }
    // Whoever walks over the section needs an end, whatever stays of it.
    const end = addContentBlock(graph, section, new Uint8Array(4), 1)
    addSymbol(graph, '', end, { sizeBytes: 4, scope: 'local', live: true })
  }
  return undefined
}

const lengthBytes = 4
const longLengthBytes = 12
const escape = 0xffff_ffff

/** Without those that only mark an end. */
function recordsOf(content: Uint8Array): readonly FrameRecord[] | string {
  const records: FrameRecord[] = []
  for (let start = 0; start < content.length;) {
    const left = content.length - start
    if (left < lengthBytes) return `${left} bytes at ${hexadecimal(start)} are no record`
    const isLong = read32(content, start) >>> 0 === escape
    const cieField = isLong ? longLengthBytes : lengthBytes
    if (left < cieField) return `the record at ${hexadecimal(start)} is cut off`
    const sizeBytes = isLong ? longLength(content, start + lengthBytes) : read32(content, start) >>> 0
    const end = start + cieField + sizeBytes
    if (end > content.length) return `${sizeBytes} bytes of a record at ${hexadecimal(start)} are not in the section`
    if (sizeBytes > 0 && sizeBytes < 4) return `the record at ${hexadecimal(start)} has only ${sizeBytes} bytes`
    if (sizeBytes > 0) records.push({ start, end, cieField, cieDistance: read32(content, start + cieField) >>> 0 })
    start = end
  }
  return records
}

function longLength(content: Uint8Array, at: number): number {
  return (read32(content, at) >>> 0) + (read32(content, at + 4) >>> 0) * 2 ** 32
}

/** The section's own symbol is one. */
function labelsIn(graph: LinkGraph, blocks: readonly Block[]): ReadonlyMap<Addressable, Symbol[]> {
  const labels = new Map<Addressable, Symbol[]>(blocks.map((block) => [block, []]))
  for (const symbol of graph.symbols) labels.get(symbol.base)?.push(symbol)
  return labels
}

function splitBlock(
  graph: LinkGraph,
  whole: ContentBlock,
  records: readonly FrameRecord[],
  labels: readonly Symbol[],
): string | undefined {
  const aligned = records.every(({ start, end }) => start % 4 === 0 && end % 4 === 0)
    ? Math.min(4, whole.alignmentBytes)
    : 1
  const blocks = records.map(({ start, end }, index) => {
    const content = whole.content.subarray(start, end)
    return addContentBlock(graph, whole.section, content, index === 0 ? whole.alignmentBytes : aligned)
  })
  const problem = shareEdges(whole, records, blocks)
  if (problem !== undefined) return problem
  moveLabels(labels, records, blocks)
  const symbols = blocks.map((block) => addSymbol(graph, '', block, { sizeBytes: block.sizeBytes, scope: 'local' }))
  const byStart = new Map(records.map(({ start }, index) => [start, index]))
  for (const [index, record] of records.entries()) {
    const [block, symbol] = [blocks[index], symbols[index]]
    if (record.cieDistance === 0 || block === undefined || symbol === undefined) continue
    const problem = followRecord(record, block, symbol, symbols[byStart.get(cieStart(record)) ?? -1])
    if (problem !== undefined) return problem
  }
  return undefined
}

function cieStart({ start, cieField, cieDistance }: FrameRecord): number {
  return start + cieField - cieDistance
}

/** Both are sorted. */
function shareEdges(
  { edges }: ContentBlock,
  records: readonly FrameRecord[],
  blocks: readonly Block[],
): string | undefined {
  let index = 0
  for (const edge of edges) {
    for (let record = records[index]; record !== undefined && record.end <= edge.offset; record = records[index])
      index++
    const [record, block] = [records[index], blocks[index]]
    if (record === undefined || block === undefined || edge.offset < record.start) {
      return `a relocation at ${hexadecimal(edge.offset)} is in no record`
    }
    block.edges.push({ ...edge, offset: edge.offset - record.start })
  }
  return undefined
}

function moveLabels(labels: readonly Symbol[], records: readonly FrameRecord[], blocks: readonly Block[]): void {
  for (const label of labels) {
    const index = lastStartingBy(records, label.offset)
    const [record, block] = [records[index], blocks[index]]
    if (record === undefined || block === undefined) continue
    label.base = block
    label.offset -= record.start
  }
}

function lastStartingBy(records: readonly FrameRecord[], offset: number): number {
  let [low, high] = [0, records.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((records[middle]?.start ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** The function keeps the record, the record its CIE. One that is about a function elsewhere goes. */
function followRecord(
  { start, cieField }: FrameRecord,
  block: Block,
  symbol: Symbol,
  cie: Symbol | undefined,
): string | undefined {
  const edgeAt = (offset: number): Edge | undefined => block.edges.find((edge) => edge.offset === offset)
  const begin = edgeAt(cieField + 4)
  if (edgeAt(cieField) === undefined) {
    if (cie === undefined) return `the record at ${hexadecimal(start)} has no CIE`
    block.edges.unshift({ kind: riscvEdge.negDelta32, offset: cieField, target: cie, addend: 0 })
  }
  if (begin !== undefined && isBlock(begin.target.base)) addEdge(begin.target.base, keepAlive, 0, symbol, 0)
  return undefined
}
