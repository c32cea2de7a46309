// What functions take and give, as their debug information says it: for those who call them by name and have nothing else to go
// by. A function is left out where that cannot be said in numbers: aggregates by value, variadic functions, numbers wider
// than a register. So is one whose debug information tells lines only, which would look like a function without parameters.
import type { ValueType } from '@worc/protocol'
import { assemblerLanguage, attribute, languagesOfC } from './constants.js'
import { textAt } from './debug-sections.js'
import type { EntrySections, StringPlace } from './debug-sections.js'
import { numberOf, parameterLimit, placeOf, readEntries } from './entries.js'
import type { DebugEntries, DebugEntry } from './entries.js'
import { TypeResolver } from './value-types.js'

export interface FunctionSignature {
  readonly parameters: readonly ValueType[]
  /** None, or one. */
  readonly results: readonly ValueType[]
}

/** Of the functions that other objects can name, by the names that linkers know them by. Never fails: what is malformed is not there. */
export function functionSignatures(sections: EntrySections): ReadonlyMap<string, FunctionSignature> {
  const entries = readEntries(sections)
  const reader = new SignatureReader(entries, nameBudget(sections))
  const found = new Map<string, FunctionSignature | undefined>()
  for (const entry of entries.functions) {
    const name = reader.nameOf(entry)
    if (name === undefined) continue
    const signature = reader.signatureOf(entry)
    // Two functions of one name that differ: whoever asks for one of them could mean the other.
    const other = found.get(name)
    found.set(name, !found.has(name) || (other && signature && same(other, signature)) ? signature : undefined)
  }
  return new Map(Array.from(found).flatMap(([name, signature]) => (signature === undefined ? [] : [[name, signature]])))
}

function same(a: FunctionSignature, b: FunctionSignature): boolean {
  return `${a.parameters.join()}:${a.results.join()}` === `${b.parameters.join()}:${b.results.join()}`
}

/** Tails of strings are shared, so a small section could ask for much text; no compiler's come near this. */
const namesPerByte = 16

function nameBudget(sections: EntrySections): number {
  return namesPerByte * (sections['.debug_str'].length + sections['.debug_info'].length)
}

/** A function's entry, what it is an instance of, and what that declares: no compiler makes longer chains. */
const chainLimit = 4

class SignatureReader {
  readonly #byOffset: DebugEntries['byOffset']
  readonly #types: TypeResolver
  readonly #withoutTypes = new Map<DebugEntry['unit'], boolean>()
  #nameBudgetBytes: number

  constructor({ byOffset }: DebugEntries, nameBudgetBytes: number) {
    this.#byOffset = byOffset
    this.#types = new TypeResolver(byOffset)
    this.#nameBudgetBytes = nameBudgetBytes
  }

  /** Undefined where nobody else could name the function, or where it has no code here. */
  nameOf(entry: DebugEntry): string | undefined {
    const { attributes } = entry
    if (!attributes.has(attribute.lowPc) && !attributes.has(attribute.ranges)) return undefined
    const chain = this.#chainOf(entry)
    if (!chain.some((each) => numberOf(each, attribute.external) === 1)) return undefined
    // What has a name for linkers only is the compiler's: a thunk, say, whose parameters nobody lists.
    const written = firstPlace(chain, attribute.name)
    const place = firstPlace(chain, attribute.linkageName) ?? firstPlace(chain, attribute.mipsLinkageName) ?? written
    if (written === undefined || place === undefined || this.#nameBudgetBytes < 0) return undefined
    const name = textAt(place)
    this.#nameBudgetBytes -= name.length
    return name === '' ? undefined : name
  }

  signatureOf(entry: DebugEntry): FunctionSignature | undefined {
    if (this.#hasNoTypes(entry)) return undefined
    const chain = this.#chainOf(entry)
    // An instance may lack parameters that it has no use for; what it is an instance of has them all.
    const whole = this.#originOf(entry)
    if (!isPlain(whole, chain)) return undefined
    const returned = chain.find(({ attributes }) => attributes.has(attribute.type))
    const result = returned === undefined ? 'void' : this.#types.typeOf(returned)
    const parameters = whole.parameters.flatMap((each) => this.#parameterType(each) ?? [])
    if (result === undefined || parameters.length !== whole.parameters.length) return undefined
    return { parameters, results: result === 'void' ? [] : [result] }
  }

  #parameterType(entry: DebugEntry): ValueType | undefined {
    const declared = this.#chainOf(entry).find(({ attributes }) => attributes.has(attribute.type))
    const type = declared === undefined ? undefined : this.#types.typeOf(declared)
    return type === 'void' ? undefined : type
  }

  #originOf(entry: DebugEntry): DebugEntry {
    let origin = entry
    for (let step = 0; step < chainLimit; step++) origin = this.#referred(origin, attribute.abstractOrigin) ?? origin
    return origin
  }

  #chainOf(entry: DebugEntry): readonly DebugEntry[] {
    const chain: DebugEntry[] = []
    let next: DebugEntry | undefined = entry
    while (next !== undefined && chain.length < chainLimit) {
      chain.push(next)
      next = this.#referred(next, attribute.abstractOrigin) ?? this.#referred(next, attribute.specification)
    }
    return chain
  }

  #referred(entry: DebugEntry, name: number): DebugEntry | undefined {
    const offset = numberOf(entry, name)
    return offset === undefined ? undefined : this.#byOffset.get(offset)
  }

  #hasNoTypes({ unit }: DebugEntry): boolean {
    const known = this.#withoutTypes.get(unit)
    if (known !== undefined) return known
    const producer = unit.root === undefined ? undefined : placeOf(unit.root, attribute.producer)
    const language = numberOf(unit.root, attribute.language) ?? assemblerLanguage
    // GCC describes functions without their types at this level; clang does not say of any that others can name it.
    const isLinesOnly = producer !== undefined && / -g(gdb)?1\b/.test(textAt(producer))
    const answer = language === assemblerLanguage || isLinesOnly
    this.#withoutTypes.set(unit, answer)
    return answer
  }
}

/**
 * A function whose parameters are all that it takes, and arrive as they are declared. In old C a definition without a prototype
 * takes its parameters promoted; but one without parameters is only written so.
 */
function isPlain(whole: DebugEntry, chain: readonly DebugEntry[]): boolean {
  const { length } = whole.parameters
  if (length > parameterLimit) return false
  // GCC's constructors and destructors have parameters that only some of their instances take; `this` comes first.
  if (whole.parameters.slice(1).some((each) => numberOf(each, attribute.artificial) === 1)) return false
  const isC = languagesOfC.has(numberOf(whole.unit.root, attribute.language) ?? 0)
  const hasPrototype = !isC || chain.some((each) => numberOf(each, attribute.prototyped) === 1)
  return hasPrototype ? !whole.takesMore : length === 0
}

function firstPlace(chain: readonly DebugEntry[], name: number): StringPlace | undefined {
  for (const entry of chain) {
    const place = placeOf(entry, name)
    if (place !== undefined) return place
  }
  return undefined
}
