// Runs the line number programs of .debug_line: a byte code whose output is rows (address, file, line, column), in
// sequences of ascending addresses. Versions 2 to 5, 32-bit format, as clang emits them. File names are not decoded
// here, only found: one long name may be shared by many entries.
//
// Source: DWARF 5, section 6.2.
import type { ByteReader } from './byte-reader.js'
import { hex } from './malformed.js'

/** Where a name's bytes begin, in the line section itself or in one of the string sections. */
export interface StringPlace {
  readonly section: '.debug_line' | '.debug_line_str' | '.debug_str'
  readonly offset: number
}

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
export function runLineUnit(reader: ByteReader, sequences: LineSequence[]): void {
  const header = readHeader(reader)
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

function readHeader(reader: ByteReader): Header {
  const at = reader.position
  const version = reader.fixed16('version')
  if (version < 2 || version > 5) reader.fail(`unsupported line table version ${version}: known are 2 to 5`, at)
  if (version === 5) reader.skip(2, 'address and segment selector size')
  const headerBytes = reader.fixed32('header length')
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
  const unit = version === 5 ? readFileTable(reader) : readOldFileTable(reader, version)
  if (reader.position > programStart) reader.fail('the file table is longer than the header says')
  reader.position = programStart
  return { unit, minimumInstructionBytes, lineBase, lineRange, opcodeBase, operandCounts }
}

function readOldFileTable(reader: ByteReader, version: number): LineUnitFiles {
  // Directory 0 is the compilation directory, which only .debug_info knows.
  const directories: (StringPlace | undefined)[] = [undefined]
  const files: (FileEntry | undefined)[] = [undefined]
  for (let place = readInlineString(reader); place !== undefined; place = readInlineString(reader))
    directories.push(place)
  for (let name = readInlineString(reader); name !== undefined; name = readInlineString(reader)) {
    const directory = reader.u64('directory index')
    reader.skipLeb('modification time', 64)
    reader.skipLeb('file length', 64)
    files.push({ name, directory })
  }
  return { version, directories, files }
}

/** Undefined for the empty string, which ends each list. */
function readInlineString(reader: ByteReader): StringPlace | undefined {
  const [start, end] = reader.terminated('name')
  return start === end ? undefined : { section: '.debug_line', offset: start }
}

const contentType = { path: 1, directoryIndex: 2 } as const

function readFileTable(reader: ByteReader): LineUnitFiles {
  const directories = readEntries(reader, 'directory').map(({ name }) => name)
  const files = readEntries(reader, 'file').map(({ name, directory }) =>
    name === undefined ? undefined : { name, directory },
  )
  return { version: 5, directories, files }
}

interface Entry {
  readonly name: StringPlace | undefined
  readonly directory: number
}

function readEntries(reader: ByteReader, what: string): readonly Entry[] {
  const formatCount = reader.u8(`${what} format count`)
  const formats: { readonly content: number; readonly form: number }[] = []
  for (let i = 0; i < formatCount; i++) formats.push({ content: reader.u64('content type'), form: reader.u64('form') })
  const at = reader.position
  const count = reader.u64(`${what} count`)
  // Every form takes at least a byte, so this bounds the loop.
  if (count > 0 && (formatCount === 0 || count > reader.remaining / formatCount))
    reader.fail(`${what} count ${count} is more than the ${reader.remaining} bytes left can hold`, at)
  const entries: Entry[] = []
  for (let i = 0; i < count; i++) {
    let name: StringPlace | undefined
    let directory = 0
    for (const { content, form } of formats) {
      const value = readForm(reader, form)
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
function readForm(reader: ByteReader, form: number): StringPlace | number | undefined {
  switch (form) {
    case 0x08: // string
      return { section: '.debug_line', offset: reader.terminated('name')[0] }
    case 0x0e: // strp
      return { section: '.debug_str', offset: reader.fixed32('string offset') }
    case 0x1f: // line_strp
      return { section: '.debug_line_str', offset: reader.fixed32('string offset') }
    case 0x0b: // data1
      return reader.u8('number')
    case 0x05: // data2
      return reader.fixed16('number')
    case 0x06: // data4
      return reader.fixed32('number')
    case 0x0f: // udata
      return reader.u64('number')
    case 0x07: // data8
      reader.skip(8, 'number')
      return undefined
    case 0x1e: // data16, an MD5
      reader.skip(16, 'checksum')
      return undefined
    case 0x09: // block
      reader.skip(reader.u32('block size'), 'block')
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

/** Opcodes from 10 on, and those that only set flags, change no column of our rows: their operands are passed over. */
function runProgram(reader: ByteReader, header: Header, sequences: LineSequence[]): void {
  const { unit, minimumInstructionBytes, lineBase, lineRange, opcodeBase, operandCounts } = header
  let address = 0
  let file = 1
  let line = 1
  let column = 0
  let rows: LineRow[] = []
  const advance = (operations: number): void => {
    address += operations * minimumInstructionBytes
    if (address > 0xffff_ffff) reader.fail(`address ${address} is beyond 32 bits`)
  }
  const emit = (): void => {
    const last = rows.at(-1)
    if (last !== undefined && address < last.address)
      reader.fail(`address ${hex(address)} is below the row before it, ${hex(last.address)}`)
    rows.push({ address, file, line: line >>> 0, column })
  }
  const operationsOf = (special: number): number => {
    if (lineRange === 0) reader.fail('line range is 0: it must be at least 1')
    return Math.floor(special / lineRange)
  }
  while (!reader.atEnd) {
    const opcode = reader.u8('opcode')
    if (opcode >= opcodeBase) {
      const special = opcode - opcodeBase
      advance(operationsOf(special))
      line += lineBase + (special % lineRange)
      emit()
      continue
    }
    switch (opcode) {
      case 0: {
        const operation = reader.range(reader.u32('extended opcode size'), 'extended opcode')
        if (operation.atEnd) break
        const extendedOpcode = operation.u8('extended opcode')
        if (extendedOpcode === extended.setAddress) address = operation.fixed32('address')
        if (extendedOpcode !== extended.endSequence) break
        emit()
        const [first] = rows
        rows.pop()
        if (first !== undefined && first.address < address)
          sequences.push({ unit, start: first.address, end: address, rows })
        address = 0
        file = 1
        line = 1
        column = 0
        rows = []
        break
      }
      case standard.copy:
        emit()
        break
      case standard.advancePc:
        advance(reader.u64('address advance'))
        break
      case standard.advanceLine:
        line += reader.s64('line advance')
        break
      case standard.setFile:
        file = reader.u64('file')
        break
      case standard.setColumn:
        column = reader.u64('column')
        break
      case standard.constAddPc:
        advance(operationsOf(255 - opcodeBase))
        break
      case standard.fixedAdvancePc:
        address += reader.fixed16('address advance')
        break
      default:
        for (let i = 0; i < (operandCounts[opcode] ?? 0); i++) reader.skipLeb('operand', 64)
    }
  }
}
