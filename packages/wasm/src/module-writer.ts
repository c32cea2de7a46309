// Builds one module, section by section, in a single pass: every part goes straight into its section's bytes and gets
// its index back; `finish` puts the sections in order. Imports come before definitions of the same kind, as in the
// format.
//
// There is deliberately no way to import a table: V8 before Node 23 never collects an instance that imports a
// long-lived one, and copies the whole table for each importer.
import type { ExternalKind, SectionName } from './binary-format.js'
import {
  externalKind,
  functionTypeCode,
  limitsFlag,
  moduleHeader,
  nameSubsection,
  sectionId,
  sectionOrder,
  valueTypeCode,
} from './binary-format.js'
import { ByteWriter } from './byte-writer.js'
import type { FunctionType, Limits, ValueType } from './object-file.js'
import { instructionCode } from './opcode-table.js'

export interface WrittenModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where `ModuleWriter.code` begins inside `bytes`: module offset of a body = this + its offset in `code`. */
  readonly codeOffset: number
}

export class ModuleWriter {
  /** The bodies of the code section, each after its size prefix; the section's count is not part of it. */
  readonly code: ByteWriter = new ByteWriter(4096)

  readonly #sections = new Map<SectionName, ByteWriter>()
  readonly #counts = new Map<SectionName, number>()
  readonly #typeIndexes = new Map<string, number>()
  readonly #imported = { function: 0, memory: 0, global: 0, tag: 0 }
  readonly #functionNames = new ByteWriter()
  #functionNameCount = 0
  #lastNamedFunction = -1
  #moduleName: string | undefined
  #bodyCount = 0

  /** The index of this type; equal types share one. */
  typeIndex(type: FunctionType): number {
    const key = `${type.parameters.join()}:${type.results.join()}`
    const known = this.#typeIndexes.get(key)
    if (known !== undefined) return known
    const section = this.#entry('type')
    section.u8(functionTypeCode)
    writeValueTypes(section, type.parameters)
    writeValueTypes(section, type.results)
    const index = this.#typeIndexes.size
    this.#typeIndexes.set(key, index)
    return index
  }

  importFunction(module: string, field: string, typeIndex: number): number {
    this.#import('function', 'function', module, field).u32(typeIndex)
    return this.#imported.function++
  }

  importMemory(module: string, field: string, limits: Limits): number {
    writeLimits(this.#import('memory', 'memory', module, field), limits)
    return this.#imported.memory++
  }

  importGlobal(module: string, field: string, valueType: ValueType, mutable: boolean): number {
    writeGlobalType(this.#import('global', 'global', module, field), valueType, mutable)
    return this.#imported.global++
  }

  importTag(module: string, field: string, typeIndex: number): number {
    writeTagType(this.#import('tag', 'tag', module, field), typeIndex)
    return this.#imported.tag++
  }

  /** Declares a function and gives its index. Bodies follow in the order of the declarations. */
  addFunction(typeIndex: number): number {
    this.#entry('function').u32(typeIndex)
    return this.#imported.function + this.#count('function') - 1
  }

  /** Copies a body (locals and code, no size prefix) and gives its offset in `code`, for patches. */
  copyBody(body: Uint8Array): number {
    this.#bodyCount++
    this.code.u32(body.length)
    const offset = this.code.length
    this.code.bytes(body)
    return offset
  }

  /** Writes a body in place: locals and code, the final `end` included. Gives its offset in `code`. */
  addBody(write: (code: ByteWriter) => void): number {
    this.#bodyCount++
    this.code.paddedU32(0)
    const offset = this.code.length
    write(this.code)
    this.code.patchPaddedU32(offset - 5, this.code.length - offset)
    return offset
  }

  addTable(elementType: 'funcref' | 'externref', limits: Limits): number {
    const section = this.#entry('table')
    section.u8(valueTypeCode[elementType])
    writeLimits(section, limits)
    return this.#count('table') - 1
  }

  addMemory(limits: Limits): number {
    writeLimits(this.#entry('memory'), limits)
    return this.#imported.memory + this.#count('memory') - 1
  }

  /** `initial` is a constant expression, its `end` included, or the value of an i32. */
  addGlobal(valueType: ValueType, mutable: boolean, initial: Uint8Array | number): number {
    const section = this.#entry('global')
    writeGlobalType(section, valueType, mutable)
    if (typeof initial === 'number') writeI32Expression(section, initial)
    else section.bytes(initial)
    return this.#imported.global + this.#count('global') - 1
  }

  addTag(typeIndex: number): number {
    writeTagType(this.#entry('tag'), typeIndex)
    return this.#imported.tag + this.#count('tag') - 1
  }

  addExport(name: string, kind: ExternalKind, index: number): void {
    const section = this.#entry('export')
    section.name(name)
    section.u8(externalKind[kind])
    section.u32(index)
  }

  /** Functions that fill `table` from `offset` when the module is instantiated. */
  addActiveElements(table: number, offset: number, functions: readonly number[]): number {
    const section = this.#entry('element')
    section.u32(table === 0 ? 0 : 2)
    if (table !== 0) section.u32(table)
    writeI32Expression(section, offset)
    if (table !== 0) section.u8(0)
    writeIndexes(section, functions)
    return this.#count('element') - 1
  }

  /** Functions that `table.init` can copy into a table later. */
  addPassiveElements(functions: readonly number[]): number {
    const section = this.#entry('element')
    section.u32(1)
    section.u8(0)
    writeIndexes(section, functions)
    return this.#count('element') - 1
  }

  addActiveData(offset: number, content: Uint8Array): number {
    const section = this.#entry('data')
    section.u32(0)
    writeI32Expression(section, offset)
    section.u32(content.length)
    section.bytes(content)
    return this.#count('data') - 1
  }

  addPassiveData(content: Uint8Array): number {
    const section = this.#entry('data')
    section.u32(1)
    section.u32(content.length)
    section.bytes(content)
    return this.#count('data') - 1
  }

  /** The module's name as V8 shows it in stack frames. */
  nameModule(name: string): void {
    this.#moduleName = name
  }

  /** Names must come in ascending order of index, at most one for a function. */
  nameFunction(index: number, name: string): void {
    if (index <= this.#lastNamedFunction)
      throw new Error(`the name of function ${index} comes after that of function ${this.#lastNamedFunction}`)
    this.#lastNamedFunction = index
    this.#functionNameCount++
    this.#functionNames.u32(index)
    this.#functionNames.name(name)
  }

  finish(): WrittenModule {
    const declared = this.#count('function')
    if (declared !== this.#bodyCount)
      throw new Error(`${declared} functions are declared, ${this.#bodyCount} have bodies`)
    if (this.#count('data') > 0) this.#section('dataCount').u32(this.#count('data'))
    if (declared > 0) this.#counts.set('code', declared)

    const names = this.#nameSection()
    const module = new ByteWriter(64 + this.#contentBytes() + names.length)
    module.bytes(moduleHeader)
    let codeOffset = 0
    for (const name of sectionOrder) {
      const content = name === 'code' ? this.code : this.#sections.get(name)
      if (content === undefined || content.length === 0) continue
      const counted = name !== 'dataCount'
      const count = this.#count(name)
      module.u8(sectionId[name])
      module.u32(content.length + (counted ? u32Bytes(count) : 0))
      if (counted) module.u32(count)
      if (name === 'code') codeOffset = module.length
      module.bytes(content.written)
    }
    module.bytes(names.written)
    return { bytes: module.written.slice(), codeOffset }
  }

  #nameSection(): ByteWriter {
    const section = new ByteWriter()
    if (this.#moduleName === undefined && this.#functionNameCount === 0) return section
    const content = new ByteWriter(64 + this.#functionNames.length)
    content.name('name')
    if (this.#moduleName !== undefined) {
      const subsection = new ByteWriter()
      subsection.name(this.#moduleName)
      writeChunk(content, nameSubsection.module, subsection)
    }
    if (this.#functionNameCount > 0) {
      content.u8(nameSubsection.function)
      content.u32(u32Bytes(this.#functionNameCount) + this.#functionNames.length)
      content.u32(this.#functionNameCount)
      content.bytes(this.#functionNames.written)
    }
    writeChunk(section, sectionId.custom, content)
    return section
  }

  #import(kind: ExternalKind, defined: SectionName, module: string, field: string): ByteWriter {
    if (this.#count(defined) > 0) throw new Error(`${kind} import "${field}" comes after a ${kind} definition`)
    const section = this.#entry('import')
    section.name(module)
    section.name(field)
    section.u8(externalKind[kind])
    return section
  }

  #entry(name: SectionName): ByteWriter {
    this.#counts.set(name, this.#count(name) + 1)
    return this.#section(name)
  }

  #section(name: SectionName): ByteWriter {
    let section = this.#sections.get(name)
    if (section === undefined) this.#sections.set(name, (section = new ByteWriter()))
    return section
  }

  #count(name: SectionName): number {
    return this.#counts.get(name) ?? 0
  }

  #contentBytes(): number {
    let total = this.code.length
    for (const section of this.#sections.values()) total += section.length + 16
    return total
  }
}

/** A section or subsection: its id, its size, its content. */
function writeChunk(target: ByteWriter, id: number, content: ByteWriter): void {
  target.u8(id)
  target.u32(content.length)
  target.bytes(content.written)
}

function writeValueTypes(target: ByteWriter, types: readonly ValueType[]): void {
  target.u32(types.length)
  for (const type of types) target.u8(valueTypeCode[type])
}

function writeLimits(target: ByteWriter, limits: Limits): void {
  const maximum = limits.maximum
  target.u8((maximum === undefined ? 0 : limitsFlag.maximum) | (limits.shared ? limitsFlag.shared : 0))
  target.u32(limits.minimum)
  if (maximum !== undefined) target.u32(maximum)
}

function writeGlobalType(target: ByteWriter, valueType: ValueType, mutable: boolean): void {
  target.u8(valueTypeCode[valueType])
  target.u8(mutable ? 1 : 0)
}

function writeTagType(target: ByteWriter, typeIndex: number): void {
  target.u8(0)
  target.u32(typeIndex)
}

const i32Const = instructionCode('i32.const')
const end = instructionCode('end')

function writeI32Expression(target: ByteWriter, value: number): void {
  target.u8(i32Const)
  target.s32(value | 0)
  target.u8(end)
}

function writeIndexes(target: ByteWriter, indexes: readonly number[]): void {
  target.u32(indexes.length)
  for (const index of indexes) target.u32(index)
}

function u32Bytes(value: number): number {
  let bytes = 1
  for (let rest = value >>> 7; rest !== 0; rest >>>= 7) bytes++
  return bytes
}
