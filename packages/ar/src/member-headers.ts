// Walks the 60-byte headers of an archive. A header is text in fixed columns; names are short (in the header), GNU long
// (an offset into the member called "//") or BSD long (the first bytes of the content).
//
// Sources: the ar(5) manual pages of GNU and FreeBSD; LLVM's Object/Archive.cpp.
import { formatProblem, Malformed } from './malformed.js'
import { decodeName, StringTable } from './string-table.js'

/** One member as it lies in the file. `offset` and `sizeBytes` cover the content, after a BSD long name. */
export interface RawMember {
  readonly headerOffset: number
  /** As written, without padding: "foo.o/", "/", "//", "__.SYMDEF" or the resolved long name. */
  readonly name: string
  readonly style: 'gnu' | 'bsd'
  readonly offset: number
  readonly sizeBytes: number
}

const magic = '!<arch>\n'
const headerBytes = 60
const sizeField = { start: 48, end: 58, what: 'size field' }
const nameField = { start: 0, end: 16 }
const terminator = '`\n'

/** Every member, special ones included, in file order. Throws Malformed. */
export function readMemberHeaders(bytes: Uint8Array): readonly RawMember[] {
  checkMagic(bytes)
  const members: RawMember[] = []
  let longNames: StringTable | undefined
  let at = magic.length
  while (at < bytes.length) {
    const header = readHeader(bytes, at)
    const contentOffset = at + headerBytes
    const member = nameMember(bytes, header, at, contentOffset, longNames)
    if (member.name === '//')
      longNames = new StringTable(bytes, contentOffset, contentOffset + header.sizeBytes, nameEnds)
    members.push(member)
    at = contentOffset + header.sizeBytes
    // Members begin at even offsets; the last one's padding is often missing.
    at += at % 2
  }
  return members
}

/** "\n" ends a GNU long name (after "/"), NUL one of Microsoft's tools. */
const nameEnds: readonly number[] = [0x0a, 0x00]

interface Header {
  readonly name: string
  readonly sizeBytes: number
}

function readHeader(bytes: Uint8Array, at: number): Header {
  if (bytes.length - at < headerBytes) {
    const left = bytes.length - at
    throw new Malformed(formatProblem(`truncated: a member header needs ${headerBytes} bytes, ${left} are left`, at))
  }
  if (columns(bytes, at + headerBytes - terminator.length, at + headerBytes) !== terminator)
    throw new Malformed(formatProblem('no member header here: it does not end in "`\\n"', at))
  const name = decodeName(bytes, at + nameField.start, at + nameField.end, 'member header', at).trimEnd()
  const sizeBytes = decimal(columns(bytes, at + sizeField.start, at + sizeField.end), sizeField.what, at)
  const left = bytes.length - at - headerBytes
  if (sizeBytes > left)
    throw new Malformed(
      formatProblem(`truncated: member ${JSON.stringify(name)} says ${sizeBytes} bytes, ${left} are left`, at),
    )
  return { name, sizeBytes }
}

function nameMember(
  bytes: Uint8Array,
  { name, sizeBytes }: Header,
  headerOffset: number,
  contentOffset: number,
  longNames: StringTable | undefined,
): RawMember {
  const what = `member ${JSON.stringify(name)}`
  if (name.startsWith('#1/')) {
    const nameBytes = decimal(name.slice(3), 'length of a long name', headerOffset)
    if (nameBytes > sizeBytes)
      throw new Malformed(formatProblem(`${what}: its name is longer than its ${sizeBytes} bytes`, headerOffset))
    const offset = contentOffset + nameBytes
    const padded = decodeName(bytes, contentOffset, offset, what, headerOffset)
    const end = padded.indexOf('\0')
    const longName = end < 0 ? padded : padded.slice(0, end)
    return { headerOffset, name: longName, style: 'bsd', offset, sizeBytes: sizeBytes - nameBytes }
  }
  const place = { headerOffset, offset: contentOffset, sizeBytes }
  if (/^\/\d/.test(name)) {
    const offset = decimal(name.slice(1), 'offset of a long name', headerOffset)
    if (longNames === undefined)
      throw new Malformed(formatProblem(`${what}: the archive has no table of long names before it`, headerOffset))
    return { ...place, name: longNames.nameAt(offset, what, headerOffset), style: 'gnu' }
  }
  return { ...place, name, style: name.endsWith('/') ? 'gnu' : 'bsd' }
}

function checkMagic(bytes: Uint8Array): void {
  const found = columns(bytes, 0, Math.min(bytes.length, magic.length))
  if (found === magic) return
  if (found === '!<thin>\n')
    throw new Malformed('a thin archive: it only names its members, whose files are not here; make it without --thin')
  if (found === '<bigaf>\n') throw new Malformed('an AIX big archive, which is not supported')
  if (bytes.length === 0) throw new Malformed('not an archive: it is empty')
  throw new Malformed(`not an archive: it begins with ${JSON.stringify(found)}, not ${JSON.stringify(magic)}`)
}

/** Header columns as text, one character a byte. */
function columns(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0)
  return text
}

/** Digits, then spaces. A field has at most 13 columns, so the value is exact. */
function decimal(field: string, what: string, at: number): number {
  const digits = field.trimEnd()
  if (!/^\d+$/.test(digits))
    throw new Malformed(formatProblem(`bad ${what} ${JSON.stringify(digits)}: it must be a decimal number`, at))
  return Number(digits)
}
