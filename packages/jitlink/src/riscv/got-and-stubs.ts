// What code needs beside itself to reach what is elsewhere: a word that holds an address (an entry of the GOT), and a stub that
// jumps to where such a word points, for calls that leave the unit. One of each for each target. Of a thread-local variable the
// word holds its offset in each thread's block, for code that adds the thread pointer (initial-exec), or is the second of the
// two words that `__tls_get_addr` is called with (general-dynamic); the first one, the module, is 0 for all.
//
// Source: llvm/include/llvm/ExecutionEngine/JITLink PerGraphGOTAndPLTStubsBuilder; ELF_riscv.cpp for the bytes
import type { EdgeKind } from '../edge-kinds.js'
import { addContentBlock, addEdge, addSection, addSymbol, isBlock } from '../link-graph.js'
import type { Edge, Protection, Section, Symbol } from '../link-graph.js'
import type { ElfLinkGraph } from './build-elf-graph.js'
import { riscvEdge } from './edge-table.js'
import { write32 } from './instruction-fields.js'

const gotName = '$__GOT'
const stubsName = '$__STUBS'
const stubBytes = 16

/** Goes after prune: only what stayed gets entries. Edges that asked for an entry or a stub lead to it afterwards. */
export function addGotAndStubs(graph: ElfLinkGraph): void {
  const { pointerBytes } = graph.architecture
  const isWide = pointerBytes === 8
  const sections = new Map<string, Section>()
  const entries = new Map<Symbol, Symbol>()
  const offsets = new Map<Symbol, Symbol>()
  const indexes = new Map<Symbol, Symbol>()
  const stubs = new Map<Symbol, Symbol>()
  const sectionNamed = (name: string, protection: Protection): Section => {
    const section = sections.get(name) ?? addSection(graph, name, protection)
    sections.set(name, section)
    return section
  }

  /** The last of its words is filled in by an edge to the target. */
  function addEntry(target: Symbol, kind: EdgeKind, wordCount: number): Symbol {
    const sizeBytes = wordCount * pointerBytes
    const block = addContentBlock(graph, sectionNamed(gotName, 'read'), new Uint8Array(sizeBytes), pointerBytes)
    addEdge(block, kind, sizeBytes - pointerBytes, target, 0)
    return addSymbol(graph, '', block, { sizeBytes, scope: 'local', live: true })
  }

  function entryOf(target: Symbol): Symbol {
    return remembered(entries, target, () => addEntry(target, isWide ? riscvEdge.absolute64 : riscvEdge.absolute32, 1))
  }

  function threadLocalEntryOf(known: Map<Symbol, Symbol>, target: Symbol, wordCount: number): Symbol {
    return remembered(known, target, () => addEntry(target, isWide ? riscvEdge.tprel64 : riscvEdge.tprel32, wordCount))
  }

  function stubOf(target: Symbol): Symbol {
    return remembered(stubs, target, () => {
      const block = addContentBlock(graph, sectionNamed(stubsName, 'read-execute'), stubContent(pointerBytes), 4)
      addEdge(block, riscvEdge.call, 0, entryOf(target), 0)
      return addSymbol(graph, '', block, { sizeBytes: stubBytes, scope: 'local', callable: true, live: true })
    })
  }

  function redirected(edge: Edge): Edge {
    const { kind, target } = edge
    switch (kind) {
      case riscvEdge.gotHi20:
        return { ...edge, kind: riscvEdge.pcrelHi20, target: entryOf(target) }
      case riscvEdge.tlsGotHi20:
        return { ...edge, kind: riscvEdge.pcrelHi20, target: threadLocalEntryOf(offsets, target, 1) }
      case riscvEdge.tlsGdHi20:
        return { ...edge, kind: riscvEdge.pcrelHi20, target: threadLocalEntryOf(indexes, target, 2) }
      case riscvEdge.gotPcrel32:
        return { ...edge, kind: riscvEdge.pcrel32, target: entryOf(target) }
      case riscvEdge.call:
      case riscvEdge.callRelaxable:
        return isBlock(target.base) ? edge : { ...edge, kind: riscvEdge.call, target: stubOf(target) }
      case riscvEdge.plt32:
        return isBlock(target.base) ? edge : { ...edge, target: stubOf(target) }
      default:
        return edge
    }
  }

  for (const { blocks } of graph.sections.slice()) {
    for (const { edges } of blocks.slice()) for (const [index, edge] of edges.entries()) edges[index] = redirected(edge)
  }
}

function remembered(known: Map<Symbol, Symbol>, target: Symbol, make: () => Symbol): Symbol {
  const found = known.get(target) ?? make()
  known.set(target, found)
  return found
}

/** `auipc t3; l[wd] t3, (t3); jr t3; nop`: an edge of kind call fills in the distance to the entry. */
function stubContent(pointerBytes: number): Uint8Array {
  const content = new Uint8Array(stubBytes)
  const load = pointerBytes === 8 ? 0x000e_3e03 : 0x000e_2e03
  for (const [index, instruction] of [0x0000_0e17, load, 0x000e_0067, 0x0000_0013].entries()) {
    write32(content, 4 * index, instruction)
  }
  return content
}
