// Members of archives as definitions: asked for names, finds the members that define them, and those that these need from
// the same archives, transitively, so that one answer settles which of several weak and strong definitions prevails — as a
// static link of the same archives would. Source: StaticLibraryDefinitionGenerator (ExecutionUtils.h); tool-conventions Linking.md.
import type { JITErrorData, UnitDescription, UnitId } from '@worc/protocol'
import { plainError } from '@worc/protocol'
import { memberContent, readArchive } from '@worc/ar'
import type { Archive } from '@worc/ar'
import { interfaceSymbols } from '@worc/jitlink'
import type { ObjectInterface } from '@worc/wasm'
import type { LinkTarget } from './target.js'

interface Member {
  /** Index of its archive in the group. */
  readonly archive: number
  readonly name: string
  readonly offset: number
  readonly size: number
  interface: ObjectInterface | undefined
}

/** Archives that are searched as one, in order. */
export interface ArchiveGroup {
  readonly buffers: readonly SharedArrayBuffer[]
  /** By symbol: every member that defines it, first found first. */
  readonly definers: ReadonlyMap<string, readonly Member[]>
  readonly readInterface: LinkTarget['readInterface']
}

export function openArchiveGroup(
  buffers: readonly SharedArrayBuffer[],
  readInterface: LinkTarget['readInterface'],
): ArchiveGroup | JITErrorData {
  const definers = new Map<string, Member[]>()
  for (const [index, buffer] of buffers.entries()) {
    const archive = readArchive(new Uint8Array(buffer))
    if (!archive.ok) return plainError('BadObject', archive.error.message)
    for (const [symbol, member] of symbolsOf(archive.value, index, readInterface)) {
      const known = definers.get(symbol)
      if (known === undefined) definers.set(symbol, [member])
      else known.push(member)
    }
  }
  return { buffers, definers, readInterface }
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
    const contents = interfaceOf(group, member)
    if ('code' in contents) return contents
    taken.add(member)
    // A weak reference pulls nothing in.
    for (const { name, weak } of contents.undefinedSymbols) {
      const definer = weak ? undefined : group.definers.get(name)?.[0]
      if (definer !== undefined) pending.push(definer)
    }
    for (const { name, weak } of contents.definedSymbols) {
      const stronger = weak ? strongDefiner(group, name) : undefined
      if (stronger !== undefined) pending.push(stronger)
    }
  }
  return [...taken]
}

function strongDefiner(group: ArchiveGroup, name: string): Member | undefined {
  return group.definers.get(name)?.find((member) => {
    const contents = interfaceOf(group, member)
    return !('code' in contents) && contents.definedSymbols.some((symbol) => symbol.name === name && !symbol.weak)
  })
}

export function describeMember(group: ArchiveGroup, member: Member, unit: UnitId): UnitDescription | JITErrorData {
  const contents = interfaceOf(group, member)
  if ('code' in contents) return contents
  return {
    unit,
    name: `${member.name}@${member.archive}:${member.offset}`,
    symbols: interfaceSymbols(contents).symbols,
    initSymbol: contents.hasInitFunctions ? initSymbolOf(`${member.name}@${member.offset}`) : null,
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

function interfaceOf(group: ArchiveGroup, member: Member): ObjectInterface | JITErrorData {
  if (member.interface !== undefined) return member.interface
  const buffer = group.buffers[member.archive]
  if (buffer === undefined) throw new Error(`archive ${member.archive} of a group of ${group.buffers.length}`)
  const contents = group.readInterface(new Uint8Array(buffer, member.offset, member.size))
  if (!contents.ok) return plainError('BadObject', `${member.name}: ${contents.error.message}`)
  member.interface = contents.value
  return contents.value
}

function* symbolsOf(
  archive: Archive,
  index: number,
  readInterface: LinkTarget['readInterface'],
): Iterable<readonly [string, Member]> {
  for (const { name, offset, size } of archive.members) {
    const member: Member = { archive: index, name, offset, size, interface: undefined }
    const contents = readInterface(memberContent(archive, { name, offset, size }))
    if (!contents.ok) continue
    member.interface = contents.value
    for (const { name: symbol } of contents.value.definedSymbols) yield [symbol, member]
  }
}
