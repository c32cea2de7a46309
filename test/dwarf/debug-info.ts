// Debug information for tests, written by hand: one unit of C, version 4, whose entries are bytes.
import type { EntrySections } from '@worc/dwarf'

export const [subprogram, formalParameter, typedef, baseType, structure] = [0x2e, 0x05, 0x16, 0x24, 0x13]
export const [nameOf, byteSize, lowPc, language, prototyped] = [0x03, 0x0b, 0x11, 0x13, 0x27]
export const [abstractOrigin, encoding, external, specification, type] = [0x31, 0x3e, 0x3f, 0x47, 0x49]
export const [address, data1, string, reference, udataReference, flag, present] = [1, 0x0b, 8, 0x13, 0x15, 0x0c, 0x19]

interface Abbreviation {
  readonly code: number
  readonly tag: number
  readonly hasChildren?: boolean
  readonly attributes: readonly (readonly [attribute: number, form: number])[]
}

/** Always there: the unit itself, of C11. */
const unitCode = 1
const unit: Abbreviation = { code: unitCode, tag: 0x11, hasChildren: true, attributes: [[language, data1]] }
/** Where the first entry after that of the unit lies, as references count. */
export const firstEntry = 4 + 2 + 4 + 1 + 2

function leb(value: number): number[] {
  const bytes: number[] = []
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  return [...bytes, value]
}

export function text(characters: string): number[] {
  return [...Buffer.from(characters), 0]
}

export function u32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24]
}

export function abbreviationTable(abbreviations: readonly Abbreviation[]): number[] {
  const entries = [unit, ...abbreviations].map(({ code, tag, hasChildren = false, attributes }) => {
    return [...leb(code), tag, hasChildren ? 1 : 0, ...attributes.flat().flatMap(leb), 0, 0]
  })
  return [...entries.flat(), 0]
}

/** A unit with these entries; the tree is closed after them. */
export function unitOf(entries: readonly number[], abbreviationOffset = 0): number[] {
  const body = [4, 0, ...u32(abbreviationOffset), 4, unitCode, 0x1d, ...entries, 0]
  return [...u32(body.length), ...body]
}

export function debugSections(
  info: readonly number[] | Uint8Array,
  abbreviations: readonly number[] | Uint8Array,
): EntrySections {
  const empty = new Uint8Array()
  return {
    '.debug_info': Uint8Array.from(info),
    '.debug_abbrev': Uint8Array.from(abbreviations),
    '.debug_line_str': empty,
    '.debug_str': empty,
    '.debug_str_offsets': empty,
  }
}
