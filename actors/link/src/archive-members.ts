// Members of archives as definitions: asked for names, finds the members that define them, and those that these need from
// the same archives, transitively, so that one answer settles which of several weak and strong definitions prevails — as a
// static link of the same archives would. Source: StaticLibraryDefinitionGenerator (ExecutionUtils.h); tool-conventions Linking.md.
import type { JITErrorData, SymbolFlags, UnitDescription, UnitId } from '@worc/protocol'
import { plainError, symbolFlag } from '@worc/protocol'
import { memberContent, readArchive } from '@worc/ar'
import type { Archive } from '@worc/ar'
import type { ObjectContents } from '@worc/jitlink'
import type { LinkTarget } from './target.js'

interface Member {
  /** Index of its archive in the group. */
  readonly archive: number
  readonly name: string
  readonly offset: number
  readonly size: number
  contents: ObjectContents | undefined
}

/** Archives that are searched as one, in order. */
export interface ArchiveGroup {
  readonly buffers: readonly SharedArrayBuffer[]
  /** By symbol: every member that defines it, first found first. */
  readonly definers: ReadonlyMap<string, readonly Member[]>
  readonly contentsOf: LinkTarget['contentsOf']
}

export function openArchiveGroup(
  buffers: readonly SharedArrayBuffer[],
  contentsOf: LinkTarget['contentsOf'],
): ArchiveGroup | JITErrorData {
  const definers = new Map<string, Member[]>()
  for (const [index, buffer] of buffers.entries()) {
    const archive = readArchive(new Uint8Array(buffer))
    if (!archive.ok) return plainError('BadObject', archive.error.message)
    for (const [symbol, member] of symbolsOf(archive.value, index, contentsOf)) {
      const known = definers.get(symbol)
      if (known === undefined) definers.set(symbol, [member])
      else known.push(member)
    }
  }
  return { buffers, definers, contentsOf }
}

/**
 * The members that define `names` or are needed by those that do. A weak definition stands only where no member has a strong
 * one: which it is must not depend on who was asked for first.
 */
export function membersFor(group: ArchiveGroup, names: readonly string[]): readonly Member[] | JITErrorData {
  const taken = new Set<Member>()
  const pending = names.flatMap((name) => group.definers.get(name)?.[0] ?? [])
  for (let member = pending.pop(); member !== undefined; member = pending.pop()) {
    if (taken.has(member)) continue
    const contents = contentsOfMember(group, member)
    if ('code' in contents) return contents
    taken.add(member)
    // A weak reference pulls nothing in.
    for (const { name, weak } of contents.references) {
      const definer = weak ? undefined : group.definers.get(name)?.[0]
      if (definer !== undefined) pending.push(definer)
    }
    for (const [name, flags] of contents.symbols) {
      const stronger = isWeak(flags) ? strongDefiner(group, name) : undefined
      if (stronger !== undefined) pending.push(stronger)
    }
  }
  return [...taken]
}

function isWeak(flags: SymbolFlags): boolean {
  return (flags & symbolFlag.weak) !== 0
}

function strongDefiner(group: ArchiveGroup, name: string): Member | undefined {
  return group.definers.get(name)?.find((member) => {
    const contents = contentsOfMember(group, member)
    return !('code' in contents) && contents.symbols.some(([symbol, flags]) => symbol === name && !isWeak(flags))
  })
}

export function describeMember(group: ArchiveGroup, member: Member, unit: UnitId): UnitDescription | JITErrorData {
  const contents = contentsOfMember(group, member)
  if ('code' in contents) return contents
  return {
    unit,
    name: `${member.name}@${member.archive}:${member.offset}`,
    symbols: contents.symbols,
    initSymbol: contents.hasInitializers ? initSymbolOf(`${member.name}@${member.offset}`) : null,
    source: {
      kind: 'object',
      payload: { attachment: member.archive, offsetBytes: member.offset, sizeBytes: member.size },
    },
  }
}

/** The name under which a unit with constructors is looked up for their sake. */
function initSymbolOf(unit: string): string {
  return `$.${unit}.init`
}

function contentsOfMember(group: ArchiveGroup, member: Member): ObjectContents | JITErrorData {
  if (member.contents !== undefined) return member.contents
  const buffer = group.buffers[member.archive]
  if (buffer === undefined) throw new Error(`archive ${member.archive} of a group of ${group.buffers.length}`)
  const contents = group.contentsOf(new Uint8Array(buffer, member.offset, member.size))
  if (!contents.ok) return plainError('BadObject', `${member.name}: ${contents.error.message}`)
  member.contents = contents.value
  return contents.value
}

function* symbolsOf(
  archive: Archive,
  index: number,
  contentsOf: LinkTarget['contentsOf'],
): Iterable<readonly [string, Member]> {
  for (const { name, offset, size } of archive.members) {
    const member: Member = { archive: index, name, offset, size, contents: undefined }
    const contents = contentsOf(memberContent(archive, { name, offset, size }))
    if (!contents.ok) continue
    member.contents = contents.value
    for (const [symbol] of contents.value.symbols) yield [symbol, member]
  }
}
