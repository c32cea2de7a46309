// Writes a relocatable RISC-V object: the sections in their order, then what holds them together. Groups come before the
// sections they are made of, as the gABI wants it. What cannot be written is a program error.
import {
  absoluteIndex,
  bindings,
  comdatFlag,
  commonIndex,
  currentVersion,
  littleEndian,
  machineRiscV,
  magic,
  recordSizes,
  relocatable,
  reservedIndexes,
  sectionFlag,
  sectionType,
  symbolTypes,
  visibilities,
} from './format.js'
import type { RecordSizes } from './format.js'
import { FileWriter, StringTable } from './file-writer.js'
import type { ElfClass, ElfGroup, ElfObject, ElfRelocation, ElfSymbol } from './object.js'

interface Part {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly alignmentBytes: number
  readonly entryBytes: number
  readonly sizeBytes: number
  readonly content: Uint8Array
  readonly link?: number
  readonly info?: number
}

export function writeElfObject(object: ElfObject): Uint8Array<ArrayBuffer> {
  const { sections, groups, elfClass } = object
  const sizes = recordSizes[elfClass]
  const firstSection = 1 + groups.length
  const relocated = sections.flatMap((section, position) => (section.relocations.length > 0 ? [position] : []))
  const firstRela = firstSection + sections.length
  const symbolTable = firstRela + relocated.length
  if (symbolTable + 3 > reservedIndexes) throw new Error(`${symbolTable + 3} sections are more than can be numbered`)
  const strings = new StringTable()
  const symbols = symbolRecords(object, strings, firstSection)
  const parts: Part[] = [
    ...groups.map((group) => {
      const relas = relocated.flatMap((position, index) => (group.sections.includes(position) ? firstRela + index : []))
      const members = [...group.sections.map((position) => firstSection + position), ...relas]
      return groupPart(group, members, symbolTable)
    }),
    ...sections,
    ...relocated.map((position) => {
      const { name = '', flags = 0, relocations = [] } = sections[position] ?? {}
      const content = relocationRecords(relocations, sizes, elfClass)
      const links = { link: symbolTable, info: firstSection + position }
      return {
        ...plumbing(`.rela${name}`, sectionType.rela, content, sizes.word, sizes.rela),
        ...links,
        flags: sectionFlag.infoLink | (flags & sectionFlag.group),
      }
    }),
    {
      ...plumbing('.symtab', sectionType.symtab, symbols, sizes.word, sizes.symbol),
      link: symbolTable + 1,
      info: 1 + object.symbols.filter(({ binding }) => binding === 'local').length,
    },
    plumbing('.strtab', sectionType.strtab, strings.bytes(), 1, 0),
  ]
  return assembleFile(object, sizes, parts)
}

function plumbing(name: string, type: number, content: Uint8Array, alignmentBytes: number, entryBytes: number): Part {
  return { name, type, flags: 0, alignmentBytes, entryBytes, sizeBytes: content.length, content }
}

function groupPart({ signature, isComdat }: ElfGroup, members: readonly number[], symbolTable: number): Part {
  const writer = new FileWriter()
  writer.u32(isComdat ? comdatFlag : 0)
  for (const index of members) writer.u32(index)
  return { ...plumbing('.group', sectionType.group, writer.bytes(), 4, 4), link: symbolTable, info: signature + 1 }
}

function relocationRecords(
  relocations: readonly ElfRelocation[],
  { word }: RecordSizes,
  elfClass: ElfClass,
): Uint8Array {
  const writer = new FileWriter()
  for (const { offset, type, symbol, addend } of relocations) {
    const index = symbol === undefined ? 0 : symbol + 1
    writer.word(offset, word)
    if (elfClass === 32) writer.u32(type | (index << 8))
    else {
      writer.u32(type)
      writer.u32(index)
    }
    writer.word(addend, word)
  }
  return writer.bytes()
}

function symbolRecords({ symbols, elfClass }: ElfObject, strings: StringTable, firstSection: number): Uint8Array {
  const { symbol: recordBytes, word } = recordSizes[elfClass]
  const writer = new FileWriter()
  writer.zeros(recordBytes)
  let isLocal = true
  for (const symbol of symbols) {
    if (symbol.binding === 'local' && !isLocal)
      throw new Error(`local symbol "${symbol.name}" comes after a global one`)
    isLocal = symbol.binding === 'local'
    const identity = (): void => {
      writer.u8((numberOf(bindings, symbol.binding) << 4) | numberOf(symbolTypes, symbol.type))
      writer.u8(visibilities.indexOf(symbol.visibility))
      writer.u16(sectionIndexOf(symbol, firstSection))
    }
    writer.u32(strings.add(symbol.name))
    if (elfClass === 64) identity()
    writer.word(symbol.value, word)
    writer.word(symbol.sizeBytes, word)
    if (elfClass === 32) identity()
  }
  return writer.bytes()
}

function sectionIndexOf({ name, place }: ElfSymbol, firstSection: number): number {
  switch (place.kind) {
    case 'section':
      return firstSection + place.section
    case 'undefined':
      return 0
    case 'absolute':
      return absoluteIndex
    case 'common':
      return commonIndex
    case 'skipped':
      throw new Error(`symbol "${name}" is in a section that was not kept`)
  }
}

function numberOf<T>(names: ReadonlyMap<number, T>, name: T): number {
  for (const [number, each] of names) if (each === name) return number
  throw new Error(`${String(name)} has no number`)
}

// ---- the file

function assembleFile(
  { elfClass, flags }: ElfObject,
  sizes: RecordSizes,
  parts: readonly Part[],
): Uint8Array<ArrayBuffer> {
  const names = new StringTable()
  const nameOffsets = [...parts.map(({ name }) => names.add(name)), names.add('.shstrtab')]
  const all = [...parts, plumbing('.shstrtab', sectionType.strtab, names.bytes(), 1, 0)]
  const writer = new FileWriter()
  writer.zeros(sizes.header)
  const offsets = all.map(({ type, content, alignmentBytes }) => {
    writer.align(alignmentBytes)
    const offset = writer.length
    if (type !== sectionType.nobits) writer.append(content)
    return offset
  })
  writer.align(sizes.word)
  const tableOffset = writer.length
  writer.zeros(sizes.sectionHeader)
  for (const [position, part] of all.entries())
    writeSectionHeader(writer, sizes, part, nameOffsets[position] ?? 0, offsets[position] ?? 0)
  writer.patch(0, fileHeader(elfClass, flags, tableOffset, all.length + 1))
  return writer.bytes()
}

function writeSectionHeader(
  writer: FileWriter,
  { word }: RecordSizes,
  part: Part,
  nameOffset: number,
  offset: number,
): void {
  writer.u32(nameOffset)
  writer.u32(part.type)
  writer.word(part.flags, word)
  writer.word(0, word)
  writer.word(offset, word)
  writer.word(part.sizeBytes, word)
  writer.u32(part.link ?? 0)
  writer.u32(part.info ?? 0)
  writer.word(part.alignmentBytes, word)
  writer.word(part.entryBytes, word)
}

function fileHeader(elfClass: ElfClass, flags: number, tableOffset: number, sectionCount: number): Uint8Array {
  const { header, sectionHeader, word } = recordSizes[elfClass]
  const writer = new FileWriter()
  for (const byte of [...magic, elfClass === 32 ? 1 : 2, littleEndian, currentVersion]) writer.u8(byte)
  writer.zeros(9)
  writer.u16(relocatable)
  writer.u16(machineRiscV)
  writer.u32(currentVersion)
  writer.word(0, word)
  writer.word(0, word)
  writer.word(tableOffset, word)
  writer.u32(flags)
  for (const half of [header, 0, 0, sectionHeader, sectionCount, sectionCount - 1]) writer.u16(half)
  return writer.bytes()
}
