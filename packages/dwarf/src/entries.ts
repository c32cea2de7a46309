// The entries of .debug_info: a tree in each unit, of which only functions, their parameters and types are kept, flat and by
// their offsets, which is how they refer to one another. The tree itself matters for one thing: whose parameter is it?
//
// Source: DWARF 5, sections 2.3 and 7.5.
import { Abbreviations } from './abbreviations.js'
import type { Abbreviation, AbbreviationTable } from './abbreviations.js'
import { attribute, tag, unitType } from './constants.js'
import { DebugReader } from './debug-reader.js'
import type { EntrySections, StringPlace } from './debug-sections.js'
import { readForm } from './forms.js'
import type { FormContext, FormValue } from './forms.js'
import { reading } from './malformed.js'

interface DebugUnit extends FormContext {
  /** Of the unit's own part of .debug_str_offsets. */
  stringOffsetsBase: number
  /** The entry that stands for the whole. */
  root: DebugEntry | undefined
}

export interface DebugEntry {
  readonly unit: DebugUnit
  readonly tag: number
  /** Those of `attribute` in constants.ts that it has. */
  readonly attributes: ReadonlyMap<number, FormValue>
  /** Of a function, in order; no more than one beyond `parameterLimit`. */
  readonly parameters: DebugEntry[]
  /** Whether a function takes more than its parameters. */
  takesMore: boolean
}

/** What the C standard asks every compiler to take. */
export const parameterLimit = 127

export interface DebugEntries {
  /** By offset in .debug_info. */
  readonly byOffset: ReadonlyMap<number, DebugEntry>
  /** Of units that were read to their ends. */
  readonly functions: readonly DebugEntry[]
}

const keptTags: ReadonlySet<number> = new Set(Object.values(tag))

/** Everything that is well formed; a unit that is not costs its own functions, and a length that is wrong all that follow. */
export function readEntries(sections: EntrySections): DebugEntries {
  const info = sections['.debug_info']
  const reader = new DebugReader(info, 0, info.length, '.debug_info')
  const abbreviations = new Abbreviations(sections['.debug_abbrev'])
  const byOffset = new Map<number, DebugEntry>()
  const functions: DebugEntry[] = []
  while (!reader.atEnd) {
    const start = reader.position
    const range = reading(() => reader.unit('unit'))
    if (!range.ok) break
    const unit = reading(() => new UnitReader(range.value, start, sections, abbreviations, byOffset).read())
    if (unit.ok) for (const each of unit.value) functions.push(each)
  }
  return { byOffset, functions }
}

class UnitReader {
  readonly #reader: DebugReader
  readonly #table: AbbreviationTable
  readonly #unit: DebugUnit
  readonly #byOffset: Map<number, DebugEntry>
  readonly #functions: DebugEntry[] = []
  /** The entries that are open; undefined where one is not kept. */
  readonly #open: (DebugEntry | undefined)[] = []

  constructor(
    reader: DebugReader,
    unitStart: number,
    sections: EntrySections,
    abbreviations: Abbreviations,
    byOffset: Map<number, DebugEntry>,
  ) {
    const { version, addressBytes, abbreviationOffset } = readHeader(reader)
    this.#reader = reader
    this.#table = abbreviations.tableAt(abbreviationOffset)
    this.#unit = { sections, unitStart, addressBytes, version, stringOffsetsBase: 0, root: undefined }
    this.#byOffset = byOffset
  }

  /** The unit's functions. Throws Malformed. */
  read(): readonly DebugEntry[] {
    do this.#next()
    while (this.#open.length > 0)
    const { root } = this.#unit
    this.#unit.stringOffsetsBase = numberOf(root, attribute.stringOffsetsBase) ?? 0
    return this.#functions
  }

  #next(): void {
    const reader = this.#reader
    const offset = reader.position
    const code = reader.uleb('abbreviation code')
    if (code === 0) {
      this.#open.pop()
      return
    }
    const abbreviation = this.#table.get(code) ?? reader.fail(`abbreviation ${code} is not in the table`, offset)
    const attributes = this.#attributes(abbreviation)
    const entry = keptTags.has(abbreviation.tag) ? this.#keep(abbreviation.tag, attributes, offset) : undefined
    if (abbreviation.hasChildren) this.#open.push(entry)
  }

  #attributes({ said, stored }: Abbreviation): ReadonlyMap<number, FormValue> {
    if (stored.length === 0) return said
    const attributes = new Map(said)
    for (const { attribute: name, form, isWanted } of stored) {
      const value = readForm(this.#reader, form, this.#unit)
      if (isWanted) attributes.set(name, value)
    }
    return attributes
  }

  #keep(entryTag: number, attributes: ReadonlyMap<number, FormValue>, offset: number): DebugEntry {
    const unit = this.#unit
    const entry: DebugEntry = { unit, tag: entryTag, attributes, parameters: [], takesMore: false }
    const parent = this.#open.at(-1)
    switch (entryTag) {
      case tag.compileUnit:
        unit.root ??= entry
        break
      case tag.subprogram:
        this.#functions.push(entry)
        break
      case tag.formalParameter:
        if (parent?.tag === tag.subprogram && parent.parameters.length <= parameterLimit) parent.parameters.push(entry)
        break
      case tag.unspecifiedParameters:
        if (parent !== undefined) parent.takesMore = true
    }
    this.#byOffset.set(offset, entry)
    return entry
  }
}

interface UnitHeader {
  readonly version: number
  readonly addressBytes: number
  readonly abbreviationOffset: number
}

function readHeader(reader: DebugReader): UnitHeader {
  const at = reader.position
  const version = reader.u16('version')
  if (version < 2 || version > 5) reader.fail(`unsupported version ${version}: known are 2 to 5`, at)
  if (version < 5) {
    const abbreviationOffset = reader.u32('abbreviation offset')
    return { version, abbreviationOffset, addressBytes: readAddressSize(reader) }
  }
  const type = reader.u8('unit type')
  const addressBytes = readAddressSize(reader)
  const abbreviationOffset = reader.u32('abbreviation offset')
  if (type === unitType.type || type === unitType.splitType) reader.skip(12, 'type signature and offset')
  if (type === unitType.skeleton || type === unitType.splitCompile) reader.skip(8, 'unit id')
  return { version, abbreviationOffset, addressBytes }
}

function readAddressSize(reader: DebugReader): number {
  const at = reader.position
  const addressBytes = reader.u8('address size')
  if (addressBytes !== 4 && addressBytes !== 8) reader.fail(`address size ${addressBytes}: known are 4 and 8`, at)
  return addressBytes
}

export function numberOf(entry: DebugEntry | undefined, name: number): number | undefined {
  const value = entry?.attributes.get(name)
  return typeof value === 'number' ? value : undefined
}

/** Where a string attribute's text begins. */
export function placeOf(entry: DebugEntry, name: number): StringPlace | undefined {
  const value = entry.attributes.get(name)
  if (typeof value !== 'object') return undefined
  if (!('index' in value)) return value
  const { sections, stringOffsetsBase } = entry.unit
  const offsets = sections['.debug_str_offsets']
  const at = stringOffsetsBase + 4 * value.index
  if (at + 4 > offsets.length) return undefined
  const reader = new DebugReader(offsets, at, offsets.length, '.debug_str_offsets')
  return { bytes: sections['.debug_str'], offset: reader.u32('string offset') }
}
