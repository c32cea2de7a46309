// The debug sections of a relocatable object as a linker would leave them, had it put the object's code somewhere: relocations
// are applied to copies, for an imagined place of each section of code. A debugger's reader then needs to know nothing of ELF.
//
// Where code may be shortened as it is linked, assemblers cannot write distances down, and pairs of relocations stand for them
// (ADD and SUB, SET and SUB): they tell the distances as they are before anything is shortened.
//
// Source: RISC-V ELF psABI, "Relocations".
import { sectionFlag } from './format.js'
import type { ElfObject, ElfRelocation, ElfSection } from './object.js'

export interface DebugImage<Name extends string> {
  readonly sections: Readonly<Record<Name, Uint8Array>>
  /** Where the imagined linker put the beginning of a section of code, by its position in the object. */
  readonly codeAddresses: ReadonlyMap<number, number>
}

/** Those sections that are named; empty where the object has none of a name. */
export function debugImage<Name extends string>(object: ElfObject, names: readonly Name[]): DebugImage<Name> {
  const codeAddresses = placeCode(object)
  // Sections of one name are read as one after the other: groups may have some of their own. All have to be placed, since
  // those that are asked for may refer to any.
  const offsets = new Map<number, number>()
  const parts = placeDebugSections(object, offsets)
  const addressOf: AddressOf = (symbol) => {
    if (symbol === undefined) return 0
    const { place, value } = object.symbols[symbol] ?? nothing
    if (place.kind === 'absolute') return value
    const start =
      place.kind === 'section' ? (codeAddresses.get(place.section) ?? offsets.get(place.section)) : undefined
    return start === undefined ? nowhere : start + value
  }
  const sections = names.map((name) => [name, joined(parts.get(name) ?? [], addressOf)] as const)
  return { sections: Object.fromEntries(sections) as Record<Name, Uint8Array>, codeAddresses }
}

type AddressOf = (symbol: number | undefined) => number

const nothing = { place: { kind: 'undefined' }, value: 0 } as const

/** What lies in no section of code: beyond them all, since a file is shorter. */
const nowhere = 2 ** 48

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

/** By name, in order; `offsets` learns where each lies behind the others of its name, by its position in the object. */
function placeDebugSections(
  { sections }: ElfObject,
  offsets: Map<number, number>,
): ReadonlyMap<string, readonly ElfSection[]> {
  const parts = new Map<string, ElfSection[]>()
  const ends = new Map<string, number>()
  for (const [position, section] of sections.entries()) {
    const { name, content } = section
    if (!name.startsWith('.debug_')) continue
    const offset = ends.get(name) ?? 0
    offsets.set(position, offset)
    ends.set(name, offset + content.length)
    const others = parts.get(name)
    if (others === undefined) parts.set(name, [section])
    else others.push(section)
  }
  return parts
}

function joined(parts: readonly ElfSection[], addressOf: AddressOf): Uint8Array {
  const [first] = parts
  if (first !== undefined && parts.length === 1 && first.relocations.length === 0) return first.content
  const whole = new Uint8Array(parts.reduce((sum, { content }) => sum + content.length, 0))
  let at = 0
  for (const { content, relocations } of parts) {
    const part = whole.subarray(at, at + content.length)
    part.set(content)
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
    for (const relocation of relocations) relocate(view, relocation, addressOf)
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
function relocate(view: DataView, { type, offset, symbol, addend }: ElfRelocation, addressOf: AddressOf): void {
  const known = debugRelocations.get(type)
  if (known === undefined) return
  const { action, bits } = known
  if (bits !== 'leb' && offset > view.byteLength - bits / 8) return
  const value = addressOf(symbol) + addend
  // Nearly all of them are these.
  if (bits === 32 && action === 'set') return view.setUint32(offset, value, true)
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const field = bits === 'leb' ? lebAt(bytes, offset) : bytes.subarray(offset, offset + bits / 8)
  const bitsInByte = bits === 'leb' ? 7 : 8
  const old = action === 'set' ? 0n : readField(field, bitsInByte)
  const sum = action === 'subtract' ? old - BigInt(value) : old + BigInt(value)
  writeField(field, bitsInByte, sum)
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
