// What a relocatable ELF object offers, in the session's terms: names with flags. Whether it wants to be called when it is
// there is told by its sections.
//
// Source: getELFObjectFileSymbolInfo in llvm/lib/ExecutionEngine/Orc/ObjectFileInterface.cpp
import { readElfObject } from '@worc/elf'
import type { ElfObject, ElfSymbol } from '@worc/elf'
import { success, symbolFlag } from '@worc/protocol'
import type { Expected, FlagsEntry } from '@worc/protocol'
import type { InterfaceSymbols, ObjectContents } from '../wasm/interface-symbols.js'
import { roleOf } from './run-at-ends.js'

/** Error: BadObject. */
export function readElfContents(bytes: Uint8Array): Expected<ObjectContents> {
  const object = readElfObject(bytes)
  return object.ok ? success(elfContents(object.value)) : object
}

export function elfContents(object: ElfObject): ObjectContents {
  const isUndefined = ({ place, binding, name }: ElfSymbol): boolean =>
    place.kind === 'undefined' && binding !== 'local' && name !== ''
  const undefinedSymbols = object.symbols.filter(isUndefined)
  const weakOf = new Map<string, boolean>()
  for (const { name, binding } of undefinedSymbols) {
    weakOf.set(name, binding === 'weak' && (weakOf.get(name) ?? true))
  }
  return { ...interfaceOf(object), references: [...weakOf].map(([name, weak]) => ({ name, weak })) }
}

function interfaceOf({ sections, symbols }: ElfObject): InterfaceSymbols {
  const offered = symbols.filter(({ binding, place, type, name }) => {
    return (
      binding !== 'local' && place.kind !== 'undefined' && place.kind !== 'skipped' && type !== 'file' && name !== ''
    )
  })
  const hasInitializers = sections.some((section) => roleOf(section) !== undefined)
  return { symbols: offered.map((symbol): FlagsEntry => [symbol.name, flagsOf(symbol)]), hasInitializers }
}

function flagsOf({ binding, visibility, place, type }: ElfSymbol): number {
  const isHidden = visibility === 'hidden' || visibility === 'internal'
  const isCommon = place.kind === 'common'
  const isWeak = binding === 'weak' || binding === 'unique' || isCommon
  return (
    (isHidden ? 0 : symbolFlag.exported) |
    (isWeak ? symbolFlag.weak : 0) |
    (isCommon ? symbolFlag.common : 0) |
    (place.kind === 'absolute' ? symbolFlag.absolute : 0) |
    (type === 'function' ? symbolFlag.callable : 0) |
    (type === 'tls' ? symbolFlag.threadLocal : 0)
  )
}
