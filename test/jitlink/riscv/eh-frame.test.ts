// Unwind records in a section of their own: each stays with its function and is told where everything has gone.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { sectionFlag, writeElfObject } from '@worc/elf'
import type { ElfObject, ElfRelocation, ElfSymbol } from '@worc/elf'
import { relocationType } from '@worc/riscv'
import { section, symbol } from '../../elf/objects.js'
import { errorOf } from '../fixtures.js'
import { linked, tryLink, wordAt } from './linked.js'

const recordBytes = 24

/** A CIE, and one record for each function, each function in a section of its own; every other one is local and not called. */
function objectWith(functionCount: number, changes: (frames: DataView) => void = () => undefined): Uint8Array {
  const frames = new DataView(new ArrayBuffer(recordBytes * (functionCount + 1)))
  const relocations: ElfRelocation[] = []
  const symbols: ElfSymbol[] = []
  const name = (index: number): string => `Foo${index}`
  for (let index = 0; index <= functionCount; index++) frames.setUint32(index * recordBytes, recordBytes - 4, true)
  for (let index = 0; index < functionCount; index++) {
    const start = (index + 1) * recordBytes
    frames.setUint32(start + 4, start + 4, true)
    const place = { kind: 'section', section: index } as const
    const isLocal = index % 2 === 1
    symbols.push(symbol(name(index), { place, type: 'function', binding: isLocal ? 'local' : 'global' }))
  }
  symbols.sort((one, other) => Number(one.binding !== 'local') - Number(other.binding !== 'local'))
  const indexes = new Map(symbols.map((each, index) => [each.name, index]))
  for (let index = 0; index < functionCount; index++) {
    const target = { type: relocationType.R_RISCV_32_PCREL, symbol: indexes.get(name(index)), addend: 0 }
    relocations.push({ offset: (index + 1) * recordBytes + 8, ...target })
  }
  changes(frames)
  const text = { flags: sectionFlag.alloc | sectionFlag.execinstr }
  const object: ElfObject = {
    elfClass: 64,
    flags: 0,
    sections: [
      ...Array.from({ length: functionCount }, (_, index) => section(`.text.${name(index)}`, text)),
      section('.eh_frame', { content: new Uint8Array(frames.buffer), alignmentBytes: 8, relocations }),
    ],
    symbols,
    groups: [],
  }
  return writeElfObject(object)
}

describe('.eh_frame', () => {
  it('a record stays if its function does, behind a CIE that it finds, and a record of length 0 ends them', () => {
    const unit = linked(objectWith(4))
    const { address = 0, sizeBytes = 0 } = unit.image.unwindTable ?? {}
    expect(sizeBytes).to.equal(3 * recordBytes + 4)
    for (const [index, name] of ['Foo0', 'Foo2'].entries()) {
      const record = address + (index + 1) * recordBytes
      expect(record + 4 - wordAt(unit, record + 4)).to.equal(address)
      expect((record + 8 + wordAt(unit, record + 8)) % 2 ** 32).to.equal(unit.addressOf(name))
    }
    expect(wordAt(unit, address + 3 * recordBytes)).to.equal(0)
  })

  it('an object without one has no table', () => {
    const object: ElfObject = { elfClass: 64, flags: 0, sections: [], symbols: [], groups: [] }
    expect(linked(writeElfObject(object)).image.unwindTable).to.equal(undefined)
  })

  it('thousands of records take thousands of steps', () => {
    const { image } = linked(objectWith(20_000))
    expect(image.unwindTable?.sizeBytes).to.equal(10_001 * recordBytes + 4)
  }).timeout(10_000)

  const refusals: Readonly<Record<string, readonly [(frames: DataView) => void, string]>> = {
    'a record that ends outside': [
      (frames) => frames.setUint32(recordBytes, 1000, true),
      '1000 bytes of a record at 0x18 are not in the section',
    ],
    'a record too short for what every record has': [
      (frames) => frames.setUint32(recordBytes, 2, true),
      'the record at 0x18 has only 2 bytes',
    ],
    'a record whose CIE is none': [
      (frames) => frames.setUint32(recordBytes + 4, 8, true),
      'the record at 0x18 has no CIE',
    ],
    'a length that goes on in bytes that are not there': [
      (frames) => frames.setUint32(2 * recordBytes, 0xffff_ffff, true),
      '52 bytes of a record at 0x30 are not in the section',
    ],
  }
  for (const [what, [change, problem]] of Object.entries(refusals)) {
    it(`${what}: a bad object`, () => {
      const { code, message } = errorOf(tryLink(objectWith(1 + Number(what.includes('goes on')), change)))
      expect([code, message]).to.deep.equal(['BadObject', `Foo: .eh_frame: ${problem}`])
    })
  }
})
