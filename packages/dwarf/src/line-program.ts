// Runs the line number programs of .debug_line: a byte code whose output is rows (address, file, line, column), in
// sequences of ascending addresses. Versions 2 to 5, 32-bit format, as clang emits them. File names are not decoded
// here, only found: one long name may be shared by many entries.
//
// Source: DWARF 5, section 6.2.
import type { DebugReader } from './debug-reader.js'
import type { LineSections, StringPlace } from './debug-sections.js'
import { hex } from './malformed.js'

interface FileEntry {
  readonly name: StringPlace
  readonly directory: number
}

/**
 * One unit's file table, numbered as its rows do: version 5 counts from 0, older ones from 1 (entry 0 is then missing).
 */
export interface LineUnitFiles {
  readonly version: number
  readonly directories: readonly (StringPlace | undefined)[]
  readonly files: readonly (FileEntry | undefined)[]
}

export interface LineRow {
  readonly address: number
  readonly file: number
  readonly line: number
  readonly column: number
}

/** Rows in ascending order of address; the last one ends just below `end`. */
export interface LineSequence {
  readonly unit: LineUnitFiles
  readonly start: number
  readonly end: number
  readonly rows: readonly LineRow[]
}

/** Decodes one unit, appending each finished sequence. Throws Malformed; sequences finished before that remain. */
export function runLineUnit(reader: DebugReader, sections: LineSections, sequences: LineSequence[]): void {
  const header = readHeader(reader, sections)
  runProgram(reader, header, sequences)
}

interface Header {
  readonly unit: LineUnitFiles
  readonly minimumInstructionBytes: number
  readonly lineBase: number
  readonly lineRange: number
  readonly opcodeBase: number
  readonly operandCounts: readonly number[]
}

function readHeader(reader: DebugReader, sections: LineSections): Header {
  const at = reader.position
  const version = reader.u16('version')
  if (version < 2 || version > 5) reader.fail(`unsupported line table version ${version}: known are 2 to 5`, at)
  if (version === 5) reader.skip(2, 'address and segment selector size')
  const headerBytes = reader.u32('header length')
  const programStart = reader.position + headerBytes
  if (headerBytes > reader.remaining)
    reader.fail(`truncated: the header says ${headerBytes} bytes, ${reader.remaining} are left`)
  const minimumInstructionBytes = reader.u8('minimum instruction length')
  if (version >= 4) reader.skip(1, 'operations per instruction')
  reader.skip(1, 'default is_stmt')
  const lineBase = (reader.u8('line base') << 24) >> 24
  const lineRange = reader.u8('line range')
  const opcodeBase = reader.u8('opcode base')
  if (opcodeBase === 0) reader.fail('opcode base is 0: it must be at least 1')
  const operandCounts: number[] = [0]
  for (let opcode = 1; opcode < opcodeBase; opcode++) operandCounts.push(reader.u8('operand count'))
  const unit = version === 5 ? readFileTable(reader, sections) : readOldFileTable(reader, version)
  if (reader.position > programStart) reader.fail('the file table is longer than the header says')
  reader.position = programStart
  return { unit, minimumInstructionBytes, lineBase, lineRange, opcodeBase, operandCounts }
}

function readOldFileTable(reader: DebugReader, version: number): LineUnitFiles {
  // Directory 0 is the compilation directory, which only .debug_info knows.
  const directories: (StringPlace | undefined)[] = [undefined]
  const files: (FileEntry | undefined)[] = [undefined]
  for (let place = readInlineString(reader); place !== undefined; place = readInlineString(reader))
    directories.push(place)
  for (let name = readInlineString(reader); name !== undefined; name = readInlineString(reader)) {
    const directory = reader.uleb('directory index')
    reader.skipLeb('modification time')
    reader.skipLeb('file length')
    files.push({ name, directory })
  }
  return { version, directories, files }
}

/** Undefined for the empty string, which ends each list. */
function readInlineString(reader: DebugReader): StringPlace | undefined {
  const [start, end] = reader.terminated('name')
  return start === end ? undefined : { bytes: reader.bytes, offset: start }
}

const contentType = { path: 1, directoryIndex: 2 } as const

function readFileTable(reader: DebugReader, sections: LineSections): LineUnitFiles {
  const directories = readEntries(reader, sections, 'directory').map(({ name }) => name)
  const files = readEntries(reader, sections, 'file').map(({ name, directory }) =>
    name === undefined ? undefined : { name, directory },
  )
  return { version: 5, directories, files }
}

interface Entry {
  readonly name: StringPlace | undefined
  readonly directory: number
}

function readEntries(reader: DebugReader, sections: LineSections, what: string): readonly Entry[] {
  const formatCount = reader.u8(`${what} format count`)
  const formats: { readonly content: number; readonly form: number }[] = []
  for (let i = 0; i < formatCount; i++)
    formats.push({ content: reader.uleb('content type'), form: reader.uleb('form') })
  const at = reader.position
  const count = reader.uleb(`${what} count`)
  // Every form takes at least a byte, so this bounds the loop.
  if (count > 0 && (formatCount === 0 || count > reader.remaining / formatCount))
    reader.fail(`${what} count ${count} is more than the ${reader.remaining} bytes left can hold`, at)
  const entries: Entry[] = []
  for (let i = 0; i < count; i++) {
    let name: StringPlace | undefined
    let directory = 0
    for (const { content, form } of formats) {
      const value = readForm(reader, sections, form)
      if (content === contentType.path && typeof value === 'object') name = value
      if (content === contentType.directoryIndex && typeof value === 'number') directory = value
    }
    entries.push({ name, directory })
  }
  return entries
}

/**
 * The forms that line tables use (DWARF 5, section 6.2.4.1 and table 7.6): a name, a number, or nothing that matters
 * here.
 */
function readForm(reader: DebugReader, sections: LineSections, form: number): StringPlace | number | undefined {
  switch (form) {
    case 0x08: // string
      return { bytes: reader.bytes, offset: reader.terminated('name')[0] }
    case 0x0e: // strp
      return { bytes: sections['.debug_str'], offset: reader.u32('string offset') }
    case 0x1f: // line_strp
      return { bytes: sections['.debug_line_str'], offset: reader.u32('string offset') }
    case 0x0b: // data1
      return reader.u8('number')
    case 0x05: // data2
      return reader.u16('number')
    case 0x06: // data4
      return reader.u32('number')
    case 0x0f: // udata
      return reader.uleb('number')
    case 0x07: // data8
      reader.skip(8, 'number')
      return undefined
    case 0x1e: // data16, an MD5
      reader.skip(16, 'checksum')
      return undefined
    case 0x09: // block
      reader.skip(reader.uleb('block size'), 'block')
      return undefined
  }
  return reader.fail(`unsupported form ${hex(form)} in the file table`)
}

const standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const
const extended = { endSequence: 1, setAddress: 2 } as const

function runProgram(reader: DebugReader, header: Header, sequences: LineSequence[]): void {
  const machine = new LineMachine(reader, header, sequences)
  while (!reader.atEnd) {
    const opcode = reader.u8('opcode')
    if (opcode >= header.opcodeBase) machine.special(opcode - header.opcodeBase)
    else if (opcode === 0) machine.extended()
    else machine.standard(opcode)
  }
}

/** The registers of DWARF's line machine that our rows show, while it runs. */
class LineMachine {
  readonly #reader: DebugReader
  readonly #header: Header
  readonly #sequences: LineSequence[]
  #address = 0
  #file = 1
  #line = 1
  #column = 0
  #rows: LineRow[] = []

  constructor(reader: DebugReader, header: Header, sequences: LineSequence[]) {
    this.#reader = reader
    this.#header = header
    this.#sequences = sequences
  }

  special(opcode: number): void {
    const { lineBase, lineRange } = this.#header
    this.#advance(this.#operationsOf(opcode))
    this.#line += lineBase + (opcode % lineRange)
    this.#emit()
  }

  extended(): void {
    const reader = this.#reader
    const operation = reader.range(reader.uleb('extended opcode size'), 'extended opcode')
    if (operation.atEnd) return
    const opcode = operation.u8('extended opcode')
    if (opcode === extended.setAddress) this.#address = readAddress(operation)
    if (opcode === extended.endSequence) this.#endSequence()
  }

  /** Opcodes from 10 on, and those that only set flags, change no column of our rows: their operands are passed over. */
  standard(opcode: number): void {
    const reader = this.#reader
    switch (opcode) {
      case standard.copy:
        return this.#emit()
      case standard.advancePc:
        return this.#advance(reader.uleb('address advance'))
      case standard.advanceLine:
        this.#line += reader.sleb('line advance')
        return
      case standard.setFile:
        this.#file = reader.uleb('file')
        return
      case standard.setColumn:
        this.#column = reader.uleb('column')
        return
      case standard.constAddPc:
        return this.#advance(this.#operationsOf(255 - this.#header.opcodeBase))
      case standard.fixedAdvancePc:
        this.#address += reader.u16('address advance')
        return
    }
    const operandCount = this.#header.operandCounts[opcode] ?? 0
    for (let i = 0; i < operandCount; i++) reader.skipLeb('operand')
  }

  #advance(operations: number): void {
    this.#address += operations * this.#header.minimumInstructionBytes
    if (!Number.isSafeInteger(this.#address)) this.#reader.fail(`address ${this.#address} is beyond 2^53`)
  }

  #operationsOf(special: number): number {
    const { lineRange } = this.#header
    if (lineRange === 0) this.#reader.fail('line range is 0: it must be at least 1')
    return Math.floor(special / lineRange)
  }

  #emit(): void {
    const last = this.#rows.at(-1)
    if (last !== undefined && this.#address < last.address)
      this.#reader.fail(`address ${hex(this.#address)} is below the row before it, ${hex(last.address)}`)
    this.#rows.push({ address: this.#address, file: this.#file, line: this.#line >>> 0, column: this.#column })
  }

  #endSequence(): void {
    this.#emit()
    const rows = this.#rows
    const [first] = rows
    const end = this.#address
    rows.pop()
    if (first !== undefined && first.address < end)
      this.#sequences.push({ unit: this.#header.unit, start: first.address, end, rows })
    this.#address = 0
    this.#file = 1
    this.#line = 1
    this.#column = 0
    this.#rows = []
  }
}

/** As wide as the operation has room for. One beyond 2^53 is nowhere, as are all that a linker could not place. */
function readAddress(operation: DebugReader): number {
  return operation.remaining < 8 ? operation.u32('address') : (operation.u64('address') ?? 2 ** 52)
}
