// A section and a symbol while they are being assembled.
import { sectionFlag, sectionType } from '@worc/elf'
import type { ElfRelocation, SymbolBinding, SymbolType, SymbolVisibility } from '@worc/elf'
import type { Operand } from '../operand.js'
import type { RelocationName } from './relocation-types.js'
import { SourceError } from './source-error.js'
import type { SymbolicValue } from './values.js'

/** What is known when everything has been read. */
export type Fixup = {
  readonly line: number
  readonly offset: number
  readonly value: SymbolicValue
} & (
  | {
      readonly kind: 'operand'
      readonly operand: Operand
      readonly relocation: RelocationName
      readonly relaxes: boolean
    }
  | { readonly kind: 'data'; readonly sizeBytes: 1 | 2 | 4 | 8 }
  /** A number without sign in seven bits a byte: as many bytes as were left for it. */
  | { readonly kind: 'leb'; readonly sizeBytes: number }
)

/** By name; a symbol may be spoken of before anything is known of it. */
export interface SymbolBuilder {
  readonly name: string
  place: { readonly section: SectionBuilder; readonly offset: number } | undefined
  /** What `.set` made it; for a symbol that is another one, or a number that has to be seen from outside. */
  alias: SymbolicValue | undefined
  common: { readonly sizeBytes: number; readonly alignmentBytes: number } | undefined
  binding: SymbolBinding | undefined
  type: SymbolType
  visibility: SymbolVisibility
  size: { readonly line: number; readonly value: SymbolicValue } | undefined
}

export function createSymbol(name: string): SymbolBuilder {
  const empty = { place: undefined, alias: undefined, common: undefined, binding: undefined, size: undefined }
  return { name, ...empty, type: 'none', visibility: 'default' }
}

/** So that a line of source cannot ask for all memory. */
const largestSection = 1 << 28

export class SectionBuilder {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly entryBytes: number
  /** The signature of the group that it is in, and whether that is COMDAT. */
  readonly group: { readonly signature: string; readonly isComdat: boolean } | undefined
  readonly fixups: Fixup[] = []
  readonly relocations: ElfRelocation[] = []
  alignmentBytes = 1
  /** A linker may shorten its code: no distance inside it is final. */
  relaxes = false
  #bytes = new Uint8Array(256)
  #sizeBytes = 0

  constructor({ name, type, flags, entryBytes, group }: SectionKind) {
    this.name = name
    this.type = type
    this.flags = flags
    this.entryBytes = entryBytes
    this.group = group
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get isCode(): boolean {
    return (this.flags & sectionFlag.execinstr) !== 0
  }

  get content(): Uint8Array {
    return this.type === sectionType.nobits ? new Uint8Array() : this.#bytes.slice(0, this.#sizeBytes)
  }

  /** Throws SourceError. */
  checkHasContent(): void {
    if (this.type === sectionType.nobits) throw new SourceError(`section ${this.name} has no content, only a size`)
  }

  /** Little endian. */
  append(value: bigint, sizeBytes: number): void {
    const at = this.#grow(sizeBytes, value !== 0n)
    for (let index = 0; index < sizeBytes; index++)
      this.#bytes[at + index] = Number(BigInt.asUintN(8, value >> BigInt(8 * index)))
  }

  appendBytes(bytes: ArrayLike<number>): void {
    const at = this.#grow(bytes.length, true)
    this.#bytes.set(bytes, at)
  }

  zeros(sizeBytes: number): void {
    this.#grow(sizeBytes, false)
  }

  /** Sets bits of a word of two or four bytes that were zero. */
  patch(offset: number, bits: number, sizeBytes: number): void {
    for (let index = 0; index < sizeBytes; index++)
      this.#bytes[offset + index] = (this.#bytes[offset + index] ?? 0) | ((bits >>> (8 * index)) & 0xff)
  }

  overwrite(offset: number, value: bigint, sizeBytes: number): void {
    for (let index = 0; index < sizeBytes; index++)
      this.#bytes[offset + index] = Number(BigInt.asUintN(8, value >> BigInt(8 * index)))
  }

  #grow(sizeBytes: number, hasContent: boolean): number {
    const isEmpty = this.type === sectionType.nobits
    if (hasContent) this.checkHasContent()
    const [at, end] = [this.#sizeBytes, this.#sizeBytes + sizeBytes]
    if (end > largestSection)
      throw new SourceError(`section ${this.name} would have ${end} bytes (${largestSection} at most)`)
    if (!isEmpty && end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#sizeBytes = end
    return at
  }
}

export interface SectionKind {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly entryBytes: number
  readonly group: { readonly signature: string; readonly isComdat: boolean } | undefined
}
