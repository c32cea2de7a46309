// The tables in .debug_abbrev that entries refer to by code: which tag, and which attributes in which forms. What an entry takes
// no bytes for is decided here, so that the work on entries is bounded by their bytes.
//
// Source: DWARF 5, section 7.5.3.
import { attribute } from './constants.js'
import { DebugReader } from './debug-reader.js'
import { form } from './forms.js'
import type { FormValue } from './forms.js'

export interface Abbreviation {
  readonly tag: number
  readonly hasChildren: boolean
  /** Attributes whose values are said here; only those that somebody asks for. */
  readonly said: ReadonlyMap<number, FormValue>
  /** Those that an entry has bytes for, in order. */
  readonly stored: readonly StoredAttribute[]
}

interface StoredAttribute {
  readonly attribute: number
  readonly form: number
  readonly isWanted: boolean
}

export type AbbreviationTable = ReadonlyMap<number, Abbreviation>

const wanted: ReadonlySet<number> = new Set(Object.values(attribute))

/** Units may share a table but not write a table in the midst of another: what is decoded twice counts twice. */
const decodingsPerByte = 8

export class Abbreviations {
  readonly #bytes: Uint8Array
  readonly #known = new Map<number, AbbreviationTable>()
  #budgetBytes: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#budgetBytes = decodingsPerByte * bytes.length
  }

  /** Throws Malformed. */
  tableAt(offset: number): AbbreviationTable {
    const known = this.#known.get(offset)
    if (known !== undefined) return known
    const { length } = this.#bytes
    const reader = new DebugReader(this.#bytes, Math.min(offset, length), length, '.debug_abbrev')
    if (this.#budgetBytes <= 0) reader.fail('too many tables share their bytes')
    try {
      const table = readTable(reader)
      this.#known.set(offset, table)
      return table
    } finally {
      this.#budgetBytes -= reader.position - offset
    }
  }
}

function readTable(reader: DebugReader): AbbreviationTable {
  const table = new Map<number, Abbreviation>()
  for (let code = reader.uleb('code'); code !== 0; code = reader.uleb('code')) table.set(code, readAbbreviation(reader))
  return table
}

function readAbbreviation(reader: DebugReader): Abbreviation {
  const tag = reader.uleb('tag')
  const hasChildren = reader.u8('children') !== 0
  const said = new Map<number, FormValue>()
  const stored: StoredAttribute[] = []
  for (;;) {
    const name = reader.uleb('attribute')
    const code = reader.uleb('form')
    if (name === 0 && code === 0) return { tag, hasChildren, said, stored }
    const isWanted = wanted.has(name)
    if (code === form.implicitConst) {
      const value = reader.sleb('value')
      if (isWanted) said.set(name, value)
    } else if (code !== form.flagPresent) stored.push({ attribute: name, form: code, isWanted })
    else if (isWanted) said.set(name, 1)
  }
}
