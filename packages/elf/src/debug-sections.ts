// The debug sections of a relocatable object as a linker would leave them, had it put the object's code somewhere: relocations
// are applied to copies, for an imagined place of each section of code. A debugger's reader then needs to know nothing of ELF.
//
// Where code may be shortened as it is linked, assemblers cannot write distances down, and pairs of relocations stand for them
// (ADD and SUB, SET and SUB): they tell the distances as they are before anything is shortened.
//
// Source: RISC-V ELF psABI, "Relocations".
import { debugSectionNames } from '@worc/dwarf'
import type { DebugSectionName, DebugSections } from '@worc/dwarf'
import { sectionFlag } from './format.js'
import type { ElfObject, ElfRelocation, ElfSection } from './object.js'

export interface DebugImage {
  readonly sections: DebugSections
  /** Where the imagined linker put the beginning of a section of code, by its position in the object. */
  readonly codeAddresses: ReadonlyMap<number, number>
}

export function debugImage(object: ElfObject): DebugImage {
  const codeAddresses = placeCode(object)
  // Sections of one name are read as one after the other: groups may have some of their own.
  const offsets = new Map<number, number>()
  const parts = debugSectionNames.map((name) => [name, placeParts(object, name, offsets)] as const)
  const addressOf = (symbol: number | undefined): bigint => {
    if (symbol === undefined) return 0n
    const { place, value } = object.symbols[symbol] ?? nothing
    if (place.kind === 'absolute') return BigInt(value)
    const start =
      place.kind === 'section' ? (codeAddresses.get(place.section) ?? offsets.get(place.section)) : undefined
    return start === undefined ? nowhere : BigInt(start + value)
  }
  const sections = Object.fromEntries(parts.map(([name, placed]) => [name, joined(placed, addressOf)]))
  return { sections: sections as Record<DebugSectionName, Uint8Array>, codeAddresses }
}

const nothing = { place: { kind: 'undefined' }, value: 0 } as const

/** What lies in no section of code: beyond them all, since a file is shorter. */
const nowhere = 2n ** 48n

/** The first is not at 0, which is what many a field says that means nothing. */
const firstCode = 0x1_0000

function placeCode({ sections }: ElfObject): ReadonlyMap<number, number> {
  const addresses = new Map<number, number>()
  let next = firstCode
  for (const [position, { flags, content }] of sections.entries()) {
    if ((flags & sectionFlag.execinstr) === 0) continue
    addresses.set(position, next)
    next += content.length + 1
  }
  return addresses
}

function placeParts({ sections }: ElfObject, name: string, offsets: Map<number, number>): readonly ElfSection[] {
  let next = 0
  return sections.filter((section, position) => {
    if (section.name !== name || (section.flags & sectionFlag.compressed) !== 0) return false
    offsets.set(position, next)
    next += section.content.length
    return true
  })
}

function joined(parts: readonly ElfSection[], addressOf: (symbol: number | undefined) => bigint): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { content }) => sum + content.length, 0))
  let at = 0
  for (const { content, relocations } of parts) {
    const part = whole.subarray(at, at + content.length)
    part.set(content)
    for (const relocation of relocations) relocate(part, relocation, addressOf)
    at += content.length
  }
  return whole
}

interface DebugRelocation {
  readonly action: 'set' | 'add' | 'subtract'
  /** Width of the field; that of a LEB128 is the one it has. */
  readonly bits: 8 | 16 | 32 | 64 | 'leb'
}

/** By type: those that assemblers put into the sections that are read here. Others leave a field as it is. */
const debugRelocations: ReadonlyMap<number, DebugRelocation> = new Map([
  [1, { action: 'set', bits: 32 }], // R_RISCV_32
  [2, { action: 'set', bits: 64 }], // R_RISCV_64
  [33, { action: 'add', bits: 8 }], // R_RISCV_ADD8
  [34, { action: 'add', bits: 16 }],
  [35, { action: 'add', bits: 32 }],
  [36, { action: 'add', bits: 64 }],
  [37, { action: 'subtract', bits: 8 }], // R_RISCV_SUB8
  [38, { action: 'subtract', bits: 16 }],
  [39, { action: 'subtract', bits: 32 }],
  [40, { action: 'subtract', bits: 64 }],
  [54, { action: 'set', bits: 8 }], // R_RISCV_SET8
  [55, { action: 'set', bits: 16 }],
  [56, { action: 'set', bits: 32 }],
  [60, { action: 'set', bits: 'leb' }], // R_RISCV_SET_ULEB128
  [61, { action: 'subtract', bits: 'leb' }],
])

/** Debug information is advice: a field that is not wholly inside is left alone. */
function relocate(
  bytes: Uint8Array,
  { type, offset, symbol, addend }: ElfRelocation,
  addressOf: (symbol: number | undefined) => bigint,
): void {
  const known = debugRelocations.get(type)
  if (known === undefined) return
  const { action, bits } = known
  const field = bits === 'leb' ? lebAt(bytes, offset) : bytes.subarray(offset, offset + bits / 8)
  if (bits !== 'leb' && field.length < bits / 8) return
  const bitsInByte = bits === 'leb' ? 7 : 8
  const value = addressOf(symbol) + BigInt(addend)
  const old = action === 'set' ? 0n : readField(field, bitsInByte)
  writeField(field, bitsInByte, action === 'subtract' ? old - value : old + value)
}

const longestLeb = 10

/** From `offset` to the first byte without the continuation bit; empty where there is none. */
function lebAt(bytes: Uint8Array, offset: number): Uint8Array {
  const candidates = bytes.subarray(offset, offset + longestLeb)
  return candidates.subarray(0, candidates.findIndex((byte) => byte < 0x80) + 1)
}

function readField(field: Uint8Array, bitsInByte: 7 | 8): bigint {
  const mask = (1 << bitsInByte) - 1
  let value = 0n
  for (let i = field.length - 1; i >= 0; i--) value = (value << BigInt(bitsInByte)) | BigInt((field[i] ?? 0) & mask)
  return value
}

/** Continuation bits of a LEB128 stay as they are, and so does its length. */
function writeField(field: Uint8Array, bitsInByte: 7 | 8, value: bigint): void {
  const mask = (1 << bitsInByte) - 1
  for (let i = 0; i < field.length; i++) {
    const bits = Number(BigInt.asUintN(bitsInByte, value >> BigInt(i * bitsInByte)))
    field[i] = ((field[i] ?? 0) & ~mask) | bits
  }
}
