// Decodes one reloc.* section (Linking.md, "Relocation Sections") and checks each entry by the relocation table: the
// field lies inside its section, comes after the one before it and is encoded as its type says; the target exists and
// has a kind the type allows. So a linker may patch each field in place without looking again.
import type { ByteReader } from './byte-reader.js'
import { hex, Malformed } from './malformed.js'
import { sectionReader } from './module-sections.js'
import type { SectionList } from './module-sections.js'
import type { SectionName } from './binary-format.js'
import type { ObjectSymbol, Relocation } from './object-file.js'
import { relocationTable } from './relocation-table.js'
import type { RelocationKind } from './relocation-table.js'

interface RelocationContext {
  readonly symbols: readonly ObjectSymbol[]
  readonly typeCount: number
}

/** Code holds LEBs and data holds words; a debug section may hold either. */
const encodingsIn: Readonly<Partial<Record<SectionName, readonly RelocationKind['encoding'][]>>> = {
  code: ['uleb', 'sleb'],
  data: ['i32', 'i64'],
  custom: ['uleb', 'sleb', 'i32', 'i64'],
}

/** True for reloc.CODE, reloc.DATA and the like. */
export function isRelocationSection(name: string): boolean {
  return name.startsWith('reloc.')
}

/** All relocations, by position of the section they patch. Throws Malformed. */
export function readRelocationSections(
  sections: SectionList,
  context: RelocationContext,
): ReadonlyMap<number, readonly Relocation[]> {
  const found = new Map<number, readonly Relocation[]>()
  for (const section of sections.all) {
    if (!isRelocationSection(section.name)) continue
    const reader = sectionReader(sections, section)
    const at = reader.position
    const position = reader.u32('section index')
    reader.checkIndex(position, sections.all.length, 'section index', 'sections', at)
    const target = sections.all[position]
    if (target === undefined || encodingsIn[target.kind] === undefined)
      return reader.fail(`relocations for section ${position}, a ${target?.kind} section, which cannot have any`, at)
    if (found.has(position)) reader.fail(`a second list of relocations for section ${position}`, at)
    found.set(position, readRelocations(reader, sectionReader(sections, target), target.kind, context))
  }
  return found
}

/** From `start` up to but not including `end`, in bytes from the start of a section's content. */
export interface FieldRange {
  readonly start: number
  readonly end: number
}

/** Refuses a field that no range holds whole. Both lists ascend, so one pass is enough. */
export function checkInside(relocations: readonly Relocation[], ranges: readonly FieldRange[], what: string): void {
  let i = 0
  for (const { offset, type } of relocations) {
    const kind = relocationTable[type]
    const end = offset + (kind?.widthBytes ?? 0)
    let range = ranges[i]
    while (range !== undefined && range.end < end) range = ranges[++i]
    if (range === undefined || offset < range.start)
      throw new Malformed(`${kind?.name ?? type} at ${hex(offset)} is not inside a ${what}`)
  }
}

/** The entries after the section index; `target` covers the content of the section they patch. */
function readRelocations(
  reader: ByteReader,
  target: ByteReader,
  targetKind: SectionName,
  context: RelocationContext,
): readonly Relocation[] {
  const count = reader.count('relocation count', 3)
  const allowed = encodingsIn[targetKind] ?? []
  const relocations: Relocation[] = []
  let previousEnd = 0
  for (let i = 0; i < count; i++) {
    const at = reader.position
    const type = reader.u32('relocation type')
    const kind = relocationTable[type]
    if (kind === undefined)
      return reader.fail(`unknown relocation type ${type}: the highest is ${relocationTable.length - 1}`, at)
    const offset = reader.u32('relocation offset')
    const index = reader.u32('relocation index')
    const addend = kind.hasAddend ? readAddend(reader, kind) : 0
    if (offset < previousEnd)
      reader.fail(
        `${kind.name} at ${hex(offset)} overlaps or precedes the one before it, which ends at ${hex(previousEnd)}`,
        at,
      )
    previousEnd = offset + kind.widthBytes
    checkTarget(reader, kind, index, context, at)
    if (!allowed.includes(kind.encoding)) reader.fail(`${kind.name} cannot stand in the ${target.where}`, at)
    checkField(reader, target, kind, offset, at)
    relocations.push({ type, offset, index, addend })
  }
  reader.expectEnd()
  return relocations
}

function readAddend(reader: ByteReader, kind: RelocationKind): number {
  const is64 = kind.widthBytes === 8 || kind.widthBytes === 10
  return is64 ? reader.s64('relocation addend') : reader.s32('relocation addend')
}

function checkTarget(
  reader: ByteReader,
  kind: RelocationKind,
  index: number,
  context: RelocationContext,
  at: number,
): void {
  if (kind.targets[0] === 'type') {
    reader.checkIndex(index, context.typeCount, `type index of ${kind.name}`, 'types', at)
    return
  }
  reader.checkIndex(index, context.symbols.length, `symbol index of ${kind.name}`, 'symbols', at)
  const found = context.symbols[index]?.kind
  if (found !== undefined && !kind.targets.includes(found))
    reader.fail(
      `${kind.name} names symbol ${index}, a ${found} symbol: it needs a ${kind.targets.join(' or ')} symbol`,
      at,
    )
}

function checkField(reader: ByteReader, target: ByteReader, kind: RelocationKind, offset: number, at: number): void {
  const sizeBytes = target.end - target.start
  if (offset + kind.widthBytes > sizeBytes) {
    const field = `${kind.name} at ${hex(offset)} with ${kind.widthBytes} bytes`
    reader.fail(`${field} is outside the ${target.where}, which has ${hex(sizeBytes)} bytes`, at)
  }
  if (kind.encoding === 'i32' || kind.encoding === 'i64') return
  const first = target.start + offset
  const last = first + kind.widthBytes - 1
  for (let i = first; i <= last; i++)
    if ((target.bytes[i] ?? 0) >= 0x80 !== i < last)
      reader.fail(`the field of ${kind.name} at ${hex(offset)} is not an LEB128 padded to ${kind.widthBytes} bytes`, at)
}
