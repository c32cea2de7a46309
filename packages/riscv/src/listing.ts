// An object's code as text, section by section: labels, addresses, words, instructions, and the relocations between them.
import { sectionFlag } from '@worc/elf'
import type { ElfObject, ElfRelocation, ElfSection } from '@worc/elf'
import { aliased } from './aliases.js'
import { relocationName } from './assembler/relocation-types.js'
import type { Decoder } from './decode.js'
import { decoderFor, lengthOf } from './decode.js'
import { disassemble } from './disassemble.js'

export interface ListingOptions {
  /** Instructions under the names that people know, `mv` and `ret`, and compressed ones under those of what they do. */
  readonly aliases: boolean
}

/** Lines of text, one at a time, for objects of any size. */
export function* listing(object: ElfObject, { aliases }: ListingOptions): Generator<string> {
  const decoder = decoderFor(object.elfClass)
  for (const [position, section] of object.sections.entries()) {
    if ((section.flags & sectionFlag.execinstr) === 0 || section.content.length === 0) continue
    yield ''
    yield `section ${section.name}`
    yield* sectionListing(object, section, labelsIn(object, position), { decoder, aliases })
  }
}

type Labels = ReadonlyMap<number, readonly string[]>

interface Style extends ListingOptions {
  readonly decoder: Decoder
}

function* sectionListing(object: ElfObject, section: ElfSection, labels: Labels, style: Style): Generator<string> {
  const { content } = section
  const relocations = section.relocations.toSorted((a, b) => a.offset - b.offset)
  let next = 0
  for (let at = 0; at < content.length;) {
    for (const label of labels.get(at) ?? []) yield `\n${hexadecimal(at, 8)} <${label}>:`
    const [lengthBytes, text] = instructionAt(object, content, at, labels, style)
    const word = Array.from({ length: lengthBytes }, (_, index) => content[at + lengthBytes - 1 - index] ?? 0)
    const digits = word.map((byte) => byte.toString(16).padStart(2, '0')).join('')
    yield `${hexadecimal(at, 8)}: ${digits.padEnd(8)}  ${text}`
    at += lengthBytes
    for (let each = relocations[next]; each !== undefined && each.offset < at; each = relocations[++next])
      yield `          ${relocationText(object, each)}`
  }
}

/** Its length, and how it is written; where it is none, its bytes. */
function instructionAt(
  { elfClass: xlen }: ElfObject,
  content: Uint8Array,
  at: number,
  labels: Labels,
  { decoder, aliases }: Style,
): readonly [lengthBytes: number, text: string] {
  const bytes = content.subarray(at, at + 4)
  const word = bytes.reduce((sum, byte, index) => sum | (byte << (8 * index)), 0)
  const lengthBytes = lengthOf(word)
  const left = content.length - at
  const decoded = lengthBytes <= left ? decoder.decode(word) : undefined
  if (decoded === undefined) {
    if (left < 2) return [1, `.byte 0x${hexadecimal(word & 0xff, 2)}`]
    return [2, `.half 0x${hexadecimal(word & 0xffff, 4)}`]
  }
  const formatTarget = (address: bigint): string => targetText(Number(address), labels)
  const shown = aliases ? aliased(decoder.expand(decoded)) : decoded
  return [lengthBytes, disassemble(shown, { xlen, address: BigInt(at), formatTarget })]
}

function targetText(address: number, labels: Labels): string {
  const [label] = labels.get(address) ?? []
  return `0x${address.toString(16)}${label === undefined ? '' : ` <${label}>`}`
}

function relocationText({ symbols }: ElfObject, { type, symbol, addend }: ElfRelocation): string {
  const name = symbol === undefined ? '' : (symbols[symbol]?.name ?? '')
  const offset = addend === 0 ? '' : ` ${addend < 0 ? '-' : '+'} 0x${Math.abs(addend).toString(16)}`
  return `${relocationName(type)} ${name}${name === '' ? offset.replace(/^ \+ /, '') : offset}`.trimEnd()
}

/** Names by offset; those that only say where code and data begin (`$x`) are no labels. */
function labelsIn({ symbols }: ElfObject, section: number): Labels {
  const labels = new Map<number, string[]>()
  for (const { name, place, value, type } of symbols) {
    if (place.kind !== 'section' || place.section !== section) continue
    if (name === '' || name.startsWith('$') || type === 'section') continue
    labels.set(value, [...(labels.get(value) ?? []), name])
  }
  return labels
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
