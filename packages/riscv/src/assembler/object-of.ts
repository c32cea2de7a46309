// The last step of assembling: sections and symbols in the order that the format wants, local symbols first, and none
// that nobody could miss.
import { sectionFlag } from '@worc/elf'
import type { ElfGroup, ElfObject, ElfSymbol, SymbolPlace } from '@worc/elf'
import type { Xlen } from '../instruction.js'
import type { Report } from './object-builder.js'
import type { SectionBuilder, SymbolBuilder } from './section-builder.js'
import { SourceError } from './source-error.js'
import type { SymbolicValue } from './values.js'
import { isConstant } from './values.js'

interface Parts {
  readonly sections: readonly SectionBuilder[]
  readonly symbols: readonly SymbolBuilder[]
  /** Names by the indexes that relocations have now. */
  readonly relocated: readonly string[]
  readonly flags: number
  readonly xlen: Xlen
}

/** The value of a number or a difference; undefined where only a linker knows it. */
type Distance = (value: SymbolicValue) => bigint | undefined

export function objectOf(
  { sections, symbols, relocated, flags, xlen }: Parts,
  distance: Distance,
  report: Report,
): ElfObject {
  const positions = new Map(sections.map((section, index) => [section, index]))
  const byName = new Map(symbols.map((symbol) => [symbol.name, symbol]))
  const needed = new Set(relocated)
  const signatures = new Set(sections.flatMap(({ group }) => group?.signature ?? []))
  const kept = symbols
    .filter((symbol) => needed.has(symbol.name) || isVisible(symbol, signatures))
    .map((symbol) => elfSymbol(symbol, positions, byName, { distance, report, signatures }))
  const sorted = [...kept.filter(isLocal), ...kept.filter((symbol) => !isLocal(symbol))]
  const indexes = new Map(sorted.map(({ name }, index) => [name, index]))
  return {
    elfClass: xlen,
    flags,
    sections: sections.map(
      ({ name, type, flags: sectionFlags, alignmentBytes, entryBytes, sizeBytes, content, relocations }) => ({
        ...{ name, type, flags: sectionFlags, alignmentBytes, entryBytes, sizeBytes, content },
        relocations: relocations
          .map((each) => ({
            ...each,
            symbol: each.symbol === undefined ? undefined : indexes.get(relocated[each.symbol] ?? ''),
          }))
          .sort((a, b) => a.offset - b.offset),
      }),
    ),
    symbols: sorted,
    groups: groupsOf(sections, indexes),
  }
}

function isLocal({ binding }: ElfSymbol): boolean {
  return binding === 'local'
}

/** `.L` begins the names of labels that are nobody else's business; a number's name is one, too, unless it is global. */
function isVisible({ name, place, alias, common, binding }: SymbolBuilder, signatures: ReadonlySet<string>): boolean {
  if (signatures.has(name)) return true
  if (binding !== undefined) return binding !== 'local' || place !== undefined || common !== undefined
  return !name.startsWith('.L') && (place !== undefined || alias !== undefined || common !== undefined)
}

interface Context {
  readonly distance: Distance
  readonly report: Report
  readonly signatures: ReadonlySet<string>
}

function elfSymbol(
  symbol: SymbolBuilder,
  positions: ReadonlyMap<SectionBuilder, number>,
  byName: ReadonlyMap<string, SymbolBuilder>,
  { distance, report, signatures }: Context,
): ElfSymbol {
  const { name, visibility, common, size } = symbol
  const { place, value, room } = placeOf(symbol, positions, byName)
  const isThreads = symbol.place !== undefined && (symbol.place.section.flags & sectionFlag.tls) !== 0
  const type = isThreads ? 'tls' : symbol.type
  const isKnown = place.kind === 'section' || place.kind === 'absolute' || signatures.has(name)
  const binding = symbol.binding ?? (isKnown ? 'local' : 'global')
  if (common !== undefined) {
    const { sizeBytes, alignmentBytes } = common
    return { name, binding, type: 'object', visibility, place: { kind: 'common' }, value: alignmentBytes, sizeBytes }
  }
  const sizeBytes = size === undefined ? 0n : distance(size.value)
  if (size !== undefined && sizeBytes === undefined)
    report(size.line, new SourceError(`the size of "${name}" is not known when all is read`))
  if (size !== undefined && sizeBytes !== undefined && (sizeBytes < 0n || Number(sizeBytes) > room))
    report(size.line, new SourceError(`"${name}" has ${sizeBytes} bytes, with ${room} to the end of its section`))
  return { name, binding, type, visibility, place, value, sizeBytes: Number(sizeBytes ?? 0n) }
}

/** `room` is how many bytes there are to the end of its section. */
function placeOf(
  symbol: SymbolBuilder,
  positions: ReadonlyMap<SectionBuilder, number>,
  byName: ReadonlyMap<string, SymbolBuilder>,
): { readonly place: SymbolPlace; readonly value: number; readonly room: number } {
  let value = 0n
  let at: SymbolBuilder | undefined = symbol
  for (let steps = 0; at?.alias !== undefined && steps <= byName.size; steps++) {
    value += at.alias.constant
    if (isConstant(at.alias)) return { place: { kind: 'absolute' }, value: Number(value), room: Infinity }
    at = byName.get(at.alias.plus ?? '')
  }
  if (at?.place === undefined) return { place: { kind: 'undefined' }, value: 0, room: Infinity }
  const section = positions.get(at.place.section) ?? 0
  const offset = Number(value) + at.place.offset
  return { place: { kind: 'section', section }, value: offset, room: at.place.section.sizeBytes - offset }
}

function groupsOf(sections: readonly SectionBuilder[], indexes: ReadonlyMap<string, number>): readonly ElfGroup[] {
  const bySignature = new Map<string, { isComdat: boolean; members: number[] }>()
  for (const [position, { group }] of sections.entries()) {
    if (group === undefined) continue
    const known = bySignature.get(group.signature) ?? { isComdat: group.isComdat, members: [] }
    known.members.push(position)
    bySignature.set(group.signature, known)
  }
  return [...bySignature].map(([signature, { isComdat, members }]) => ({
    signature: indexes.get(signature) ?? 0,
    isComdat,
    sections: members,
  }))
}
