// Decodes the linking section but for its symbols: what segments are called and how they are aligned, which functions
// run first, which definitions stand or fall together (Linking.md, "Linking Metadata Section").
import { linkingSubsection, linkingVersion, segmentFlagBit } from './binary-format.js'
import type { ByteReader } from './byte-reader.js'
import { hex, quoted } from './malformed.js'
import type { Section } from './module-sections.js'
import type { Comdat, ComdatEntryKind, InitFunction, ObjectSymbol, SegmentFlags } from './object-file.js'

type SubsectionName = keyof typeof linkingSubsection
type LinkingSubsections = Readonly<Partial<Record<SubsectionName, ByteReader>>>

interface SegmentInfo {
  readonly name: string
  readonly alignmentLog2: number
  readonly flags: SegmentFlags
}

/** Addresses have 32 bits, so no alignment can be larger than half of that space. */
const maximumAlignmentLog2 = 31

const subsectionName: ReadonlyMap<number, SubsectionName> = new Map(
  Object.entries(linkingSubsection).map(([name, id]) => [id, name as SubsectionName]),
)

/** A reader for each subsection this package knows; others are passed over, as LLVM does. Throws Malformed. */
export function readLinkingSubsections(reader: ByteReader): LinkingSubsections {
  const at = reader.position
  const version = reader.u32('linking version')
  if (version !== linkingVersion)
    reader.fail(`unsupported linking section version ${version}: the only one known is ${linkingVersion}`, at)
  const found: Partial<Record<SubsectionName, ByteReader>> = {}
  while (!reader.atEnd) {
    const start = reader.position
    const name = subsectionName.get(reader.u8('subsection id'))
    const content = reader.range(reader.u32('subsection size'), 'linking subsection')
    if (name === undefined) continue
    if (found[name] !== undefined) reader.fail(`the ${name} subsection is repeated`, start)
    found[name] = content
  }
  return found
}

/** One entry for each of the `segmentCount` segments. Without the subsection segments have no name and alignment 1. */
export function readSegmentInfo(reader: ByteReader | undefined, segmentCount: number): readonly SegmentInfo[] {
  if (reader === undefined)
    return Array.from({ length: segmentCount }, () => ({ name: '', alignmentLog2: 0, flags: segmentFlagsOf(0) }))
  const at = reader.position
  const count = reader.count('segment info count', 3)
  if (count !== segmentCount)
    reader.fail(`segment info for ${count} segments, the data section has ${segmentCount}`, at)
  const infos: SegmentInfo[] = []
  for (let i = 0; i < count; i++) {
    const name = reader.name('segment name')
    const alignmentAt = reader.position
    const alignmentLog2 = reader.u32('segment alignment')
    if (alignmentLog2 > maximumAlignmentLog2) {
      const problem = `alignment 2^${alignmentLog2} of segment ${quoted(name)} is above 2^${maximumAlignmentLog2}`
      reader.fail(problem, alignmentAt)
    }
    infos.push({ name, alignmentLog2, flags: readSegmentFlags(reader) })
  }
  reader.expectEnd()
  return infos
}

/** Each names a defined function symbol that takes no parameters; the caller checks the type. */
export function readInitFunctions(
  reader: ByteReader | undefined,
  symbols: readonly ObjectSymbol[],
): readonly InitFunction[] {
  if (reader === undefined) return []
  const count = reader.count('init function count', 2)
  const functions: InitFunction[] = []
  for (let i = 0; i < count; i++) {
    const priority = reader.u32('init function priority')
    const at = reader.position
    const symbol = reader.checkIndex(reader.u32('init function symbol'), symbols.length, 'symbol index', 'symbols', at)
    const named = symbols[symbol]
    if (named?.kind !== 'function' || named.flags.undefined)
      reader.fail(`init function ${i} names symbol ${symbol}, which is not a defined function`, at)
    functions.push({ priority, symbol })
  }
  reader.expectEnd()
  return functions
}

/** What a COMDAT entry may name. */
interface ComdatSpaces {
  readonly importedFunctionCount: number
  readonly definedFunctionCount: number
  readonly segmentCount: number
  readonly sections: readonly Section[]
}

const comdatKindOfCode: ReadonlyMap<number, ComdatEntryKind> = new Map([
  [0, 'data'],
  [1, 'function'],
  [5, 'section'],
])

export function readComdats(reader: ByteReader | undefined, spaces: ComdatSpaces): readonly Comdat[] {
  if (reader === undefined) return []
  const count = reader.count('COMDAT count', 3)
  const names = new Set<string>()
  const taken = new Set<string>()
  const comdats: Comdat[] = []
  for (let i = 0; i < count; i++) {
    const at = reader.position
    const name = reader.name('COMDAT name')
    if (names.has(name)) reader.fail(`COMDAT ${quoted(name)} is listed twice`, at)
    names.add(name)
    const flags = reader.u32('COMDAT flags')
    if (flags !== 0) reader.fail(`unknown flags ${hex(flags)} of COMDAT ${quoted(name)}`, at)
    const entryCount = reader.count('COMDAT entry count', 2)
    const entries: Comdat['entries'][number][] = []
    for (let j = 0; j < entryCount; j++) entries.push(readComdatEntry(reader, name, spaces, taken))
    comdats.push({ name, entries })
  }
  reader.expectEnd()
  return comdats
}

function readComdatEntry(
  reader: ByteReader,
  name: string,
  spaces: ComdatSpaces,
  taken: Set<string>,
): Comdat['entries'][number] {
  const at = reader.position
  const code = reader.u8('COMDAT entry kind')
  const kind = comdatKindOfCode.get(code)
  if (kind === undefined) return reader.fail(`unknown kind ${code} in COMDAT ${quoted(name)}`, at)
  const index = reader.u32('COMDAT entry index')
  if (!isComdatTarget(kind, index, spaces))
    reader.fail(`COMDAT ${quoted(name)} names ${kind} ${index}, which is not there`, at)
  const key = `${kind} ${index}`
  if (taken.has(key)) reader.fail(`${key} is in two COMDATs, the second is ${quoted(name)}`, at)
  taken.add(key)
  return { kind, index }
}

function isComdatTarget(kind: ComdatEntryKind, index: number, spaces: ComdatSpaces): boolean {
  switch (kind) {
    case 'data':
      return index < spaces.segmentCount
    case 'function':
      return index >= spaces.importedFunctionCount && index < spaces.importedFunctionCount + spaces.definedFunctionCount
    case 'section':
      return spaces.sections[index]?.kind === 'custom'
  }
}

const knownSegmentFlags = segmentFlagBit.strings | segmentFlagBit.threadLocal | segmentFlagBit.retain

function readSegmentFlags(reader: ByteReader): SegmentFlags {
  const at = reader.position
  const bits = reader.u32('segment flags')
  if ((bits & ~knownSegmentFlags) !== 0)
    reader.fail(`unknown segment flags ${hex(bits)}: known are ${hex(knownSegmentFlags)}`, at)
  return segmentFlagsOf(bits)
}

function segmentFlagsOf(bits: number): SegmentFlags {
  return {
    strings: (bits & segmentFlagBit.strings) !== 0,
    threadLocal: (bits & segmentFlagBit.threadLocal) !== 0,
    retain: (bits & segmentFlagBit.retain) !== 0,
  }
}
