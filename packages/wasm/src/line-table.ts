// From a code offset to a source line: the line tables of an object made with -g. Nothing is decoded before the first
// question, since most objects never trap. Debug information is advice, so a malformed unit costs its own lines only.
import type { Expected, JITErrorData } from '@worc/protocol'
import { ByteReader } from './byte-reader.js'
import { runLineUnit } from './debug-line-program.js'
import type { LineRow, LineSequence, LineUnitFiles, StringPlace } from './debug-line-program.js'
import { reading } from './malformed.js'
import type { ObjectFile, Relocation } from './object-file.js'
import { relocationTable } from './relocation-table.js'
import { decodeUtf8 } from './utf8.js'

/**
 * `line` and `column` count from 1; column 0 means unknown. `file` is absolute where the compiler recorded its
 * directory.
 */
export interface SourceLocation {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface LineTable {
  /**
   * `codeOffset` is in bytes from the start of the object's code section content. Undefined where no line is recorded.
   */
  readonly lookup: (codeOffset: number) => SourceLocation | undefined
  /** The first thing that was malformed, if any was. */
  readonly problem: () => JITErrorData | undefined
}

/** The line table of `object`, which it keeps. An object without debug information has an empty one. */
export function readLineTable(object: ObjectFile): LineTable {
  let decoded: Decoded | undefined
  const table = (): Decoded => (decoded ??= decode(object))
  return {
    lookup(codeOffset) {
      const { sections, sequences } = table()
      const sequence = lastAtOrBelow(sequences, codeOffset, startOf)
      if (sequence === undefined || codeOffset >= sequence.end) return undefined
      const row = lastAtOrBelow(sequence.rows, codeOffset, addressOf)
      // Line 0 is code that belongs to no line.
      if (row === undefined || row.line === 0) return undefined
      return { file: pathOf(sections, sequence.unit, row.file), line: row.line, column: row.column }
    },
    problem: () => table().problem,
  }
}

type LineSections = Readonly<Record<StringPlace['section'], Uint8Array>>

interface Decoded {
  readonly sections: LineSections
  /** Ascending by start. */
  readonly sequences: readonly LineSequence[]
  readonly problem: JITErrorData | undefined
}

function decode(object: ObjectFile): Decoded {
  const sections: LineSections = {
    '.debug_line': relocatedContent(object, '.debug_line'),
    '.debug_line_str': relocatedContent(object, '.debug_line_str'),
    '.debug_str': relocatedContent(object, '.debug_str'),
  }
  const sequences: LineSequence[] = []
  const lines = sections['.debug_line']
  const reader = new ByteReader(lines, 0, lines.length, '.debug_line')
  let problem: JITErrorData | undefined
  while (!reader.atEnd) {
    const unit = reading(() => readUnitRange(reader))
    const outcome: Expected<void> = unit.ok ? reading(() => runLineUnit(unit.value, sequences)) : unit
    if (!outcome.ok) problem ??= outcome.error
    if (!unit.ok) break
  }
  sequences.sort((a, b) => a.start - b.start)
  return { sections, sequences, problem }
}

function readUnitRange(reader: ByteReader): ByteReader {
  const at = reader.position
  const sizeBytes = reader.fixed32('unit length')
  if (sizeBytes >= 0xffff_fff0) reader.fail('64-bit DWARF is not supported', at)
  return reader.range(sizeBytes, 'line table unit')
}

/**
 * A copy of the section as if the object's code and debug sections each began at 0; empty where there is no such
 * section.
 */
function relocatedContent(object: ObjectFile, name: string): Uint8Array {
  const section = object.customSections.find((candidate) => candidate.name === name)
  if (section === undefined) return new Uint8Array()
  const content = section.content.slice()
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

function startOf(sequence: LineSequence): number {
  return sequence.start
}

function addressOf(row: LineRow): number {
  return row.address
}

/** Binary search in a list that ascends by `key`. */
function lastAtOrBelow<T>(list: readonly T[], limit: number, key: (item: T) => number): T | undefined {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = list[middle]
    if (item !== undefined && key(item) <= limit) low = middle + 1
    else high = middle
  }
  return list[low - 1]
}

function pathOf(sections: LineSections, unit: LineUnitFiles, fileIndex: number): string {
  const file = unit.files[fileIndex]
  const name = textAt(sections, file?.name)
  if (isAbsolute(name)) return name
  const directory = textAt(sections, unit.directories[file?.directory ?? 0])
  const compilationDirectory = textAt(sections, unit.directories[0])
  if (directory === '' || isAbsolute(directory)) return joined(directory, name)
  return joined(directory === compilationDirectory ? '' : compilationDirectory, joined(directory, name))
}

function joined(directory: string, name: string): string {
  if (directory === '') return name
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
}

/** Longest file name worth showing. */
const maximumNameBytes = 4096

function textAt(sections: LineSections, place: StringPlace | undefined): string {
  if (place === undefined) return ''
  const bytes = sections[place.section]
  if (place.offset >= bytes.length) return ''
  const end = bytes.subarray(place.offset, place.offset + maximumNameBytes).indexOf(0)
  const length = end < 0 ? Math.min(maximumNameBytes, bytes.length - place.offset) : end
  return decodeUtf8(bytes, place.offset, place.offset + length) ?? '?'
}
