// Reads an ar archive: the members, and which of them defines a symbol. GNU, BSD and Darwin variants; objects of any
// format may be inside, so whoever needs an index that the archive lacks says how to read a member's names.
import type { Expected } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { reading } from './malformed.js'
import { readMemberHeaders } from './member-headers.js'
import type { RawMember } from './member-headers.js'
import { isSpecialMember, readSymbolIndex } from './symbol-index.js'

/** A stored file. Two members may have the same name, so a member is identified by its offset. */
export interface ArchiveMember {
  readonly name: string
  /** Bytes from the start of the archive to the content. */
  readonly offset: number
  /** Bytes of content. */
  readonly size: number
}

export type SymbolIndex = ReadonlyMap<string, ArchiveMember>

export interface Archive {
  /** What was read; member contents are views of it. */
  readonly bytes: Uint8Array
  /** In file order, without the archive's own tables. */
  readonly members: readonly ArchiveMember[]
  /** The first member that defines each symbol; undefined where the archive has no index. */
  readonly symbols: SymbolIndex | undefined
}

/**
 * The archive in `bytes`, which may be shared memory and must not change meanwhile. Error: BadObject, for bytes of any
 * kind.
 */
export function readArchive(bytes: Uint8Array): Expected<Archive> {
  return reading(() => decodeArchive(bytes))
}

/** The content of a member, as a view. */
export function memberContent(archive: Archive, member: ArchiveMember): Uint8Array {
  return archive.bytes.subarray(member.offset, member.offset + member.size)
}

/**
 * An index for an archive that has none. `definedNames` gives the symbols a member defines for others; as in the
 * archive's own index the first member wins. Error: the first one `definedNames` gives, with the member's name before
 * it.
 */
export function buildSymbolIndex(
  archive: Archive,
  definedNames: (content: Uint8Array, member: ArchiveMember) => Expected<readonly string[]>,
): Expected<SymbolIndex> {
  const symbols = new Map<string, ArchiveMember>()
  for (const member of archive.members) {
    const names = definedNames(memberContent(archive, member), member)
    if (!names.ok) return failure({ ...names.error, message: `${member.name}: ${names.error.message}` })
    for (const name of names.value) if (!symbols.has(name)) symbols.set(name, member)
  }
  return success(symbols)
}

function decodeArchive(bytes: Uint8Array): Archive {
  const raw = readMemberHeaders(bytes)
  const members: ArchiveMember[] = []
  const atHeader = new Map<number, ArchiveMember>()
  for (const { headerOffset, name, style, offset, sizeBytes } of raw) {
    if (isSpecialMember(name)) continue
    const member = { name: style === 'gnu' ? withoutSlash(name) : name, offset, size: sizeBytes }
    members.push(member)
    atHeader.set(headerOffset, member)
  }
  return { bytes, members, symbols: decodeSymbols(bytes, raw, atHeader) }
}

/** The index is the archive's first member. */
function decodeSymbols(
  bytes: Uint8Array,
  raw: readonly RawMember[],
  atHeader: ReadonlyMap<number, ArchiveMember>,
): SymbolIndex | undefined {
  const [first] = raw
  if (first === undefined || first.name === '//' || !isSpecialMember(first.name)) return undefined
  const symbols = new Map<string, ArchiveMember>()
  readSymbolIndex(bytes, first, (symbol, headerOffset) => {
    const member = atHeader.get(headerOffset)
    if (member !== undefined && !symbols.has(symbol)) symbols.set(symbol, member)
    return member !== undefined
  })
  return symbols
}

function withoutSlash(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name
}
