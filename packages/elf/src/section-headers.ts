// The file header and the section headers, checked: what they say lies in the file, and no byte of it in two sections.
import { FileView, NameTable, describeSection } from './file-view.js'
import {
  currentVersion,
  extendedIndex,
  littleEndian,
  machineRiscV,
  magic,
  recordSizes,
  relocatable,
  reservedIndexes,
  sectionType,
} from './format.js'
import type { RecordSizes } from './format.js'
import { Malformed, hex } from './malformed.js'
import type { ElfClass } from './object.js'

export interface SectionHeader {
  readonly index: number
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly offset: number
  readonly sizeBytes: number
  readonly link: number
  readonly info: number
  readonly alignmentBytes: number
  readonly entryBytes: number
}

export interface ElfFile {
  readonly view: FileView
  readonly elfClass: ElfClass
  readonly sizes: RecordSizes
  readonly flags: number
  /** Index 0 is the null section. */
  readonly headers: readonly SectionHeader[]
}

/** Throws Malformed. */
export function readSectionHeaders(bytes: Uint8Array): ElfFile {
  const view = new FileView(bytes)
  const elfClass = readIdentification(view)
  const sizes = recordSizes[elfClass]
  if (bytes.length < sizes.header)
    throw new Malformed(`truncated: an ELF${elfClass} header needs ${sizes.header} bytes, the file has ${bytes.length}`)
  checkKind(view)
  const { word } = sizes
  const tableOffset = view.word(24 + 2 * word, word, 'e_shoff')
  const flags = view.u32(24 + 3 * word)
  const counts = 24 + 3 * word + 10
  const file = { view, elfClass, sizes, flags }
  if (tableOffset === 0) throw new Malformed('it has no section headers')
  const entryBytes = view.u16(counts)
  if (entryBytes !== sizes.sectionHeader)
    throw new Malformed(`e_shentsize is ${entryBytes}, not the ${sizes.sectionHeader} of ELF${elfClass}`)
  view.checkRange(tableOffset, sizes.sectionHeader, 'section headers')
  const first = readHeader(view, sizes, tableOffset, 0)
  // What does not fit the header's 16 bits is in the null section.
  const count = view.u16(counts + 2) === 0 ? first.sizeBytes : view.u16(counts + 2)
  const namesIndex = view.u16(counts + 4) === extendedIndex ? first.link : view.u16(counts + 4)
  if (count > (bytes.length - tableOffset) / sizes.sectionHeader)
    throw new Malformed(`${count} section headers at ${hex(tableOffset)} are outside the file of ${bytes.length} bytes`)
  const raw = Array.from({ length: count }, (_, index) =>
    readHeader(view, sizes, tableOffset + index * sizes.sectionHeader, index),
  )
  for (const header of raw.slice(1)) checkHeader(view, header)
  const headers = named(view, raw, namesIndex)
  checkOverlaps(headers)
  return { ...file, headers }
}

/** The content in the file: nothing for a section that has none. */
export function contentOf({ view }: ElfFile, { type, offset, sizeBytes }: SectionHeader): Uint8Array {
  if (type === sectionType.nobits || type === sectionType.null) return view.bytes.subarray(0, 0)
  return view.bytes.subarray(offset, offset + sizeBytes)
}

/** How many records of this size a section has. Throws Malformed where its size is no multiple. */
export function recordCount(header: SectionHeader, recordBytes: number): number {
  const { index, name, entryBytes, sizeBytes } = header
  if (entryBytes !== recordBytes)
    throw new Malformed(`${describeSection(index, name)}: sh_entsize is ${entryBytes}, not ${recordBytes}`)
  if (sizeBytes % recordBytes !== 0)
    throw new Malformed(`${describeSection(index, name)}: ${sizeBytes} bytes are no multiple of ${recordBytes}`)
  return sizeBytes / recordBytes
}

/** Another section by its index. Throws Malformed. */
export function headerAt({ headers }: ElfFile, index: number, what: string): SectionHeader {
  const header = headers[index]
  if (index === 0 || header === undefined)
    throw new Malformed(`${what}: section ${index} is out of range: there are ${headers.length} sections`)
  return header
}

function readIdentification({ bytes }: FileView): ElfClass {
  if (bytes.length === 0) throw new Malformed('not an ELF file: it is empty')
  if (magic.some((byte, index) => bytes[index] !== byte)) throw new Malformed(`not an ELF file: ${beginning(bytes)}`)
  const [elfClass = 0, encoding = 0, version = 0] = bytes.subarray(4, 7)
  if (elfClass !== 1 && elfClass !== 2) throw new Malformed(`ELF class ${elfClass}: 1 (32 bits) and 2 (64) are known`)
  if (encoding !== littleEndian) throw new Malformed('a big-endian ELF file, which is not supported')
  if (version !== currentVersion) throw new Malformed(`ELF version ${version}, not ${currentVersion}`)
  return elfClass === 1 ? 32 : 64
}

function beginning(bytes: Uint8Array): string {
  const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  if (first === '00 61 73 6d') return 'it looks like WebAssembly'
  return first === '21 3c 61 72' ? 'it looks like an ar archive' : `it begins with ${first}, not 7f 45 4c 46`
}

const fileTypes: ReadonlyMap<number, string> = new Map([
  [2, 'an executable'],
  [3, 'a shared library or a position-independent executable'],
  [4, 'a core dump'],
])

const machines: ReadonlyMap<number, string> = new Map([
  [3, 'x86'],
  [40, 'ARM'],
  [62, 'x86-64'],
  [183, 'AArch64'],
  [258, 'LoongArch'],
])

function checkKind(view: FileView): void {
  const [type, machine] = [view.u16(16), view.u16(18)]
  if (machine !== machineRiscV)
    throw new Malformed(
      `an object for ${machines.get(machine) ?? `machine ${machine}`}, not for RISC-V (${machineRiscV})`,
    )
  if (type !== relocatable)
    throw new Malformed(`${fileTypes.get(type) ?? `an ELF file of type ${type}`}, not a relocatable object`)
}

function readHeader(view: FileView, { word }: RecordSizes, at: number, index: number): RawHeader {
  const words = at + 8
  const after = words + 4 * word
  const what = (field: string): string => `section ${index}: ${field}`
  return {
    index,
    nameOffset: view.u32(at),
    type: view.u32(at + 4),
    flags: view.word(words, word, what('sh_flags')),
    offset: view.word(words + 2 * word, word, what('sh_offset')),
    sizeBytes: view.word(words + 3 * word, word, what('sh_size')),
    link: view.u32(after),
    info: view.u32(after + 4),
    alignmentBytes: Math.max(1, view.word(after + 8, word, what('sh_addralign'))),
    entryBytes: view.word(after + 8 + word, word, what('sh_entsize')),
  }
}

interface RawHeader extends Omit<SectionHeader, 'name'> {
  readonly nameOffset: number
}

const largestAlignment = 2 ** 31

function checkHeader(view: FileView, { index, type, offset, sizeBytes, alignmentBytes }: RawHeader): void {
  const isPowerOfTwo = Number.isInteger(Math.log2(alignmentBytes))
  if (!isPowerOfTwo || alignmentBytes > largestAlignment)
    throw new Malformed(`section ${index}: alignment ${alignmentBytes} is no power of two up to 2^31`)
  if (type !== sectionType.nobits && type !== sectionType.null) view.checkRange(offset, sizeBytes, `section ${index}`)
}

function named(view: FileView, raw: readonly RawHeader[], namesIndex: number): readonly SectionHeader[] {
  const names = raw[namesIndex]
  if (names?.type !== sectionType.strtab)
    throw new Malformed(`e_shstrndx ${namesIndex} is not the index of a string table`)
  if (namesIndex >= reservedIndexes && raw.length <= namesIndex)
    throw new Malformed(`e_shstrndx ${namesIndex} is out of range`)
  const table = new NameTable(view.bytes.subarray(names.offset, names.offset + names.sizeBytes))
  return raw.map(({ nameOffset, ...header }) => ({
    ...header,
    name: header.index === 0 ? '' : table.nameAt(nameOffset, `section ${header.index}`),
  }))
}

/** What is copied section by section is then never more than the file. */
function checkOverlaps(headers: readonly SectionHeader[]): void {
  const placed = headers
    .filter(({ type, sizeBytes }) => type !== sectionType.nobits && type !== sectionType.null && sizeBytes > 0)
    .sort((a, b) => a.offset - b.offset)
  let end = 0
  for (const { index, name, offset, sizeBytes } of placed) {
    if (offset < end) throw new Malformed(`${describeSection(index, name)} overlaps another section at ${hex(offset)}`)
    end = offset + sizeBytes
  }
}
