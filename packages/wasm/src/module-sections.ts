// First step of every reader: the list of sections, each a checked range of the file. Nothing inside them is decoded
// but the names of custom sections, so that a section may refer to a later one.
import { moduleHeader, sectionId, sectionOrder } from './binary-format.js'
import type { SectionName } from './binary-format.js'
import { ByteReader } from './byte-reader.js'
import { describeForeignFile } from './foreign-format.js'
import { hex, Malformed, quoted } from './malformed.js'

/** A known section, or a custom one: its content begins after its name. */
export interface Section {
  readonly kind: SectionName
  /** Empty but for custom sections. */
  readonly name: string
  readonly contentStart: number
  readonly end: number
}

export interface SectionList {
  readonly bytes: Uint8Array
  /** In file order: section symbols and relocation sections name sections by position here. */
  readonly all: readonly Section[]
  /** Positions of the known sections. */
  readonly positions: ReadonlyMap<SectionName, number>
}

const nameOfId: ReadonlyMap<number, SectionName> = new Map(
  Object.entries(sectionId).map(([name, id]) => [id, name as SectionName]),
)

/** Checks the header, then each section's id, size, order and, where custom, name. Throws Malformed. */
export function readSections(bytes: Uint8Array): SectionList {
  checkHeader(bytes)
  const reader = new ByteReader(bytes, moduleHeader.length, bytes.length, 'section headers')
  const all: Section[] = []
  const positions = new Map<SectionName, number>()
  let lastRank = -1
  while (!reader.atEnd) {
    const at = reader.position
    const id = reader.u8('section id')
    const kind = nameOfId.get(id)
    if (kind === undefined) return reader.fail(`unknown section id ${id}: the highest known is ${sectionId.tag}`, at)
    const sizeBytes = reader.u32('section size')
    if (sizeBytes > reader.remaining)
      reader.fail(`truncated: the ${kind} section says ${sizeBytes} bytes, ${reader.remaining} are left`, at)
    const content = reader.range(sizeBytes, 'section', `${kind} section`)
    if (kind !== 'custom') {
      const rank = sectionOrder.indexOf(kind)
      if (rank <= lastRank) reader.fail(`the ${kind} section is repeated or out of order`, at)
      lastRank = rank
      positions.set(kind, all.length)
    }
    const name = kind === 'custom' ? content.name('section name') : ''
    all.push({ kind, name, contentStart: content.position, end: content.end })
  }
  return { bytes, all, positions }
}

/** A reader of this section's content. */
export function sectionReader(sections: SectionList, section: Section): ByteReader {
  const where = section.kind === 'custom' ? `section ${quoted(section.name)}` : `${section.kind} section`
  return new ByteReader(sections.bytes, section.contentStart, section.end, where)
}

/** A reader of the known section, or undefined where the module has none. */
export function knownSectionReader(sections: SectionList, kind: SectionName): ByteReader | undefined {
  const section = sections.all[sections.positions.get(kind) ?? -1]
  return section === undefined ? undefined : sectionReader(sections, section)
}

/** The linking section's reader. Without one the module cannot be linked, and Malformed says so. */
export function linkingReader(sections: SectionList): ByteReader {
  const found = sections.all.filter((section) => section.kind === 'custom' && section.name === 'linking')
  const [linking] = found
  if (linking === undefined) {
    const shared = sections.all.some((section) => section.name === 'dylink.0' || section.name === 'dylink')
    const what = shared ? 'a linked shared library' : 'a WebAssembly module without a linking section'
    throw new Malformed(`not relocatable: this is ${what}, not an object file (as clang -c makes it)`)
  }
  if (found.length > 1) throw new Malformed(`${found.length} linking sections: an object file has one`)
  return sectionReader(sections, linking)
}

function checkHeader(bytes: Uint8Array): void {
  const isPrefix = moduleHeader.slice(0, 4).every((byte, i) => i >= bytes.length || bytes[i] === byte)
  if (!isPrefix || bytes.length === 0) throw new Malformed(`not a WebAssembly object: ${describeForeignFile(bytes)}`)
  if (bytes.length < moduleHeader.length)
    throw new Malformed(`truncated: a module header needs ${moduleHeader.length} bytes, the file has ${bytes.length}`)
  const version = new ByteReader(bytes, 4, 8, 'header').fixed32('version')
  if (version === 0x1_000d) throw new Malformed('not a WebAssembly object: it looks like a WebAssembly component')
  if (version !== 1) throw new Malformed(`unsupported WebAssembly version ${hex(version)}: the only one known is 0x1`)
}
