// From a type in C or C++ to how a value of it travels: in one register of the machine, as an integer of 32 or 64 bits, a float
// of either, or an address; or not at all. An integer narrower than 32 bits is an i32, extended by its sign if it has one.
import type { ValueType } from '@worc/protocol'
import { attribute, encoding, tag } from './constants.js'
import { numberOf } from './entries.js'
import type { DebugEntries, DebugEntry } from './entries.js'

/** Longer chains of names for names of a type nobody writes. */
const chainLimit = 64

/** Those that only name or qualify another type. */
const transparentTags: ReadonlySet<number> = new Set([
  tag.typedef,
  tag.constType,
  tag.volatileType,
  tag.restrictType,
  tag.atomicType,
])
const pointerTags: ReadonlySet<number> = new Set([tag.pointerType, tag.referenceType, tag.rvalueReferenceType])

export class TypeResolver {
  readonly #byOffset: DebugEntries['byOffset']

  constructor(byOffset: DebugEntries['byOffset']) {
    this.#byOffset = byOffset
  }

  /** Of what `entry` says that its type is; void where it says nothing; undefined where no register holds it. */
  typeOf(entry: DebugEntry): ValueType | 'void' | undefined {
    let offset = numberOf(entry, attribute.type)
    for (let step = 0; step < chainLimit; step++) {
      // An attribute that is there and gives no offset refers to what is not in this object.
      if (offset === undefined) return step > 0 || !entry.attributes.has(attribute.type) ? 'void' : undefined
      const type = this.#byOffset.get(offset)
      if (type === undefined) return undefined
      if (!transparentTags.has(type.tag)) return valueType(type)
      offset = numberOf(type, attribute.type)
    }
    return undefined
  }
}

function valueType(type: DebugEntry): ValueType | undefined {
  if (pointerTags.has(type.tag)) return 'pointer'
  const sizeBytes = numberOf(type, attribute.byteSize)
  if (type.tag === tag.enumerationType) return integerType(sizeBytes)
  if (type.tag !== tag.baseType) return undefined
  const meaning = numberOf(type, attribute.encoding) ?? 0
  if (integerEncodings.has(meaning)) return integerType(sizeBytes)
  return meaning === encoding.float ? floatType(sizeBytes) : undefined
}

const integerEncodings: ReadonlySet<number> = new Set([
  encoding.boolean,
  encoding.signed,
  encoding.signedChar,
  encoding.unsigned,
  encoding.unsignedChar,
  encoding.utf,
])

function integerType(sizeBytes: number | undefined): ValueType | undefined {
  if (sizeBytes === 8) return 'i64'
  return sizeBytes === 1 || sizeBytes === 2 || sizeBytes === 4 ? 'i32' : undefined
}

function floatType(sizeBytes: number | undefined): ValueType | undefined {
  if (sizeBytes === 4) return 'f32'
  return sizeBytes === 8 ? 'f64' : undefined
}
