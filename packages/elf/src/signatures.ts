// The signatures of an object's functions, for those made with -g.
import { entrySectionNames, functionSignatures } from '@worc/dwarf'
import type { FunctionSignature } from '@worc/dwarf'
import { debugImage } from './debug-sections.js'
import type { ElfObject, ElfSymbol } from './object.js'

/**
 * By name, of the functions that other objects can call, as far as numbers can say them: nothing for those that take or give
 * aggregates, take more than their parameters, or whose debug information tells lines only. Empty without debug information.
 */
export function readSignatures(object: ElfObject): ReadonlyMap<string, FunctionSignature> {
  if (!object.sections.some(({ name }) => name === '.debug_info')) return new Map<string, FunctionSignature>()
  const described = functionSignatures(debugImage(object, entrySectionNames).sections)
  const functions = object.symbols.filter(({ type, binding }) => type === 'function' && binding !== 'local')
  // Debug information knows a function by one name; a constructor has several, and so has whatever has an alias.
  const byCode = new Map<string, FunctionSignature>()
  for (const symbol of functions) {
    const [code, signature] = [codeOf(symbol), described.get(symbol.name)]
    if (code !== undefined && signature !== undefined) byCode.set(code, signature)
  }
  const signatures = new Map<string, FunctionSignature>()
  for (const symbol of functions) {
    const signature = described.get(symbol.name) ?? byCode.get(codeOf(symbol) ?? '')
    if (signature !== undefined) signatures.set(symbol.name, signature)
  }
  return signatures
}

/** The same for names of the same code. A function of no bytes begins where another does. */
function codeOf({ place, value, sizeBytes }: ElfSymbol): string | undefined {
  return place.kind === 'section' && sizeBytes > 0 ? `${place.section}:${value}:${sizeBytes}` : undefined
}
