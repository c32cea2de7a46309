// Code that the compiler wrote for any distance, made shorter for those that came out: a call of two instructions becomes a
// jump of one, and padding for an alignment shrinks to what the address needs. Places only move within their block, whose
// own place and size stay, so that nothing else has to move; its last bytes are left over.
//
// A pass decides for every place in order, with the addresses that the last pass left; passes repeat until nothing changes.
// That could go on for ever, since padding grows when code before it shrinks and with it the distance of a call that then does
// not fit any more, so after more passes than make sense all calls stay as they were.
//
// Source: relax in llvm/lib/ExecutionEngine/JITLink/ELF_riscv.cpp, whose bytes these are
import { keepAlive } from '../edge-kinds.js'
import { isBlock, isExecutable, symbolAddress } from '../link-graph.js'
import type { Block, Edge, Symbol } from '../link-graph.js'
import { alignUp } from '../block-layout.js'
import type { ElfLinkGraph } from './build-elf-graph.js'
import { riscvEdge } from './edge-table.js'
import { read32, write16, write32 } from './instruction-fields.js'

/** A call that may become shorter, or padding. */
interface Candidate {
  readonly edge: Edge
  readonly index: number
  /** What the edge is about, in the content as it was. */
  readonly sizeBytes: number
  /** How many bytes have gone up to here, this place included. */
  removedBytes: number
  form: Form
}

/** Undefined: as it was. */
type Form = { readonly kind: number; readonly instruction: number; readonly sizeBytes: number } | undefined

/** A symbol's start or end, as it was. */
interface Anchor {
  readonly offset: number
  readonly symbol: Symbol
  readonly isEnd: boolean
}

interface Relaxation {
  readonly block: Block
  readonly bytes: Uint8Array
  readonly candidates: readonly Candidate[]
  readonly anchors: Anchor[]
}

interface Rules {
  readonly compressed: boolean
  readonly hasCompressedCall: boolean
  calls: boolean
}

/** Passes that only shorten calls need not be more than there are forms to try; and a linker has other things to do. */
const sparePasses = 64
const passesPerCandidate = 2
const mostSteps = 1 << 26
const callBytes = 8

/** From this offset of the block on, as it is now, so many bytes are gone. */
export interface Shortening {
  readonly offset: number
  readonly removedBytes: number
}

/**
 * `contents`: by block, what will be in memory. Blocks have their addresses. Gives, for those that were made shorter, where; or
 * says what cannot be made to fit.
 */
export function relax(
  graph: ElfLinkGraph,
  contents: ReadonlyMap<Block, Uint8Array>,
): ReadonlyMap<Block, readonly Shortening[]> | string {
  const relaxations = relaxationsOf(graph, contents)
  if (typeof relaxations === 'string') return relaxations
  const { compressed, architecture } = graph
  const rules: Rules = { compressed, hasCompressedCall: compressed && architecture.registerBits === 32, calls: true }
  const count = relaxations.reduce((sum, { candidates }) => sum + candidates.length, 0)
  const mostPasses = Math.min(sparePasses + passesPerCandidate * count, sparePasses + mostSteps / Math.max(count, 1))
  for (let pass = 0, changed = true; changed; pass++) {
    changed = false
    rules.calls = pass < mostPasses
    for (const relaxation of relaxations) {
      const outcome = relaxOnce(relaxation, rules)
      if (typeof outcome === 'string') return outcome
      changed ||= outcome
    }
  }
  for (const relaxation of relaxations) apply(relaxation)
  return new Map(relaxations.map(({ block, candidates }) => [block, candidates.map(shorteningOf)]))
}

function shorteningOf({ edge, sizeBytes, removedBytes }: Candidate): Shortening {
  return { offset: edge.offset + sizeBytes - removedBytes, removedBytes }
}

function relaxationsOf(graph: ElfLinkGraph, contents: ReadonlyMap<Block, Uint8Array>): readonly Relaxation[] | string {
  const found = new Map<Block, Relaxation>()
  for (const section of graph.sections) {
    if (!isExecutable(section)) continue
    for (const block of section.blocks) {
      const bytes = contents.get(block)
      if (bytes === undefined) continue
      const candidates = candidatesIn(block.edges)
      if (typeof candidates === 'string') return `section "${block.section.name}": ${candidates}`
      if (candidates.length > 0) found.set(block, { block, bytes, candidates, anchors: [] })
    }
  }
  if (found.size === 0) return []
  for (const symbol of graph.symbols) {
    const anchors = isBlock(symbol.base) ? found.get(symbol.base)?.anchors : undefined
    anchors?.push({ offset: symbol.offset, symbol, isEnd: false })
    anchors?.push({ offset: symbol.offset + symbol.sizeBytes, symbol, isEnd: true })
  }
  for (const { anchors } of found.values()) {
    anchors.sort((one, other) => one.offset - other.offset || Number(one.isEnd) - Number(other.isEnd))
  }
  return [...found.values()]
}

/** Calls that something else is about too stay as they are. */
function candidatesIn(edges: readonly Edge[]): readonly Candidate[] | string {
  const candidates: Candidate[] = []
  const places = edges.flatMap((edge, index) => (edge.kind === keepAlive ? [] : [{ edge, index }]))
  let end = 0
  for (const [position, { edge, index }] of places.entries()) {
    const { kind, offset, addend } = edge
    const isPadding = kind === riscvEdge.align
    if (offset < end && (isPadding || kind === riscvEdge.callRelaxable)) return `relocations at ${offset} overlap`
    if (!isPadding && kind !== riscvEdge.callRelaxable) continue
    const sizeBytes = isPadding ? addend : callBytes
    const before = places[position - 1]?.edge.offset ?? -1
    const after = places[position + 1]?.edge.offset ?? Infinity
    const isAlone = before < offset && after >= offset + sizeBytes
    if (!isPadding && !isAlone) continue
    if (isPadding && after < offset + sizeBytes) return `the padding at ${offset} has relocations inside`
    candidates.push({ edge, index, sizeBytes, removedBytes: 0, form: undefined })
    end = offset + sizeBytes
  }
  return candidates
}

/** True if something is elsewhere than before. */
function relaxOnce({ block, bytes, candidates, anchors }: Relaxation, rules: Rules): boolean | string {
  let changed = false
  let removedBytes = 0
  let next = 0
  const move = (until: number): void => {
    for (let anchor = anchors[next]; anchor !== undefined && anchor.offset <= until; anchor = anchors[++next]) {
      const { symbol, offset, isEnd } = anchor
      if (isEnd) symbol.sizeBytes = offset - removedBytes - symbol.offset
      else symbol.offset = offset - removedBytes
    }
  }
  for (const candidate of candidates) {
    const { edge } = candidate
    const address = block.address + edge.offset - removedBytes
    const isPadding = edge.kind === riscvEdge.align
    candidate.form = !isPadding && rules.calls ? shortCall(bytes, edge, address, rules) : undefined
    const shorterBy = isPadding
      ? surplusPadding(address, edge.addend)
      : callBytes - (candidate.form?.sizeBytes ?? callBytes)
    if (shorterBy < 0)
      return `the padding of ${edge.addend} bytes at ${edge.offset} of section "${block.section.name}" is too short for its alignment`
    move(edge.offset)
    removedBytes += shorterBy
    if (removedBytes !== candidate.removedBytes) changed = true
    candidate.removedBytes = removedBytes
  }
  move(Infinity)
  return changed
}

/** The alignment is the least power of two above the number of bytes that were put there for it. */
function surplusPadding(address: number, paddingBytes: number): number {
  const alignmentBytes = 2 ** Math.floor(Math.log2(paddingBytes) + 1)
  return paddingBytes === 0 ? 0 : address + paddingBytes - alignUp(address, alignmentBytes)
}

function shortCall(bytes: Uint8Array, edge: Edge, address: number, rules: Rules): Form {
  const linkRegister = (read32(bytes, edge.offset + 4) >>> 7) & 31
  const distance = symbolAddress(edge.target) + edge.addend - address
  const isNear = distance >= -0x800 && distance < 0x800
  if (rules.compressed && isNear && linkRegister === 0)
    return { kind: riscvEdge.rvcJump, instruction: 0xa001, sizeBytes: 2 }
  if (rules.hasCompressedCall && isNear && linkRegister === 1) {
    return { kind: riscvEdge.rvcJump, instruction: 0x2001, sizeBytes: 2 }
  }
  if (distance < -0x10_0000 || distance >= 0x10_0000) return undefined
  return { kind: riscvEdge.jal, instruction: 0x6f | (linkRegister << 7), sizeBytes: 4 }
}

function apply(relaxation: Relaxation): void {
  moveBytes(relaxation)
  moveEdges(relaxation)
}

function moveBytes({ bytes, candidates }: Relaxation): void {
  let to = 0
  let from = 0
  let removedBefore = 0
  for (const { edge, removedBytes, form } of candidates) {
    const removed = removedBytes - removedBefore
    removedBefore = removedBytes
    bytes.copyWithin(to, from, edge.offset)
    to += edge.offset - from
    const written =
      edge.kind === riscvEdge.align ? writePadding(bytes, to, edge.addend, removed) : writeForm(bytes, to, form)
    to += written
    from = edge.offset + written + removed
  }
  bytes.copyWithin(to, from)
}

/** How many bytes: none where the last ones of the padding that was there will do. */
function writePadding(bytes: Uint8Array, at: number, paddingBytes: number, removed: number): number {
  if (removed % 4 === 0 && paddingBytes % 4 === 0) return 0
  const left = paddingBytes - removed
  for (let offset = 0; offset + 4 <= left; offset += 4) write32(bytes, at + offset, 0x13)
  if (left % 4 !== 0) write16(bytes, at + left - 2, 0x0001)
  return left
}

function writeForm(bytes: Uint8Array, at: number, form: Form): number {
  if (form === undefined) return 0
  if (form.sizeBytes === 2) write16(bytes, at, form.instruction)
  else write32(bytes, at, form.instruction)
  return form.sizeBytes
}

/** Padding needs no edge any more. */
function moveEdges({ block: { edges }, candidates }: Relaxation): void {
  let removedBytes = 0
  let next = 0
  const moved: Edge[] = []
  for (const [index, edge] of edges.entries()) {
    const candidate = candidates[next]
    const offset = edge.kind === keepAlive ? edge.offset : edge.offset - removedBytes
    if (candidate?.index !== index) {
      moved.push({ ...edge, offset })
      continue
    }
    if (edge.kind !== riscvEdge.align) moved.push({ ...edge, offset, kind: candidate.form?.kind ?? riscvEdge.call })
    removedBytes = candidate.removedBytes
    next++
  }
  edges.splice(0, edges.length, ...moved)
}
