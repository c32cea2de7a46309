// From a code offset to a source line, for objects made with -g. Addresses in a wasm object are offsets in its code section, so
// all that is left to do here is to fill them in.
import { addressLines } from '@worc/dwarf'
import type { AddressLines } from '@worc/dwarf'
import type { ObjectFile, Relocation } from './object-file.js'
import { relocationTable } from './relocation-table.js'

/**
 * The line table of `object`, which it keeps. An object without debug information has an empty one. An address is in bytes from
 * the start of the object's code section content.
 */
export function readLineTable(object: ObjectFile): AddressLines {
  return addressLines(() => ({
    '.debug_line': relocatedContent(object, '.debug_line'),
    '.debug_line_str': relocatedContent(object, '.debug_line_str'),
    '.debug_str': relocatedContent(object, '.debug_str'),
  }))
}

/**
 * A copy of the section as if the object's code and debug sections each began at 0; empty where there is no such
 * section.
 */
function relocatedContent(object: ObjectFile, name: string): Uint8Array {
  const section = object.customSections.find((candidate) => candidate.name === name)
  if (section === undefined) return new Uint8Array()
  // Not by its slice(): that of a Buffer, which is a Uint8Array too, copies nothing.
  const content = new Uint8Array(section.content)
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  const importedCount = object.imports.filter(({ description }) => description.kind === 'function').length
  for (const relocation of section.relocations) {
    const encoding = relocationTable[relocation.type]?.encoding
    if (encoding !== 'i32' && encoding !== 'i64') continue
    view.setUint32(relocation.offset, valueOf(object, importedCount, relocation), true)
    if (encoding === 'i64') view.setUint32(relocation.offset + 4, 0, true)
  }
  return content
}

/** No function lies there: what points at one that is not in this object. */
const nowhere = 0xffff_ffff

function valueOf(object: ObjectFile, importedCount: number, { index, addend }: Relocation): number {
  const symbol = object.symbols[index]
  if (symbol?.kind === 'section') return addend
  if (symbol?.kind !== 'function') return nowhere
  const body = object.functions[symbol.index - importedCount]
  return body === undefined ? nowhere : body.bodyOffset + addend
}
