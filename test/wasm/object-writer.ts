// Builds relocatable objects byte by byte, right or wrong on purpose. `objectWith` starts from a small valid object, in
// which Foo calls Bar and reads Baz, and replaces whole sections.
import { ByteWriter, moduleHeader, sectionId, type SectionName } from '@worc/wasm'

/** A number becomes an unsigned LEB, a string a name; anything else is taken as bytes. */
type Part = number | string | ArrayLike<number>

export function bytesOf(...parts: readonly Part[]): Uint8Array {
  const writer = new ByteWriter()
  for (const part of parts) {
    if (typeof part === 'number') writer.u32(part)
    else if (typeof part === 'string') writer.name(part)
    else writer.bytes(part)
  }
  return writer.written.slice()
}

/** An id, the size of what follows, and that. Sections and subsections look alike. */
export function chunk(id: number, ...parts: readonly Part[]): Uint8Array {
  const content = bytesOf(...parts)
  return bytesOf([id], content.length, content)
}

export function section(name: SectionName, ...parts: readonly Part[]): Uint8Array {
  return chunk(sectionId[name], ...parts)
}

export function custom(name: string, ...parts: readonly Part[]): Uint8Array {
  return chunk(sectionId.custom, name, ...parts)
}

export function linking(...subsections: readonly Uint8Array[]): Uint8Array {
  return custom('linking', 2, ...subsections)
}

export const linkingSubsection = { segmentInfo: 5, initFunctions: 6, comdat: 7, symbolTable: 8 } as const

export function symbolTable(...symbols: readonly Uint8Array[]): Uint8Array {
  return chunk(linkingSubsection.symbolTable, symbols.length, ...symbols)
}

export const flag = {
  weak: 1,
  local: 2,
  hidden: 4,
  undefined: 0x10,
  explicitName: 0x40,
  threadLocal: 0x100,
  absolute: 0x200,
}

const kinds = { function: 0, data: 1, global: 2, section: 3, tag: 4, table: 5 } as const

export function indexedSymbol(
  kind: 'function' | 'global' | 'tag' | 'table',
  flags: number,
  index: number,
  name?: string,
): Uint8Array {
  return bytesOf([kinds[kind]], flags, index, ...(name === undefined ? [] : [name]))
}

export function dataSymbol(name: string, flags: number, ...place: readonly number[]): Uint8Array {
  return bytesOf([kinds.data], flags, name, ...place)
}

export function sectionSymbol(flags: number, index: number): Uint8Array {
  return bytesOf([kinds.section], flags, index)
}

/** LEBs of zero in the width that relocations patch. */
export const padded = {
  leb32: [0x80, 0x80, 0x80, 0x80, 0],
  leb64: [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
}

/** call Bar; i32.const Baz; drop; end. The call's field is at 4 of the section's content, the constant's at 10. */
export const fooBody: readonly number[] = [0, 0x10, ...padded.leb32, 0x41, ...padded.leb32, 0x1a, 0x0b]
export const fooCallOffset = 4
export const fooAddressOffset = 10

export const symbols = {
  Foo: indexedSymbol('function', 0, 1, 'Foo'),
  Bar: indexedSymbol('function', flag.undefined, 0),
  Baz: dataSymbol('Baz', 0, 0, 0, 4),
}

const sections = {
  type: section('type', 2, [0x60], 0, 0, [0x60], 1, [0x7f], 0),
  import: section('import', 1, 'env', 'Bar', [0], 0),
  function: section('function', 1, 0),
  table: bytesOf(),
  tag: bytesOf(),
  global: bytesOf(),
  start: bytesOf(),
  dataCount: bytesOf(),
  code: section('code', 1, fooBody.length, fooBody),
  data: section('data', 1, 0, [0x41, 0, 0x0b], 4, [1, 0, 0, 0]),
  linking: linking(symbolTable(symbols.Foo, symbols.Bar, symbols.Baz)),
  relocCode: custom('reloc.CODE', 3, 2, 0, fooCallOffset, 1, 3, fooAddressOffset, 2, 0),
  relocData: bytesOf(),
  rest: bytesOf(),
}

/** Positions of the sections that the valid object has, as relocation sections and section symbols name them. */
export const position = { type: 0, import: 1, function: 2, code: 3, data: 4, linking: 5 } as const

export type SectionOverrides = Partial<Record<keyof typeof sections, Uint8Array>>

export function objectWith(overrides: SectionOverrides = {}): Uint8Array {
  return bytesOf(moduleHeader, ...Object.values({ ...sections, ...overrides }))
}
