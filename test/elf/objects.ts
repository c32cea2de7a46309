// A small object for tests, and what a reader says of bytes.
import { expect } from 'chai'
import { readElfObject, sectionFlag, sectionType } from '@worc/elf'
import type { ElfClass, ElfObject, ElfSection, ElfSymbol } from '@worc/elf'

export function section(name: string, changes: Partial<ElfSection> = {}): ElfSection {
  const content = changes.content ?? Uint8Array.of(0x13, 0, 0, 0, 0x13, 0, 0, 0)
  return {
    name,
    type: sectionType.progbits,
    flags: sectionFlag.alloc,
    alignmentBytes: 4,
    entryBytes: 0,
    sizeBytes: content.length,
    content,
    relocations: [],
    ...changes,
  }
}

export function symbol(name: string, changes: Partial<ElfSymbol> = {}): ElfSymbol {
  const place = { kind: 'section', section: 0 } as const
  return { name, binding: 'global', type: 'none', visibility: 'default', place, value: 0, sizeBytes: 0, ...changes }
}

/** A group, a relocation, a section without content, and every kind of symbol. */
export function smallObject(elfClass: ElfClass): ElfObject {
  const relocations = [
    { offset: 0, type: 19, symbol: 3, addend: -4 },
    { offset: 0, type: 51, symbol: undefined, addend: 0 },
  ]
  return {
    elfClass,
    flags: 1,
    sections: [
      section('.text.Foo', { flags: sectionFlag.alloc | sectionFlag.execinstr | sectionFlag.group, relocations }),
      section('.bss', { type: sectionType.nobits, sizeBytes: 64, content: new Uint8Array(), alignmentBytes: 16 }),
      section('.rodata', { flags: 0x32, entryBytes: 1, alignmentBytes: 1, content: Uint8Array.of(70, 0) }),
    ],
    symbols: [
      symbol('', { binding: 'local', type: 'section' }),
      symbol('limit', { binding: 'local', place: { kind: 'absolute' }, value: -1 }),
      symbol('Foo', { binding: 'weak', type: 'function', sizeBytes: 8, visibility: 'hidden' }),
      symbol('Bär', { place: { kind: 'undefined' } }),
      symbol('Baz', { place: { kind: 'common' }, type: 'object', value: 8, sizeBytes: 24 }),
      symbol('Qux', { place: { kind: 'section', section: 1 }, type: 'object', value: 32, sizeBytes: 32 }),
    ],
    groups: [{ signature: 2, isComdat: true, sections: [0] }],
  }
}

export function problemOf(bytes: Uint8Array): string {
  const outcome = readElfObject(bytes)
  if (outcome.ok) return 'read without a problem'
  expect(outcome.error.code).to.equal('BadObject')
  return outcome.error.message
}
