// Relocations become edges: sorted by place, because not every tool writes them so and relaxation needs it; those that only
// say that another may be relaxed become part of that one's kind.
//
// Source: RISC-V ELF psABI, chapter "Relocations"
import type { ElfObject, ElfRelocation } from '@worc/elf'
import { relocationName } from '@worc/riscv'
import { hexadecimal, keepAlive } from '../edge-kinds.js'
import type { EdgeKind } from '../edge-kinds.js'
import { absolute, addEdge, addSymbol } from '../link-graph.js'
import type { ContentBlock, LinkGraph, Symbol } from '../link-graph.js'
import type { ElfParts } from './build-elf-graph.js'
import { riscvArchitectures, riscvEdge } from './edge-table.js'

const none = 'R_RISCV_NONE'
const relax = 'R_RISCV_RELAX'

/** By name of the relocation. */
const kinds: ReadonlyMap<string, EdgeKind> = new Map([
  ...riscvArchitectures[64].edgeKinds.map(({ name }, kind) => [name, kind] as const),
  [none, keepAlive],
  // Older objects say less: that a call may go through a stub is understood.
  ['R_RISCV_CALL', riscvEdge.call],
])

/** Says what is wrong with the first relocation that cannot be followed. */
export function addElfEdges(graph: LinkGraph, object: ElfObject, parts: ElfParts): string | undefined {
  let nowhere: Symbol | undefined
  const target = (index: number | undefined): Symbol | undefined => {
    if (index !== undefined) return parts.symbols[index]
    return (nowhere ??= addSymbol(graph, '', absolute(0), { scope: 'local' }))
  }
  for (const [index, { name, relocations }] of object.sections.entries()) {
    const block = parts.blocks[index]
    if (block?.kind !== 'content') continue
    const widths = graph.architecture.edgeKinds
    for (const relocation of inOrder(relocations)) {
      const problem = addElfEdge(block, relocation, target, (kind) => widths[kind]?.widthBytes ?? 0)
      if (problem === undefined) continue
      const what = `${relocationName(relocation.type)} at ${hexadecimal(relocation.offset)} of section "${name}"`
      return `${what}: ${problem}`
    }
  }
  return undefined
}

function inOrder(relocations: readonly ElfRelocation[]): readonly ElfRelocation[] {
  const isSorted = relocations.every(({ offset }, index) => offset >= (relocations[index - 1]?.offset ?? 0))
  return isSorted ? relocations : relocations.toSorted((one, other) => one.offset - other.offset)
}

function addElfEdge(
  block: ContentBlock,
  { offset, type, symbol, addend }: ElfRelocation,
  targetOf: (symbol: number | undefined) => Symbol | undefined,
  widthOf: (kind: EdgeKind) => number,
): string | undefined {
  const name = relocationName(type)
  if (name === relax) {
    allowRelaxation(block, offset)
    return undefined
  }
  const kind = kinds.get(name)
  if (kind === undefined) return 'not supported'
  const width = name === none ? 0 : widthOf(kind)
  if (width > block.sizeBytes - offset) return `its ${width} bytes end outside the section of ${block.sizeBytes}`
  const target = targetOf(symbol)
  if (target === undefined) return 'it refers to a symbol that takes no memory'
  const problem = kind === riscvEdge.align ? checkPadding(block, offset, addend) : undefined
  if (problem !== undefined) return problem
  addEdge(block, kind, offset, target, addend)
  return undefined
}

/** The relocation at the same place, right before, may be relaxed. */
function allowRelaxation({ edges }: ContentBlock, offset: number): void {
  const last = edges.at(-1)
  if (last?.kind === riscvEdge.call && last.offset === offset)
    edges[edges.length - 1] = { ...last, kind: riscvEdge.callRelaxable }
}

/** The addend says how many bytes of padding are there, of which some may go. */
function checkPadding({ sizeBytes }: ContentBlock, offset: number, addend: number): string | undefined {
  if (addend >= 0 && addend <= sizeBytes - offset && addend % 2 === 0) return undefined
  return `${addend} bytes of padding are not in the section of ${sizeBytes}`
}
