// Reads a relocatable RISC-V object. Every offset, size, index, count and alignment is checked before it is used, and the
// work is bounded by the size of the file, whatever is in it.
//
// Sources: System V gABI, chapters 4 and 5; RISC-V ELF psABI, chapter "ELF Object Files".
import type { Expected } from '@worc/protocol'
import { NameTable, describeSection } from './file-view.js'
import { absoluteIndex, bindings, comdatFlag, commonIndex, extendedIndex, reservedIndexes } from './format.js'
import { sectionFlag, sectionType, symbolTypes, visibilities } from './format.js'
import { Malformed, hex, quoted, reading } from './malformed.js'
import type { ElfGroup, ElfObject, ElfRelocation, ElfSection, ElfSymbol, SymbolPlace } from './object.js'
import type { ElfFile, SectionHeader } from './section-headers.js'
import { contentOf, headerAt, readSectionHeaders, recordCount } from './section-headers.js'

/**
 * The object in `bytes`, which may be shared memory and must not change meanwhile: contents are views of it. Error:
 * BadObject, for bytes of any kind.
 */
export function readElfObject(bytes: Uint8Array): Expected<ElfObject> {
  return reading(() => decodeObject(readSectionHeaders(bytes)))
}

/** Sections that only hold the others together; attributes describe the whole object and are not kept. */
const plumbing: ReadonlySet<number> = new Set([
  sectionType.null,
  sectionType.symtab,
  sectionType.strtab,
  sectionType.rela,
  sectionType.group,
  sectionType.symtabShndx,
  sectionType.riscvAttributes,
])

/**
 * Only sections that no program sees may be, those for debuggers. They are not kept: what refers to them counts the bytes that
 * they had before.
 */
function isCompressed({ index, name, flags }: SectionHeader): boolean {
  if ((flags & sectionFlag.compressed) === 0) return false
  if ((flags & sectionFlag.alloc) !== 0)
    throw new Malformed(`${describeSection(index, name)} is compressed, and yet in the program's memory`)
  return true
}

function decodeObject(file: ElfFile): ElfObject {
  const { headers, elfClass, flags } = file
  const kept = headers.filter((header) => !plumbing.has(header.type) && !isCompressed(header))
  const positions = new Map(kept.map(({ index }, position) => [index, position]))
  const table = onlySymbolTable(file)
  const symbols = table === undefined ? [] : readSymbols(file, table, positions)
  const relocations = readAllRelocations(file, table, symbols.length)
  const sections = kept.map((header): ElfSection => {
    const { name, type, flags: sectionFlags, alignmentBytes, entryBytes, sizeBytes, index } = header
    const content = contentOf(file, header)
    const parts = { name, type, flags: sectionFlags, alignmentBytes, entryBytes, sizeBytes, content }
    return { ...parts, relocations: relocations.get(index) ?? [] }
  })
  return { elfClass, flags, sections, symbols, groups: readGroups(file, table, symbols.length, positions) }
}

// ---- symbols

function onlySymbolTable({ headers }: ElfFile): SectionHeader | undefined {
  const [table, second] = headers.filter(({ type }) => type === sectionType.symtab)
  if (second !== undefined) throw new Malformed(`${describeSection(second.index, second.name)}: a second symbol table`)
  const rel = headers.find(({ type }) => type === sectionType.rel)
  if (rel !== undefined)
    throw new Malformed(`${describeSection(rel.index, rel.name)}: relocations without addends, which RISC-V has not`)
  return table
}

/** Without the null symbol that every table begins with. */
function readSymbols(
  file: ElfFile,
  table: SectionHeader,
  positions: ReadonlyMap<number, number>,
): readonly ElfSymbol[] {
  const { view, sizes } = file
  const count = recordCount(table, sizes.symbol)
  const strings = headerAt(file, table.link, 'symbol table: string table')
  if (strings.type !== sectionType.strtab)
    throw new Malformed(`symbol table: section ${strings.index} is no string table`)
  const names = new NameTable(contentOf(file, strings))
  const extended = extendedIndexes(file, table, count)
  const symbols: ElfSymbol[] = []
  for (let index = 1; index < count; index++) {
    const at = table.offset + index * sizes.symbol
    const what = `symbol ${index}`
    // The two classes have the same fields in different orders.
    const [valueAt, sizeAt, infoAt] = file.elfClass === 32 ? [at + 4, at + 8, at + 12] : [at + 8, at + 16, at + 4]
    const [info, other, sectionIndex] = [view.u8(infoAt), view.u8(infoAt + 1), view.u16(infoAt + 2)]
    const name = names.nameAt(view.u32(at), what)
    const binding = bindings.get(info >>> 4)
    const type = symbolTypes.get(info & 15)
    if (binding === undefined) throw new Malformed(`${what} ${quoted(name)}: binding ${info >>> 4} is not known`)
    if (type === undefined) throw new Malformed(`${what} ${quoted(name)}: type ${info & 15} is not known`)
    if ((binding === 'local') !== index < table.info)
      throw new Malformed(`${what} ${quoted(name)} is ${binding}: the first ${table.info} symbols are the local ones`)
    const place = placeOf(
      file,
      sectionIndex,
      () => extended?.(index),
      positions,
      () => `${what} ${quoted(name)}`,
    )
    const value =
      place.kind === 'absolute'
        ? view.signedWord(valueAt, sizes.word, `${what}: st_value`)
        : view.word(valueAt, sizes.word, `${what}: st_value`)
    const sizeBytes = view.word(sizeAt, sizes.word, `${what}: st_size`)
    const symbol = { name, binding, type, visibility: visibilities[other & 3] ?? 'default', place, value, sizeBytes }
    checkInside(file, symbol, sectionIndex === extendedIndex ? (extended?.(index) ?? 0) : sectionIndex, what)
    symbols.push(symbol)
  }
  return symbols
}

function placeOf(
  file: ElfFile,
  sectionIndex: number,
  extended: () => number | undefined,
  positions: ReadonlyMap<number, number>,
  describe: () => string,
): SymbolPlace {
  if (sectionIndex === 0) return { kind: 'undefined' }
  if (sectionIndex === absoluteIndex) return { kind: 'absolute' }
  if (sectionIndex === commonIndex) return { kind: 'common' }
  const index = sectionIndex === extendedIndex ? extended() : sectionIndex
  if (index === undefined) throw new Malformed(`${describe()}: there is no table of extended section indexes`)
  if (sectionIndex !== extendedIndex && index >= reservedIndexes)
    throw new Malformed(`${describe()}: section index ${hex(index)} is reserved`)
  const position = positions.get(index)
  if (position !== undefined) return { kind: 'section', section: position }
  headerAt(file, index, describe())
  return { kind: 'skipped' }
}

function checkInside({ headers }: ElfFile, symbol: ElfSymbol, sectionIndex: number, what: string): void {
  if (symbol.place.kind !== 'section') return
  const { name, value, sizeBytes } = symbol
  const section = headers[sectionIndex]
  if (section === undefined || value > section.sizeBytes || sizeBytes > section.sizeBytes - value)
    throw new Malformed(
      `${what} ${quoted(name)}: ${sizeBytes} bytes at ${hex(value)} are outside the ${section?.sizeBytes ?? 0} bytes of its section`,
    )
}

/** For objects with more sections than 16 bits can number. */
function extendedIndexes(file: ElfFile, table: SectionHeader, count: number): ((symbol: number) => number) | undefined {
  const header = file.headers.find(({ type, link }) => type === sectionType.symtabShndx && link === table.index)
  if (header === undefined) return undefined
  if (recordCount(header, 4) !== count)
    throw new Malformed(`${describeSection(header.index, header.name)}: not one entry for each of ${count} symbols`)
  return (symbol) => file.view.u32(header.offset + 4 * symbol)
}

// ---- relocations

/** By the section that they change. */
function readAllRelocations(
  file: ElfFile,
  table: SectionHeader | undefined,
  symbolCount: number,
): ReadonlyMap<number, readonly ElfRelocation[]> {
  const bySection = new Map<number, ElfRelocation[]>()
  for (const header of file.headers.filter(({ type }) => type === sectionType.rela)) {
    const what = describeSection(header.index, header.name)
    const target = headerAt(file, header.info, what)
    if (table === undefined || header.link !== table.index)
      throw new Malformed(`${what}: section ${header.link} is not the symbol table`)
    if (target.type === sectionType.nobits || target.type === sectionType.rela)
      throw new Malformed(`${what}: section ${target.index} has no content that could be relocated`)
    if (isCompressed(target)) continue
    const list = bySection.get(target.index) ?? []
    readRelocations(file, header, target, symbolCount, list)
    bySection.set(target.index, list)
  }
  return bySection
}

function readRelocations(
  { view, sizes, elfClass }: ElfFile,
  header: SectionHeader,
  target: SectionHeader,
  symbolCount: number,
  into: ElfRelocation[],
): void {
  const { word } = sizes
  const count = recordCount(header, sizes.rela)
  const targetName = describeSection(target.index, target.name)
  for (let index = 0; index < count; index++) {
    const at = header.offset + index * sizes.rela
    const what = `relocation ${index} of ${targetName}`
    const offset = view.word(at, word, what)
    if (offset > target.sizeBytes)
      throw new Malformed(`${what}: offset ${hex(offset)} is outside its ${target.sizeBytes} bytes`)
    const info = view.u32(at + word)
    const [type, symbol] = elfClass === 32 ? [info & 0xff, info >>> 8] : [info, view.u32(at + word + 4)]
    if (symbol > symbolCount)
      throw new Malformed(`${what}: symbol ${symbol} is out of range: there are ${symbolCount + 1} symbols`)
    const addend = view.signedWord(at + 2 * word, word, `${what}: addend`)
    into.push({ offset, type, symbol: symbol === 0 ? undefined : symbol - 1, addend })
  }
}

// ---- groups

function readGroups(
  file: ElfFile,
  table: SectionHeader | undefined,
  symbolCount: number,
  positions: ReadonlyMap<number, number>,
): readonly ElfGroup[] {
  const owners = new Map<number, number>()
  return file.headers
    .filter(({ type }) => type === sectionType.group)
    .map((header) => {
      const { index, name, link, info, offset } = header
      const what = describeSection(index, name)
      const count = recordCount(header, 4)
      if (table === undefined || link !== table.index)
        throw new Malformed(`${what}: section ${link} is not the symbol table`)
      if (info === 0 || info > symbolCount)
        throw new Malformed(`${what}: symbol ${info} is out of range: there are ${symbolCount + 1} symbols`)
      if (count === 0) throw new Malformed(`${what}: a group without flags`)
      const members = Array.from({ length: count - 1 }, (_, member) => file.view.u32(offset + 4 * (member + 1)))
      for (const member of members) {
        headerAt(file, member, what)
        const other = owners.get(member)
        if (other !== undefined) throw new Malformed(`${what}: section ${member} is in group ${other} already`)
        owners.set(member, index)
      }
      return {
        signature: info - 1,
        isComdat: (file.view.u32(offset) & comdatFlag) !== 0,
        sections: members.flatMap((member) => positions.get(member) ?? []),
      }
    })
}
