// Decodes the symbol table of the linking section (Linking.md, "Symbol Table Subsection"). Function, global, table and
// tag symbols name an entry of an index space, imports first; a data symbol names a place in a segment; a section
// symbol a custom section. An undefined symbol without a name of its own has that of its import's field.
import { symbolFlagBit, symbolKinds } from './binary-format.js'
import type { ByteReader } from './byte-reader.js'
import { hex, quoted } from './malformed.js'
import type { Section } from './module-sections.js'
import type { Import, ObjectSymbol, SymbolFlags } from './object-file.js'

/** One index space: the fields of its imports, in order, and how many definitions follow them. */
interface IndexSpace {
  readonly imported: readonly string[]
  readonly definedCount: number
}

type IndexedKind = 'function' | 'global' | 'table' | 'tag'

/** All that a symbol may refer to. */
interface SymbolSpaces {
  readonly spaces: Readonly<Record<IndexedKind, IndexSpace>>
  readonly sections: readonly Section[]
  /** Content size of each segment; undefined where the caller has not decoded segments and will not use places. */
  readonly segmentSizes: readonly number[] | undefined
}

/** The index spaces of a module, from its imports and the number of its definitions. */
export function indexSpaces(
  imports: readonly Import[],
  definedCounts: Readonly<Record<IndexedKind, number>>,
): SymbolSpaces['spaces'] {
  const imported: Record<IndexedKind, string[]> = { function: [], global: [], table: [], tag: [] }
  for (const { description, field } of imports)
    if (description.kind !== 'memory') imported[description.kind].push(field)
  const space = (kind: IndexedKind): IndexSpace => ({ imported: imported[kind], definedCount: definedCounts[kind] })
  return { function: space('function'), global: space('global'), table: space('table'), tag: space('tag') }
}

/** The symbols, in order: relocations and init functions name them by position. Throws Malformed. */
export function readSymbolTable(reader: ByteReader | undefined, context: SymbolSpaces): readonly ObjectSymbol[] {
  if (reader === undefined) return []
  const count = reader.count('symbol count', 3)
  const symbols: ObjectSymbol[] = []
  const names = new Set<string>()
  for (let i = 0; i < count; i++) {
    const at = reader.position
    const symbol = readSymbol(reader, context)
    if (symbol.flags.binding !== 'local') {
      const known = names.size
      if (names.add(symbol.name).size === known) reader.fail(`symbol ${quoted(symbol.name)} is listed twice`, at)
    }
    symbols.push(symbol)
  }
  reader.expectEnd()
  return symbols
}

function readSymbol(reader: ByteReader, context: SymbolSpaces): ObjectSymbol {
  const at = reader.position
  const code = reader.u8('symbol kind')
  const kind = symbolKinds[code]
  if (kind === undefined)
    return reader.fail(`unknown symbol kind ${code}: the highest is ${symbolKinds.length - 1}`, at)
  const flags = readFlags(reader)
  switch (kind) {
    case 'data':
      return readDataSymbol(reader, flags, context.segmentSizes)
    case 'section':
      return readSectionSymbol(reader, flags, context.sections)
    case 'function':
    case 'global':
    case 'table':
    case 'tag':
      return readIndexedSymbol(reader, kind, flags, context.spaces[kind])
  }
}

function readIndexedSymbol(reader: ByteReader, kind: IndexedKind, flags: SymbolFlags, space: IndexSpace): ObjectSymbol {
  const at = reader.position
  const importCount = space.imported.length
  const index = reader.u32(`${kind} index`)
  reader.checkIndex(index, importCount + space.definedCount, `${kind} index`, `${kind}s`, at)
  if (flags.undefined !== index < importCount) {
    const is = flags.undefined ? 'an undefined symbol names a defined' : 'a defined symbol names an imported'
    reader.fail(`${is} ${kind}, index ${index} of ${importCount} imported and ${space.definedCount} defined`, at)
  }
  const hasName = !flags.undefined || flags.explicitName
  const name = hasName ? reader.name('symbol name') : (space.imported[index] ?? '')
  return { kind, name, flags, index }
}

function readDataSymbol(
  reader: ByteReader,
  flags: SymbolFlags,
  segmentSizes: SymbolSpaces['segmentSizes'],
): ObjectSymbol {
  const name = reader.name('symbol name')
  if (flags.undefined) return { kind: 'data', name, flags, place: undefined }
  const at = reader.position
  const segment = reader.u32('segment index')
  const offset = reader.u64('symbol offset')
  const size = reader.u64('symbol size')
  if (segmentSizes !== undefined && !flags.absolute) {
    reader.checkIndex(segment, segmentSizes.length, `segment index of symbol ${quoted(name)}`, 'segments', at)
    const limit = segmentSizes[segment] ?? 0
    if (offset + size > limit)
      reader.fail(
        `symbol ${quoted(name)} covers ${offset}..${offset + size} of segment ${segment}, which has ${limit} bytes`,
        at,
      )
  }
  return { kind: 'data', name, flags, place: { segment, offset, size } }
}

function readSectionSymbol(reader: ByteReader, flags: SymbolFlags, sections: readonly Section[]): ObjectSymbol {
  const at = reader.position
  const index = reader.checkIndex(reader.u32('section index'), sections.length, 'section index', 'sections', at)
  if (flags.binding !== 'local') reader.fail(`the symbol of section ${index} is not local`, at)
  return { kind: 'section', name: sections[index]?.name ?? '', flags, section: index }
}

const knownFlagBits = Object.values(symbolFlagBit).reduce((all, bit) => all | bit, 0)
const bindingBits = symbolFlagBit.weak | symbolFlagBit.local

function readFlags(reader: ByteReader): SymbolFlags {
  const at = reader.position
  const bits = reader.u32('symbol flags')
  if ((bits & ~knownFlagBits) !== 0)
    reader.fail(`unknown symbol flags ${hex(bits)}: known are ${hex(knownFlagBits)}`, at)
  if ((bits & bindingBits) === bindingBits) reader.fail(`symbol flags ${hex(bits)} say both weak and local`, at)
  return (flagsOfBits[bits] ??= flagsOf(bits))
}

/** There are few combinations and many symbols: symbols with equal flags share one object. */
const flagsOfBits: SymbolFlags[] = []

function flagsOf(bits: number): SymbolFlags {
  const has = (bit: number): boolean => (bits & bit) !== 0
  return {
    binding: has(symbolFlagBit.local) ? 'local' : has(symbolFlagBit.weak) ? 'weak' : 'strong',
    hidden: has(symbolFlagBit.hidden),
    undefined: has(symbolFlagBit.undefined),
    exported: has(symbolFlagBit.exported),
    explicitName: has(symbolFlagBit.explicitName),
    noStrip: has(symbolFlagBit.noStrip),
    threadLocal: has(symbolFlagBit.threadLocal),
    absolute: has(symbolFlagBit.absolute),
  }
}
