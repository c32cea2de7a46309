// Decodes the sections that every module has: types, imports, definitions. Each function takes the section's reader, or
// undefined where the module has no such section, and throws Malformed on the first thing that is not in order.
import { externalKind, functionTypeCode, limitsFlag, valueTypeOfCode } from './binary-format.js'
import type { ByteReader } from './byte-reader.js'
import { skipConstantExpression } from './function-body.js'
import { hex, Malformed } from './malformed.js'
import { knownSectionReader } from './module-sections.js'
import type { SectionList } from './module-sections.js'
import type {
  FunctionBody,
  FunctionType,
  Import,
  ImportDescription,
  Limits,
  ObjectFile,
  ValueType,
} from './object-file.js'

type Global = ObjectFile['globals'][number]
type Tag = ObjectFile['tags'][number]

/** A data segment as the core format has it; its name, alignment and flags come from the linking section. */
interface RawSegment {
  /** Bytes from the start of the data section's content. */
  readonly contentOffset: number
  readonly content: Uint8Array
}

/** What a module defines, before the linking section names any of it. */
interface Definitions extends Pick<ObjectFile, 'types' | 'imports' | 'functions' | 'globals' | 'tags'> {
  readonly tableCount: number
  readonly rawSegments: readonly RawSegment[]
}

/** All definitions of the module, each index in them checked. Throws Malformed. */
export function readDefinitions(sections: SectionList): Definitions {
  const types = readTypes(knownSectionReader(sections, 'type'))
  const imports = readImports(knownSectionReader(sections, 'import'), types.length)
  const functionTypes = readFunctionTypes(knownSectionReader(sections, 'function'), types.length)
  const tableCount = readTables(knownSectionReader(sections, 'table')).length
  const tags = readTags(knownSectionReader(sections, 'tag'), types.length)
  const globals = readGlobals(knownSectionReader(sections, 'global'))
  const functions = readBodies(knownSectionReader(sections, 'code'), functionTypes)
  const rawSegments = readSegments(knownSectionReader(sections, 'data'))
  checkDataCount(knownSectionReader(sections, 'dataCount'), rawSegments.length)
  return { types, imports, functions, globals, tags, tableCount, rawSegments }
}

export function readTypes(reader: ByteReader | undefined): readonly FunctionType[] {
  return readVector(reader, 'type count', 3, (section) => {
    const at = section.position
    const form = section.u8('type form')
    if (form !== functionTypeCode)
      section.fail(`unsupported type form ${hex(form)}: only function types, ${hex(functionTypeCode)}, are known`, at)
    const parameters = readValueTypes(section, 'parameter count')
    return { parameters, results: readValueTypes(section, 'result count') }
  })
}

export function readImports(reader: ByteReader | undefined, typeCount: number): readonly Import[] {
  return readVector(reader, 'import count', 4, (section) => {
    const module = section.name('import module')
    const field = section.name('import field')
    return { module, field, description: readImportDescription(section, typeCount) }
  })
}

/** The type index of each defined function. */
export function readFunctionTypes(reader: ByteReader | undefined, typeCount: number): readonly number[] {
  return readVector(reader, 'function count', 1, (section) => readTypeIndex(section, typeCount))
}

/** The bodies, one for each of `functionTypes`. */
function readBodies(reader: ByteReader | undefined, functionTypes: readonly number[]): readonly FunctionBody[] {
  const bodies = readVector(reader, 'body count', 2, (section, i): FunctionBody => {
    const sizeBytes = section.u32('body size')
    const bodyOffset = section.position - section.start
    return { typeIndex: functionTypes[i] ?? 0, bodyOffset, body: section.view(sizeBytes, 'function body') }
  })
  if (bodies.length !== functionTypes.length) {
    const declared = `the function section declares ${functionTypes.length} functions`
    throw new Malformed(`${declared}, the code section holds ${bodies.length}`)
  }
  return bodies
}

function readTables(reader: ByteReader | undefined): readonly ValueType[] {
  return readVector(reader, 'table count', 3, (section) => {
    const elementType = readValueType(section, 'table element type')
    readLimits(section)
    return elementType
  })
}

function readGlobals(reader: ByteReader | undefined): readonly Global[] {
  return readVector(reader, 'global count', 3, (section) => {
    const { valueType, mutable } = readGlobalType(section)
    const from = section.position
    skipConstantExpression(section)
    return { valueType, mutable, initial: section.bytes.subarray(from, section.position) }
  })
}

function readTags(reader: ByteReader | undefined, typeCount: number): readonly Tag[] {
  return readVector(reader, 'tag count', 2, (section) => ({ typeIndex: readTagType(section, typeCount) }))
}

const segmentForm = { active: 0, passive: 1, activeInMemory: 2 } as const

function readSegments(reader: ByteReader | undefined): readonly RawSegment[] {
  return readVector(reader, 'segment count', 2, (section) => {
    const at = section.position
    const form = section.u32('segment form')
    if (form > segmentForm.activeInMemory) section.fail(`unknown segment form ${form}: the highest is 2`, at)
    if (form === segmentForm.activeInMemory) section.u32('memory index')
    if (form !== segmentForm.passive) skipConstantExpression(section)
    const sizeBytes = section.u32('segment size')
    const contentOffset = section.position - section.start
    return { contentOffset, content: section.view(sizeBytes, 'segment content') }
  })
}

function checkDataCount(reader: ByteReader | undefined, segmentCount: number): void {
  if (reader === undefined) return
  const count = reader.u32('data count')
  if (count !== segmentCount) reader.fail(`data count ${count}, but the data section has ${segmentCount} segments`)
  reader.expectEnd()
}

/** The count a section begins with, for readers that need no more of it. */
export function readEntryCount(reader: ByteReader | undefined): number {
  return reader === undefined ? 0 : reader.count('entry count', 1)
}

function readVector<T>(
  reader: ByteReader | undefined,
  what: string,
  minimumEntryBytes: number,
  readEntry: (reader: ByteReader, i: number) => T,
): readonly T[] {
  if (reader === undefined) return []
  const count = reader.count(what, minimumEntryBytes)
  const entries: T[] = []
  for (let i = 0; i < count; i++) entries.push(readEntry(reader, i))
  reader.expectEnd()
  return entries
}

function readImportDescription(section: ByteReader, typeCount: number): ImportDescription {
  const at = section.position
  const kind = section.u8('import kind')
  switch (kind) {
    case externalKind.function:
      return { kind: 'function', typeIndex: readTypeIndex(section, typeCount) }
    case externalKind.table:
      return { kind: 'table', elementType: readValueType(section, 'table element type'), limits: readLimits(section) }
    case externalKind.memory:
      return { kind: 'memory', limits: readLimits(section) }
    case externalKind.global:
      return { kind: 'global', ...readGlobalType(section) }
    case externalKind.tag:
      return { kind: 'tag', typeIndex: readTagType(section, typeCount) }
  }
  return section.fail(`unknown import kind ${kind}: the highest is ${externalKind.tag}`, at)
}

function readTypeIndex(section: ByteReader, typeCount: number): number {
  const at = section.position
  return section.checkIndex(section.u32('type index'), typeCount, 'type index', 'types', at)
}

function readTagType(section: ByteReader, typeCount: number): number {
  const at = section.position
  const attribute = section.u8('tag attribute')
  if (attribute !== 0) section.fail(`unknown tag attribute ${attribute}: the only one known is 0`, at)
  return readTypeIndex(section, typeCount)
}

function readGlobalType(section: ByteReader): { readonly valueType: ValueType; readonly mutable: boolean } {
  const valueType = readValueType(section, 'global type')
  const at = section.position
  const mutability = section.u8('global mutability')
  if (mutability > 1) section.fail(`global mutability ${mutability} is neither 0 nor 1`, at)
  return { valueType, mutable: mutability === 1 }
}

function readValueTypes(section: ByteReader, what: string): readonly ValueType[] {
  const count = section.count(what, 1)
  const types: ValueType[] = []
  for (let i = 0; i < count; i++) types.push(readValueType(section, 'value type'))
  return types
}

function readValueType(section: ByteReader, what: string): ValueType {
  const at = section.position
  const code = section.u8(what)
  return valueTypeOfCode.get(code) ?? section.fail(`unsupported ${what} ${hex(code)}`, at)
}

/** A 64-bit memory reads like any other: what no 32-bit linker can place are its relocations. */
function readLimits(section: ByteReader): Limits {
  const at = section.position
  const flags = section.u8('limits')
  if (flags > (limitsFlag.maximum | limitsFlag.shared | limitsFlag.memory64))
    section.fail(`unknown limits flags ${hex(flags)}`, at)
  const minimum = section.u64('minimum size')
  const maximum = (flags & limitsFlag.maximum) === 0 ? undefined : section.u64('maximum size')
  if (maximum !== undefined && maximum < minimum)
    section.fail(`maximum size ${maximum} is below the minimum size ${minimum}`, at)
  return { minimum, maximum, shared: (flags & limitsFlag.shared) !== 0 }
}
