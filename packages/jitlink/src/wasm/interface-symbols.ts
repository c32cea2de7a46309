// What a relocatable object offers, in the session's terms: names with flags, functions with signatures. clang marks nearly every symbol hidden on wasm,
// which hides nothing from other units here.
import { signatureCode, success, symbolFlag } from '@worc/protocol'
import type { Expected, FlagsEntry } from '@worc/protocol'
import { readObjectInterface } from '@worc/wasm'
import type { ObjectInterface } from '@worc/wasm'

export interface InterfaceSymbols {
  readonly symbols: readonly FlagsEntry[]
  readonly hasInitializers: boolean
}

/** The same, with what the object references and does not define: each name once. */
export interface ObjectContents extends InterfaceSymbols {
  readonly references: readonly { readonly name: string; readonly weak: boolean }[]
}

/** Error: BadObject. */
export function readObjectContents(object: Uint8Array): Expected<ObjectContents> {
  const contents = readObjectInterface(object)
  if (!contents.ok) return contents
  return success({ ...interfaceSymbols(contents.value), references: contents.value.undefinedSymbols })
}

/** Error: BadObject. */
export function readInterfaceSymbols(object: Uint8Array): Expected<InterfaceSymbols> {
  const contents = readObjectInterface(object)
  return contents.ok ? success(interfaceSymbols(contents.value)) : contents
}

function interfaceSymbols({ definedSymbols, hasInitFunctions }: ObjectInterface): InterfaceSymbols {
  const symbols = definedSymbols.map(({ name, weak, threadLocal, type }): FlagsEntry => {
    const flags = symbolFlag.exported | (weak ? symbolFlag.weak : 0) | (threadLocal ? symbolFlag.threadLocal : 0)
    return type === undefined
      ? [name, flags]
      : [name, flags | symbolFlag.callable, signatureCode(type.parameters, type.results)]
  })
  return { symbols, hasInitializers: hasInitFunctions }
}
