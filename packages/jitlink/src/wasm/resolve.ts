// Addresses for what the unit does not define. Functions that are only called need none: their PLT slots are bound by the
// executor, when the unit is installed or when the call is made. A weak symbol that nobody defines has address 0.
import { failure, formatNames, joinErrors, plainError, success, symbolError } from '@worc/protocol'
import type { Expected, JITErrorData } from '@worc/protocol'
import type { External, Symbol } from '../link-graph.js'
import type { ExternalRequest, Layout } from './layout.js'

/** `slot` is a C function pointer. */
export type ExternalDefinition =
  | { readonly kind: 'data'; readonly address: number }
  | { readonly kind: 'thread-local'; readonly offsetBytes: number }
  | { readonly kind: 'function'; readonly slot: number }

/**
 * SymbolsNotFound names every external that is neither weak nor among the definitions; NotAFunction and BadObject those that
 * are used as what they are not. A variable the unit takes for thread-local may turn out not to be: its accesses are rewritten.
 */
export function resolveExternals(
  layout: Layout,
  definitions: ReadonlyMap<string, ExternalDefinition>,
): Expected<undefined> {
  const missing = new Set<string>()
  const errors: JITErrorData[] = []
  for (const [position, request] of layout.externals.entries()) {
    const base = externalOf(layout.externalSymbols[position])
    base.address = 0
    base.threadLocal = false
    const definition = definitions.get(request.name)
    if (definition === undefined) {
      if (!request.weak) missing.add(request.name)
      continue
    }
    const error = misuse(request, definition)
    if (error === undefined) Object.assign(base, addressOf(definition))
    else errors.push(error)
  }
  if (missing.size > 0) {
    const message = `${layout.graph.name}: symbols not found: ${formatNames([...missing])}`
    errors.unshift(symbolError('SymbolsNotFound', message, [[layout.graph.name, [...missing]]]))
  }
  const error = joinErrors(errors)
  return error === undefined ? success(undefined) : failure(error)
}

function externalOf(symbol: Symbol | undefined): External {
  if (symbol?.base.kind !== 'external') throw new Error(`"${symbol?.name ?? ''}" is requested but not external`)
  return symbol.base
}

function misuse({ kind, name }: ExternalRequest, definition: ExternalDefinition): JITErrorData | undefined {
  if (kind === 'function') {
    if (definition.kind === 'function') return undefined
    return symbolError('NotAFunction', `"${name}" is used as a function but is data`, [['', [name]]])
  }
  if (definition.kind === 'function') return plainError('BadObject', `"${name}" is used as data but is a function`)
  if (kind === 'data' && definition.kind === 'thread-local') {
    return plainError('BadObject', `"${name}" is thread-local but is used as data that all threads share`)
  }
  return undefined
}

function addressOf(definition: ExternalDefinition): Pick<External, 'address' | 'threadLocal'> {
  switch (definition.kind) {
    case 'data':
      return { address: definition.address, threadLocal: false }
    case 'thread-local':
      return { address: definition.offsetBytes, threadLocal: true }
    case 'function':
      return { address: definition.slot, threadLocal: false }
  }
}
