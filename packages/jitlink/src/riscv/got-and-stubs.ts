// What code needs beside itself to reach what is elsewhere: a word that holds an address (an entry of the GOT), and a stub that
// jumps to where such a word points, for calls that leave the unit. One of each for each target.
//
// Source: llvm/include/llvm/ExecutionEngine/JITLink PerGraphGOTAndPLTStubsBuilder; ELF_riscv.cpp for the bytes
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
  const word = pointerBytes === 8 ? riscvEdge.absolute64 : riscvEdge.absolute32
  const sections = new Map<string, Section>()
  const entries = new Map<Symbol, Symbol>()
  const stubs = new Map<Symbol, Symbol>()
  const sectionNamed = (name: string, protection: Protection): Section => {
    const section = sections.get(name) ?? addSection(graph, name, protection)
    sections.set(name, section)
    return section
  }

  function entryOf(target: Symbol): Symbol {
    return remembered(entries, target, () => {
      const block = addContentBlock(graph, sectionNamed(gotName, 'read'), new Uint8Array(pointerBytes), pointerBytes)
      addEdge(block, word, 0, target, 0)
      return addSymbol(graph, '', block, { sizeBytes: pointerBytes, scope: 'local', live: true })
    })
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
