// Symbols that no object defines because a linker does, as far as they are about the unit itself.
//
// Source: addStartStopSymbols in lld/ELF/Writer.cpp; __dso_handle: Itanium C++ ABI, section 3.3.6
import { keepAlive } from '../edge-kinds.js'
import { addContentBlock, addEdge, addSection, addSymbol, addZeroFillBlock } from '../link-graph.js'
import type { Block, LinkGraph, Section, Symbol } from '../link-graph.js'
import { write32 } from './instruction-fields.js'
import { programSymbols } from './program-symbols.js'

/** Goes before the edges of the object: the edges added here are at offset 0. */
export function defineElfLinkerSymbols(graph: LinkGraph): void {
  const named = new Map(graph.sections.filter(({ threadLocal }) => !threadLocal).map((each) => [each.name, each]))
  const enclosed = new Set<Section>()
  for (const symbol of graph.symbols.slice()) {
    if (symbol.base.kind !== 'external') continue
    if (programSymbols.has(symbol.name)) symbol.linkage = 'weak'
    if (!symbol.name.startsWith('__')) continue
    if (symbol.name === '__dso_handle') define(symbol, addZeroFillBlock(graph, bss(graph), 1, 1), 0)
    else if (symbol.name === '__tls_get_addr') defineThreadLocalLookup(graph, symbol)
    else {
      const section = defineStartStop(symbol, named)
      if (section !== undefined) enclosed.add(section)
    }
  }
  for (const { blocks } of enclosed) keepTogether(graph, blocks)
}

function bss(graph: LinkGraph): Section {
  return addSection(graph, '.bss', 'read-write')
}

const addThreadPointer = 0x0045_0533
const returnToCaller = 0x0000_8067

/**
 * Takes the two words of a variable and returns its address: the second, its offset, added to the thread pointer. Whatever a
 * library says, in this program there is one block a thread.
 */
function defineThreadLocalLookup(graph: LinkGraph, symbol: Symbol): void {
  const loadOffset = graph.architecture.pointerBytes === 8 ? 0x0085_3503 : 0x0045_2503
  const content = new Uint8Array(12)
  for (const [index, instruction] of [loadOffset, addThreadPointer, returnToCaller].entries()) {
    write32(content, 4 * index, instruction)
  }
  define(symbol, addContentBlock(graph, addSection(graph, '.text.__tls_get_addr', 'read-execute'), content, 4), 0)
}

/** `__start_foo` and `__stop_foo` enclose what the unit has in a section named `foo`; a unit without one leaves them external. */
function defineStartStop(symbol: Symbol, named: ReadonlyMap<string, Section>): Section | undefined {
  const [, end, name = ''] = /^__(start|stop)_([A-Za-z_]\w*)$/.exec(symbol.name) ?? []
  const section = named.get(name)
  const [first, last] = [section?.blocks[0], section?.blocks.at(-1)]
  if (first === undefined || last === undefined) return undefined
  if (end === 'start') define(symbol, first, 0)
  else define(symbol, last, last.sizeBytes)
  return section
}

function define(symbol: Symbol, block: Block, offset: number): void {
  symbol.base = block
  symbol.offset = offset
  symbol.scope = 'local'
}

/** Whoever sees one end of the array walks over all of it. */
function keepTogether(graph: LinkGraph, blocks: readonly Block[]): void {
  let previous = blocks.at(-1)
  for (const block of blocks) {
    if (previous !== undefined) addEdge(previous, keepAlive, 0, addSymbol(graph, '', block, { scope: 'local' }), 0)
    previous = block
  }
}
