// Symbols that no object defines because a linker does. Those that are about the unit itself are defined here; those that are
// about the whole session (__heap_base, __stack_low, ...) stay external, for the session to define as absolute symbols.
//
// Source: createSyntheticSymbols and addStartStopSymbols in lld/wasm
import { keepAlive } from '../edge-kinds.js'
import { addContentBlock, addEdge, addSection, addSymbol, addZeroFillBlock } from '../link-graph.js'
import type { Block, LinkGraph, Section, Symbol } from '../link-graph.js'
import type { WasmLinkGraph } from './build-link-graph.js'

/** Goes before the edges of the object: the edges added here are at offset 0. */
export function defineLinkerSymbols(graph: WasmLinkGraph): void {
  const named = new Map(
    graph.sections.filter(({ threadLocal }) => !threadLocal).map((section) => [section.name, section]),
  )
  const enclosed = new Set<Section>()
  for (const symbol of graph.symbols.slice()) {
    if (symbol.base.kind !== 'external' || !symbol.name.startsWith('__')) continue
    if (symbol.name === '__dso_handle') defineHandle(graph, symbol)
    else if (symbol.name === '__wasm_call_ctors' && symbol.signature === ':') defineEmptyFunction(graph, symbol)
    else {
      const section = defineStartStop(symbol, named)
      if (section !== undefined) enclosed.add(section)
    }
  }
  for (const { blocks } of enclosed) keepTogether(graph, blocks)
}

/** Any address that is the unit's own: atexit files what a unit registers under it. */
function defineHandle(graph: LinkGraph, symbol: Symbol): void {
  define(symbol, addZeroFillBlock(graph, addSection(graph, '.bss', 'read-write'), 1, 1))
}

/** Constructors are run by the session, each unit's once. */
function defineEmptyFunction(graph: WasmLinkGraph, symbol: Symbol): void {
  const block = addContentBlock(graph, graph.text, Uint8Array.of(0x00, 0x0b), 1)
  graph.functionSignatures[block.ordinal] = ':'
  define(symbol, block)
}

/** `__start_foo` and `__stop_foo` enclose what the unit has in a section named `foo`; a unit without one leaves them external. */
function defineStartStop(symbol: Symbol, named: ReadonlyMap<string, Section>): Section | undefined {
  const [, end, name = ''] = /^__(start|stop)_([A-Za-z_]\w*)$/.exec(symbol.name) ?? []
  const section = named.get(name)
  const [first, last] = [section?.blocks[0], section?.blocks.at(-1)]
  if (first === undefined || last === undefined) return undefined
  if (end === 'start') define(symbol, first)
  else define(symbol, last, last.sizeBytes)
  return section
}

function define(symbol: Symbol, block: Block, offset = 0): void {
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
