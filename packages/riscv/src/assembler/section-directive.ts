// `.section NAME, "flags", @type, entry size, group, comdat`: names that everybody knows bring their flags and type.
import { sectionFlag, sectionType } from '@worc/elf'
import type { ObjectBuilder } from './object-builder.js'
import type { SectionBuilder } from './section-builder.js'
import { SourceError } from './source-error.js'
import { unquoted } from './statements.js'
import { parseConstant } from './values.js'

const { write, alloc, execinstr, merge, strings, group, tls } = sectionFlag
const data = alloc | write

/** By the beginning of a name: `.text`, and what begins with `.text.`. */
const known: Readonly<Record<string, readonly [flags: number, type: number]>> = {
  '.text': [alloc | execinstr, sectionType.progbits],
  '.data': [data, sectionType.progbits],
  '.sdata': [data, sectionType.progbits],
  '.bss': [data, sectionType.nobits],
  '.sbss': [data, sectionType.nobits],
  '.rodata': [alloc, sectionType.progbits],
  '.srodata': [alloc, sectionType.progbits],
  '.tdata': [data | tls, sectionType.progbits],
  '.tbss': [data | tls, sectionType.nobits],
  '.init_array': [data, sectionType.initArray],
  '.fini_array': [data, sectionType.finiArray],
  '.preinit_array': [data, sectionType.preinitArray],
  '.note': [0, sectionType.note],
}

const flagLetters: Readonly<Record<string, number>> = {
  a: alloc,
  w: write,
  x: execinstr,
  M: merge,
  S: strings,
  G: group,
  T: tls,
  e: 0x8000_0000,
  R: 0x20_0000,
}

const types: Readonly<Record<string, number>> = {
  progbits: sectionType.progbits,
  nobits: sectionType.nobits,
  note: sectionType.note,
  init_array: sectionType.initArray,
  fini_array: sectionType.finiArray,
  preinit_array: sectionType.preinitArray,
}

const largestEntry = 1 << 16

/** A section by a name that needs no flags. */
export function namedSection(builder: ObjectBuilder, name: string): SectionBuilder {
  const [flags, type] = usual(name)
  return builder.sectionOf({ name, type, flags, entryBytes: 0, group: undefined })
}

/** The section that the operands describe, made if there is none. Throws SourceError. */
export function enterSection(builder: ObjectBuilder, operands: readonly string[]): SectionBuilder {
  const [name = '', flagText = '', ...rest] = operands.map(unquoted)
  if (name === '') throw new SourceError('.section needs a name')
  const [usualFlags, usualType] = usual(name)
  const flags = operands.length > 1 ? flagsOf(flagText) : usualFlags
  const typeText = /^[@%]/.test(rest[0] ?? '') ? (rest.shift() ?? '').slice(1) : undefined
  const type = typeText === undefined ? usualType : types[typeText]
  if (type === undefined)
    throw new SourceError(`"@${typeText ?? ''}" is no type of a section: ${Object.keys(types).join(', ')}`)
  const entryBytes = (flags & merge) === 0 ? 0 : Number(parseConstant(rest.shift() ?? '', builder.lookup))
  const signature = (flags & group) === 0 ? undefined : rest.shift()
  if (signature !== undefined) builder.symbol(signature)
  const membership = signature === undefined ? undefined : { signature, isComdat: rest[0] === 'comdat' }
  if (entryBytes < 0 || entryBytes > largestEntry)
    throw new SourceError(`section ${name}: entries of ${entryBytes} bytes (0 to ${largestEntry})`)
  const section = builder.sectionOf({ name, type, flags, entryBytes, group: membership })
  if (operands.length > 1 && (section.flags !== flags || section.type !== type))
    throw new SourceError(`section ${name} has other flags or another type already`)
  return section
}

function usual(name: string): readonly [flags: number, type: number] {
  const beginning = Object.keys(known).find((each) => name === each || name.startsWith(`${each}.`))
  return known[beginning ?? ''] ?? [0, sectionType.progbits]
}

function flagsOf(text: string): number {
  return Array.from(text).reduce((flags, letter) => {
    const flag = flagLetters[letter]
    if (flag === undefined)
      throw new SourceError(`"${letter}" is no flag of a section: ${Object.keys(flagLetters).join('')}`)
    return flags + flag
  }, 0)
}
