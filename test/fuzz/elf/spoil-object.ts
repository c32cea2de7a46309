// Objects that no tool would write: what a reader takes apart, put together again with some of its parts changed, exchanged or
// doubled; and now and then some bytes of the file changed, whatever they are.
import { writeElfObject } from '@worc/elf'
import type { ElfGroup, ElfObject, ElfRelocation, ElfSection, ElfSymbol } from '@worc/elf'
import type { RandomSource } from '../../orc/random-source.js'

/** Names that the linker has ideas of its own about. */
const names = [
  '.eh_frame',
  '.init_array',
  '.init_array.7',
  '.ctors',
  '.tdata',
  '.tbss',
  'items',
  '.text',
  '.bss',
  '$__GOT',
]
const symbolNames = ['Foo', '', '__start_items', '__stop_items', '__dso_handle', '__tls_get_addr', 'Bar']
const bindings = ['local', 'global', 'weak', 'unique'] as const
const types = ['none', 'object', 'function', 'section', 'file', 'common', 'tls', 'indirect function'] as const
const visibilities = ['default', 'internal', 'hidden', 'protected'] as const
const numbers = [
  0,
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  15,
  16,
  127,
  0x7ff,
  0x800,
  0xfff,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_ffff,
  2 ** 40,
]
/** Of sections: the flags that matter, in any mixture. */
const sectionFlags = [0x1, 0x2, 0x4, 0x10, 0x200, 0x400, 0x20_0000]
const sectionTypes = [1, 7, 8, 14, 15, 16]

export function spoiledObject(original: ElfObject, random: RandomSource): Uint8Array {
  const object = draft(original)
  const changes = 1 + random.below(6)
  for (let change = 0; change < changes; change++) spoil(object, random)
  object.symbols.sort((one, other) => Number(one.binding !== 'local') - Number(other.binding !== 'local'))
  const bytes = writeElfObject(object)
  for (let change = random.chance(0.3) ? random.below(8) : 0; change > 0; change--) {
    bytes[random.below(bytes.length)] = random.chance(0.5) ? random.below(256) : (random.pick([0, 1, 0x7f, 0xff]) ?? 0)
  }
  return random.chance(0.03) ? bytes.slice(0, random.below(bytes.length)) : bytes
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

interface DraftSection extends Mutable<Omit<ElfSection, 'relocations'>> {
  readonly relocations: Mutable<ElfRelocation>[]
}

interface Draft extends Omit<ElfObject, 'sections' | 'symbols' | 'groups'> {
  readonly sections: DraftSection[]
  readonly symbols: Mutable<ElfSymbol>[]
  readonly groups: Mutable<ElfGroup>[]
}

function draft({ sections, symbols, groups, ...rest }: ElfObject): Draft {
  return {
    ...rest,
    sections: sections.map(({ content, relocations, ...section }) => ({
      ...section,
      content: content.slice(),
      relocations: relocations.map((relocation) => ({ ...relocation })),
    })),
    // What is in no section that was kept cannot be written.
    symbols: symbols.map((symbol) => ({
      ...symbol,
      place: symbol.place.kind === 'skipped' ? { kind: 'undefined' } : symbol.place,
    })),
    groups: groups.map((group) => ({ ...group })),
  }
}

function spoil(object: Draft, random: RandomSource): void {
  const section = random.pick(object.sections)
  const symbol = random.pick(object.symbols)
  switch (random.below(4)) {
    case 0:
      if (symbol !== undefined) spoilSymbol(object, symbol, random)
      return
    case 1:
      if (section !== undefined) spoilSection(section, random)
      return
    case 2:
      object.groups.push({
        signature: random.below(object.symbols.length),
        isComdat: random.chance(0.8),
        sections: random.some(ungrouped(object), 3),
      })
      return
    default:
      if (section !== undefined) spoilRelocations(object, section, random)
  }
}

/** An object with a section in two groups is refused at once. */
function ungrouped({ sections, groups }: Draft): readonly number[] {
  const grouped = new Set(groups.flatMap((group) => group.sections))
  return [...sections.keys()].filter((index) => !grouped.has(index))
}

function spoilSymbol({ sections, symbols }: Draft, symbol: Mutable<ElfSymbol>, random: RandomSource): void {
  switch (random.below(7)) {
    case 0:
      symbol.name = random.pick(symbolNames) ?? ''
      return
    case 1:
      symbol.binding = random.pick(bindings) ?? 'local'
      return
    case 2:
      symbol.type = random.pick(types) ?? 'none'
      return
    case 3:
      symbol.visibility = random.pick(visibilities) ?? 'default'
      return
    case 4:
      symbol.value = random.chance(0.1) ? number(random) : random.below(16)
      return
    case 5:
      symbol.sizeBytes = random.chance(0.1) ? number(random) : random.below(16)
      return
    default: {
      const section = { kind: 'section', section: random.below(sections.length) } as const
      const places = [section, { kind: 'undefined' }, { kind: 'absolute' }, { kind: 'common' }] as const
      symbol.place = random.pick(places) ?? section
      if (random.chance(0.2)) symbols.push({ ...symbol })
    }
  }
}

function spoilSection(section: DraftSection, random: RandomSource): void {
  switch (random.below(6)) {
    case 0:
      section.name = random.pick(names) ?? ''
      return
    case 1:
      section.flags ^= random.pick(sectionFlags) ?? 0
      return
    case 2:
      section.alignmentBytes = 2 ** random.below(random.chance(0.2) ? 18 : 13)
      return
    case 3:
      section.type = random.pick(sectionTypes) ?? 1
      if (section.type === 8) section.sizeBytes = number(random)
      else section.sizeBytes = section.content.length
      return
    case 4:
      for (let count = 1 + random.below(8); count > 0; count--) {
        section.content[random.below(section.content.length)] = random.below(256)
      }
      return
    default: {
      const words = new DataView(section.content.buffer, section.content.byteOffset, section.content.length & ~3)
      if (words.byteLength >= 4) words.setUint32(4 * random.below(words.byteLength / 4), number(random) % 2 ** 32, true)
    }
  }
}

function spoilRelocations({ symbols }: Draft, { relocations, content }: DraftSection, random: RandomSource): void {
  const symbol = (): number | undefined => (random.chance(0.1) ? undefined : random.below(symbols.length))
  const relocation = random.pick(relocations)
  if (relocation === undefined || random.chance(0.3)) {
    relocations.push({
      offset: random.below(content.length + 1),
      type: random.below(68),
      symbol: symbol(),
      addend: number(random),
    })
    return
  }
  switch (random.below(6)) {
    case 0:
      relocation.type = random.below(random.chance(0.1) ? 256 : 68)
      return
    case 1:
      relocation.offset = random.below(content.length + 1)
      return
    case 2:
      relocation.symbol = symbol()
      return
    case 3:
      relocation.addend = random.chance(0.5) ? number(random) : -number(random)
      return
    case 4:
      relocations.push({ ...relocation })
      return
    default:
      relocations.splice(random.below(relocations.length), 1)
  }
}

function number(random: RandomSource): number {
  return random.chance(0.5) ? (random.pick(numbers) ?? 0) : random.below(200)
}
