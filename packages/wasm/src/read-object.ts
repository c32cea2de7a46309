// Reads a relocatable object. Order matters: sections first, then definitions, then symbols, which name definitions,
// then relocations, which name symbols. After that every index and offset in the result is in range.
import type { Expected } from '@worc/protocol'
import { readDefinitions } from './core-sections.js'
import { readComdats, readInitFunctions, readLinkingSubsections, readSegmentInfo } from './linking-section.js'
import { Malformed, quoted, reading } from './malformed.js'
import { linkingReader, readSections, sectionReader } from './module-sections.js'
import type { SectionList } from './module-sections.js'
import type {
  CustomSection,
  DataSegment,
  FunctionBody,
  InitFunction,
  ObjectFile,
  ObjectSymbol,
  Relocation,
} from './object-file.js'
import { checkInside, isRelocationSection, readRelocationSections } from './relocation-section.js'
import type { FieldRange } from './relocation-section.js'
import { indexSpaces, readSymbolTable } from './symbol-table.js'

/**
 * The object in `bytes`. Bodies, segments and custom sections are views of `bytes`, which may be shared memory and must
 * not change meanwhile. Error: BadObject, for bytes of any kind; time and memory are linear in their number.
 */
export function readObject(bytes: Uint8Array): Expected<ObjectFile> {
  return reading(() => decodeObject(readSections(bytes)))
}

function decodeObject(sections: SectionList): ObjectFile {
  const subsections = readLinkingSubsections(linkingReader(sections))
  if (sections.positions.has('start')) throw new Malformed('a start section: objects have init functions instead')
  const { tableCount, rawSegments, ...definitions } = readDefinitions(sections)
  const { types, imports, functions, globals, tags } = definitions

  const infos = readSegmentInfo(subsections.segmentInfo, rawSegments.length)
  const segments = infos.map((info, i): DataSegment => ({ ...info, ...(rawSegments[i] ?? missingSegment) }))
  const definedCounts = { function: functions.length, global: globals.length, table: tableCount, tag: tags.length }
  const spaces = indexSpaces(imports, definedCounts)
  const segmentSizes = segments.map((segment) => segment.content.length)
  const symbols = readSymbolTable(subsections.symbolTable, { spaces, sections: sections.all, segmentSizes })
  const initFunctions = readInitFunctions(subsections.initFunctions, symbols)
  checkInitFunctions(initFunctions, symbols, definitions, spaces.function.imported.length)
  const comdats = readComdats(subsections.comdat, {
    importedFunctionCount: spaces.function.imported.length,
    definedFunctionCount: functions.length,
    segmentCount: segments.length,
    sections: sections.all,
  })

  const relocations = readRelocationSections(sections, { symbols, typeCount: types.length })
  const relocationsOf = (position: number | undefined): readonly Relocation[] => relocations.get(position ?? -1) ?? []
  const codeRelocations = relocationsOf(sections.positions.get('code'))
  const dataRelocations = relocationsOf(sections.positions.get('data'))
  checkInside(codeRelocations, functions.map(bodyRange), 'function body')
  checkInside(dataRelocations, segments.map(contentRange), 'data segment')
  return {
    ...definitions,
    segments,
    symbols,
    initFunctions,
    comdats,
    codeRelocations,
    dataRelocations,
    customSections: otherCustomSections(sections).map((section) => ({
      ...section,
      relocations: relocationsOf(section.sectionIndex),
    })),
    features: readFeatures(sections),
  }
}

const missingSegment = { contentOffset: 0, content: new Uint8Array() }

function checkInitFunctions(
  initFunctions: readonly InitFunction[],
  symbols: readonly ObjectSymbol[],
  { types, functions }: Pick<ObjectFile, 'types' | 'functions'>,
  importedCount: number,
): void {
  for (const { symbol } of initFunctions) {
    const named = symbols[symbol]
    const index = named?.kind === 'function' ? named.index - importedCount : -1
    const parameterCount = types[functions[index]?.typeIndex ?? -1]?.parameters.length ?? 0
    if (parameterCount > 0) {
      const name = quoted(named?.name ?? '')
      throw new Malformed(`init function ${name} takes ${parameterCount} parameters: it must take none`)
    }
  }
}

function bodyRange({ bodyOffset, body }: FunctionBody): FieldRange {
  return { start: bodyOffset, end: bodyOffset + body.length }
}

function contentRange({ contentOffset, content }: DataSegment): FieldRange {
  return { start: contentOffset, end: contentOffset + content.length }
}

const decodedSections: readonly string[] = ['linking', 'target_features']

function otherCustomSections(sections: SectionList): readonly CustomSection[] {
  return sections.all.flatMap((section, sectionIndex): readonly CustomSection[] => {
    const { kind, name, contentStart, end } = section
    if (kind !== 'custom' || decodedSections.includes(name) || isRelocationSection(name)) return []
    return [{ name, sectionIndex, content: sections.bytes.subarray(contentStart, end) }]
  })
}

const featurePrefixes = ['+', '-']

function readFeatures(sections: SectionList): readonly string[] {
  const section = sections.all.find(({ name }) => name === 'target_features')
  if (section === undefined) return []
  const reader = sectionReader(sections, section)
  const count = reader.count('feature count', 2)
  const features: string[] = []
  for (let i = 0; i < count; i++) {
    const at = reader.position
    const prefix = String.fromCharCode(reader.u8('feature prefix'))
    if (!featurePrefixes.includes(prefix))
      reader.fail(`unknown feature prefix ${quoted(prefix)}: known are + and -`, at)
    features.push(prefix + reader.name('feature name'))
  }
  reader.expectEnd()
  return features
}
