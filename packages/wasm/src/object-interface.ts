// What an object offers and what it asks for: enough to define its symbols before anyone links it, and to index an
// archive. It decodes imports and symbols only; segments, code and relocations are left to `readObject`.
import type { Expected } from '@worc/protocol'
import { readEntryCount, readFunctionTypes, readImports, readTypes } from './core-sections.js'
import { readLinkingSubsections } from './linking-section.js'
import { reading } from './malformed.js'
import type { FunctionType } from './object-file.js'
import { knownSectionReader, linkingReader, readSections } from './module-sections.js'
import type { SectionList } from './module-sections.js'
import { indexSpaces, readSymbolTable } from './symbol-table.js'

/**
 * A function or data symbol that other objects can name. clang marks nearly every symbol hidden on wasm: that hides
 * nothing here.
 */
export interface DefinedSymbol {
  readonly name: string
  readonly kind: 'function' | 'data'
  readonly weak: boolean
  readonly hidden: boolean
  readonly threadLocal: boolean
  /** Of a function. */
  readonly type: FunctionType | undefined
}

/** A weak reference may stay without a definition. */
export interface UndefinedSymbol {
  readonly name: string
  readonly kind: 'function' | 'data'
  readonly weak: boolean
}

export interface ObjectInterface {
  readonly definedSymbols: readonly DefinedSymbol[]
  readonly undefinedSymbols: readonly UndefinedSymbol[]
  readonly hasInitFunctions: boolean
}

/** The interface of the object in `bytes`, in the order of its symbol table. Error: BadObject. */
export function readObjectInterface(bytes: Uint8Array): Expected<ObjectInterface> {
  return reading(() => decodeInterface(readSections(bytes)))
}

function decodeInterface(sections: SectionList): ObjectInterface {
  const subsections = readLinkingSubsections(linkingReader(sections))
  const types = readTypes(knownSectionReader(sections, 'type'))
  const imports = readImports(knownSectionReader(sections, 'import'), types.length)
  const functionTypes = readFunctionTypes(knownSectionReader(sections, 'function'), types.length)
  const spaces = indexSpaces(imports, {
    function: functionTypes.length,
    global: readEntryCount(knownSectionReader(sections, 'global')),
    table: readEntryCount(knownSectionReader(sections, 'table')),
    tag: readEntryCount(knownSectionReader(sections, 'tag')),
  })
  const symbols = readSymbolTable(subsections.symbolTable, { spaces, sections: sections.all, segmentSizes: undefined })

  const definedSymbols: DefinedSymbol[] = []
  const undefinedSymbols: UndefinedSymbol[] = []
  const importedCount = spaces.function.imported.length
  for (const symbol of symbols) {
    const { kind, name, flags } = symbol
    if ((kind !== 'function' && kind !== 'data') || flags.binding === 'local') continue
    const weak = flags.binding === 'weak'
    if (flags.undefined) undefinedSymbols.push({ name, kind, weak })
    else {
      const type = kind === 'function' ? types[functionTypes[symbol.index - importedCount] ?? -1] : undefined
      definedSymbols.push({ name, kind, weak, hidden: flags.hidden, threadLocal: flags.threadLocal, type })
    }
  }
  return { definedSymbols, undefinedSymbols, hasInitFunctions: readEntryCount(subsections.initFunctions) > 0 }
}
