// The object while it is being assembled: sections, symbols, where the next byte goes, and what has to wait until all
// labels are known. `finish` then settles what can be settled and leaves the rest to a linker, as relocations.
import { sectionFlag, sectionType } from '@worc/elf'
import type { ElfObject } from '@worc/elf'
import type { Isa } from '../isa.js'
import { insert, isEncodable } from '../operand.js'
import { objectOf } from './object-of.js'
import { relocationType } from './relocation-types.js'
import type { RelocationName } from './relocation-types.js'
import type { Fixup, SectionKind, SymbolBuilder } from './section-builder.js'
import { SectionBuilder, createSymbol } from './section-builder.js'
import { bytesAsNumber, ulebBytes } from './leb128.js'
import { SourceError } from './source-error.js'
import type { SymbolicValue } from './values.js'
import { checkFits, constantValue, isConstant } from './values.js'

export interface AssemblerOptions {
  /** What instructions there are, until `.option` says otherwise. */
  readonly isa: Isa
  /** In which registers the program's functions exchange floats; only a note in the object. */
  readonly floatAbi: 'soft' | 'single' | 'double'
}

/** What `.option` changes. */
interface Modes {
  readonly isa: Isa
  readonly relaxes: boolean
  readonly isPic: boolean
}

/** Reports what is wrong with a line, and goes on. */
export type Report = (line: number, error: SourceError) => void

export class ObjectBuilder {
  readonly #sections = new Map<string, SectionBuilder>()
  readonly #symbols = new Map<string, SymbolBuilder>()
  readonly #numberedLabels = new Map<string, number>()
  readonly #floatAbi: AssemblerOptions['floatAbi']
  readonly #pushedModes: Modes[] = []
  readonly #pushedSections: SectionBuilder[] = []
  modes: Modes
  section: SectionBuilder
  #previous: SectionBuilder
  #ownLabels = 0
  #isCompressed: boolean
  /** Of the statement that is being read. */
  line = 0

  constructor({ isa, floatAbi }: AssemblerOptions) {
    this.modes = { isa, relaxes: false, isPic: false }
    this.#floatAbi = floatAbi
    this.#isCompressed = isa.extensions.has('c')
    const flags = sectionFlag.alloc | sectionFlag.execinstr
    this.section = this.sectionOf({ name: '.text', type: sectionType.progbits, flags, entryBytes: 0, group: undefined })
    this.#previous = this.section
  }

  // ---- sections

  /** The section of this name and group, made if there is none. */
  sectionOf(kind: SectionKind): SectionBuilder {
    const key = `${kind.name}\0${kind.group?.signature ?? ''}`
    const known = this.#sections.get(key) ?? new SectionBuilder(kind)
    this.#sections.set(key, known)
    return known
  }

  enter(section: SectionBuilder): void {
    this.#previous = this.section
    this.section = section
  }

  pushSection(section: SectionBuilder): void {
    this.#pushedSections.push(this.section)
    this.enter(section)
  }

  popSection(): void {
    const section = this.#pushedSections.pop()
    if (section === undefined) throw new SourceError('.popsection without .pushsection')
    this.enter(section)
  }

  enterPrevious(): void {
    this.enter(this.#previous)
  }

  // ---- modes

  setModes(modes: Partial<Modes>): void {
    this.modes = { ...this.modes, ...modes }
    this.#isCompressed ||= this.modes.isa.extensions.has('c')
  }

  pushModes(): void {
    this.#pushedModes.push(this.modes)
  }

  popModes(): void {
    const modes = this.#pushedModes.pop()
    if (modes === undefined) throw new SourceError('.option pop without .option push')
    this.modes = modes
  }

  // ---- symbols

  symbol(name: string): SymbolBuilder {
    const known = this.#symbols.get(name) ?? createSymbol(name)
    this.#symbols.set(name, known)
    return known
  }

  /** A label at the current place: a name, or a number that may occur again. */
  defineLabel(label: string): void {
    if (/^\d+$/.test(label)) {
      const count = (this.#numberedLabels.get(label) ?? 0) + 1
      this.#numberedLabels.set(label, count)
      return this.#place(this.symbol(numberedLabel(label, count)))
    }
    const symbol = this.symbol(label)
    if (symbol.place !== undefined || symbol.alias !== undefined || symbol.common !== undefined)
      throw new SourceError(`symbol "${label}" is already defined`)
    this.#place(symbol)
  }

  /** A label of the assembler's own, at the current place. */
  ownLabel(): string {
    const symbol = this.symbol(`.Lworc${this.#ownLabels++}`)
    this.#place(symbol)
    return symbol.name
  }

  #place(symbol: SymbolBuilder): void {
    symbol.place = { section: this.section, offset: this.section.sizeBytes }
  }

  /** What a name in a value stands for: `.`, `1b` and `1f`, a number that has a name, or a symbol. */
  lookup = (name: string): SymbolicValue => {
    if (name === '.') return { constant: 0n, plus: this.ownLabel(), minus: undefined }
    const numbered = /^(\d+)([fb])$/.exec(name)
    if (numbered !== null) return this.#lookupNumbered(numbered[1] ?? '', numbered[2] === 'f')
    const { alias } = this.symbol(name)
    return alias !== undefined && isConstant(alias) ? alias : { constant: 0n, plus: name, minus: undefined }
  }

  #lookupNumbered(label: string, isForward: boolean): SymbolicValue {
    const count = this.#numberedLabels.get(label) ?? 0
    if (!isForward && count === 0) throw new SourceError(`there is no label ${label} before this line`)
    return { constant: 0n, plus: numberedLabel(label, isForward ? count + 1 : count), minus: undefined }
  }

  // ---- content that waits

  /** An instruction or a datum of which some bits are not known yet stands at the end of the section next. */
  addFixup(fixup: Fixup): void {
    this.section.checkHasContent()
    this.section.fixups.push(fixup)
    if (fixup.kind === 'operand' && fixup.relaxes) this.section.relaxes = true
  }

  relocate(section: SectionBuilder, offset: number, name: RelocationName, symbol?: string, addend: bigint = 0n): void {
    if (!Number.isSafeInteger(Number(addend))) throw new SourceError(`the addend ${addend} is beyond ±2^53`)
    const index = symbol === undefined ? undefined : this.#indexOf(symbol)
    section.relocations.push({ offset, type: relocationType[name], symbol: index, addend: Number(addend) })
  }

  /** Symbols in the order in which a relocation first named them; `objectOf` sorts them for the format. */
  readonly #relocated = new Map<string, number>()

  #indexOf(name: string): number {
    const index = this.#relocated.get(name) ?? this.#relocated.size
    this.#relocated.set(name, index)
    return index
  }

  // ---- the end

  /** What could not be said is reported; the object is then worth nothing. */
  finish(report: Report): ElfObject {
    for (const section of this.#sections.values())
      for (const fixup of section.fixups)
        try {
          this.#settle(section, fixup)
        } catch (error) {
          if (!(error instanceof SourceError)) throw error
          report(fixup.line, error)
        }
    const float = { soft: 0, single: 2, double: 4 }[this.#floatAbi]
    const flags = (this.#isCompressed ? 1 : 0) | float
    const parts = { sections: [...this.#sections.values()], symbols: [...this.#symbols.values()] }
    return objectOf(
      { ...parts, relocated: [...this.#relocated.keys()], flags, xlen: this.modes.isa.xlen },
      (value) => this.#distance(value),
      report,
    )
  }

  #settle(section: SectionBuilder, fixup: Fixup): void {
    const value = this.#namedValue(fixup.value)
    if (fixup.kind === 'data') return this.#settleData(section, fixup, value)
    if (fixup.kind === 'leb') return this.#settleLeb(section, fixup, value)
    const { operand, relocation, offset, relaxes } = fixup
    if (value.minus !== undefined) throw new SourceError('an operand cannot be the difference of two symbols')
    if (operand.kind === 'target' && !relaxes) {
      const target = this.#placeIn(section, value)
      if (target !== undefined) {
        const distance = target - offset
        if (!isEncodable(operand, distance))
          throw new SourceError(
            `"${value.plus ?? ''}" is ${distance} bytes away (${operand.minimum} to ${operand.maximum}, in steps of ${operand.step})`,
          )
        return section.patch(offset, insert(operand, distance), relocation.startsWith('R_RISCV_RVC') ? 2 : 4)
      }
    }
    if (value.plus === undefined) throw new SourceError('an operand must name a symbol here')
    this.relocate(section, offset, relocation, value.plus, value.constant)
    if (relaxes && operand.kind !== 'target') this.relocate(section, offset, 'R_RISCV_RELAX')
  }

  #settleData(
    section: SectionBuilder,
    { offset, sizeBytes }: Fixup & { readonly kind: 'data' },
    value: SymbolicValue,
  ): void {
    const { plus, minus, constant } = value
    const distance = this.#distance(value)
    const bits = 8 * sizeBytes
    if (distance !== undefined && !this.#isMovable(minus)) {
      checkFits(distance, bits)
      return section.overwrite(offset, distance, sizeBytes)
    }
    if (plus === undefined) throw new SourceError('a symbol can be subtracted from another one only')
    if (minus === undefined) {
      if (bits !== 32 && bits !== 64) throw new SourceError(`a symbol's address does not fit ${bits} bits`)
      return this.relocate(section, offset, `R_RISCV_${bits}`, plus, constant)
    }
    const from = this.#symbols.get(minus)?.place
    if (from?.section === section && from.offset === offset && bits === 32)
      return this.relocate(section, offset, 'R_RISCV_32_PCREL', plus, constant)
    const width = ([8, 16, 32, 64] as const).find((each) => each === bits) ?? 32
    this.relocate(section, offset, `R_RISCV_ADD${width}`, plus, constant)
    this.relocate(section, offset, `R_RISCV_SUB${width}`, minus)
  }

  #settleLeb(
    section: SectionBuilder,
    { offset, sizeBytes }: Fixup & { readonly kind: 'leb' },
    value: SymbolicValue,
  ): void {
    const { plus, minus, constant } = value
    const distance = this.#distance(value)
    if (distance !== undefined && !this.#isMovable(minus)) {
      if (distance < 0n) throw new SourceError(`${distance} has a sign, which .uleb128 has no place for`)
      const bytes = ulebBytes(distance, sizeBytes)
      if (bytes.length > sizeBytes) throw new SourceError(`${distance} does not fit the ${sizeBytes} bytes left for it`)
      return section.overwrite(offset, bytesAsNumber(bytes), sizeBytes)
    }
    if (plus === undefined || minus === undefined)
      throw new SourceError('.uleb128 takes numbers and differences of symbols')
    this.relocate(section, offset, 'R_RISCV_SET_ULEB128', plus, constant)
    this.relocate(section, offset, 'R_RISCV_SUB_ULEB128', minus)
  }

  /** As far as it can be told now; a linker can only make it less. */
  distanceSoFar(value: SymbolicValue): bigint | undefined {
    return this.#distance(value)
  }

  /** The difference of two labels of one section, or a number. */
  #distance(value: SymbolicValue): bigint | undefined {
    const { constant, plus, minus } = this.#withoutAliases(value)
    if (plus === undefined && minus === undefined) return constant
    const [to, from] = [plus, minus].map((name) => (name === undefined ? undefined : this.#symbols.get(name)?.place))
    if (to === undefined || from === undefined || to.section !== from.section) return undefined
    return constant + BigInt(to.offset - from.offset)
  }

  #isMovable(label: string | undefined): boolean {
    return label !== undefined && this.#symbols.get(label)?.place?.section.relaxes === true
  }

  /** Where in this section the value is: what others see may yet be another definition. */
  #placeIn(section: SectionBuilder, value: SymbolicValue): number | undefined {
    const { constant, plus } = this.#withoutAliases(value)
    const symbol = plus === undefined ? undefined : this.#symbols.get(plus)
    const isOwn = symbol?.binding === undefined || symbol.binding === 'local'
    if (symbol?.place?.section !== section || !isOwn || section.relaxes) return undefined
    return symbol.place.offset + Number(constant)
  }

  /** What a relocation names: the symbol as it is written, but for another name of what is defined elsewhere. */
  #namedValue(value: SymbolicValue): SymbolicValue {
    const real = this.#withoutAliases(value)
    const isHere = real.plus !== undefined && this.#symbols.get(real.plus)?.place !== undefined
    return isHere ? value : real
  }

  /** Names that `.set` gave to other symbols are those symbols, unless they are seen from outside. */
  #withoutAliases(value: SymbolicValue): SymbolicValue {
    let { constant, plus } = value
    for (let steps = 0; plus !== undefined; steps++) {
      const symbol = this.#symbols.get(plus)
      if (symbol?.alias === undefined || symbol.binding !== undefined) break
      if (steps > this.#symbols.size) throw new SourceError(`symbol "${plus}" is defined by itself`)
      constant += symbol.alias.constant
      plus = symbol.alias.plus
    }
    const { minus } = value
    return plus === undefined && minus === undefined ? constantValue(constant) : { constant, plus, minus }
  }
}

function numberedLabel(label: string, count: number): string {
  return `.Lnumbered${label}.${count}`
}
