// Walks the relocation table: the numbers and names are LLVM's, and for each row the reader takes the field and target
// the row describes and refuses every other kind of symbol and a field cut short.
import { readObject, relocationTable, type RelocationKind } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import {
  bytesOf,
  custom,
  dataSymbol,
  flag,
  indexedSymbol,
  linking,
  objectWith,
  padded,
  section,
  sectionSymbol,
  symbolTable,
} from './object-writer.js'

// llvm/include/llvm/BinaryFormat/WasmRelocs.def, LLVM 19, in order of number.
const llvmNames = `FUNCTION_INDEX_LEB TABLE_INDEX_SLEB TABLE_INDEX_I32 MEMORY_ADDR_LEB MEMORY_ADDR_SLEB MEMORY_ADDR_I32
  TYPE_INDEX_LEB GLOBAL_INDEX_LEB FUNCTION_OFFSET_I32 SECTION_OFFSET_I32 TAG_INDEX_LEB MEMORY_ADDR_REL_SLEB
  TABLE_INDEX_REL_SLEB GLOBAL_INDEX_I32 MEMORY_ADDR_LEB64 MEMORY_ADDR_SLEB64 MEMORY_ADDR_I64 MEMORY_ADDR_REL_SLEB64
  TABLE_INDEX_SLEB64 TABLE_INDEX_I64 TABLE_NUMBER_LEB MEMORY_ADDR_TLS_SLEB FUNCTION_OFFSET_I64 MEMORY_ADDR_LOCREL_I32
  TABLE_INDEX_REL_SLEB64 MEMORY_ADDR_TLS_SLEB64 FUNCTION_INDEX_I32`.split(/\s+/)

const symbols = {
  function: indexedSymbol('function', 0, 1, 'Foo'),
  data: dataSymbol('Baz', 0, 0, 0, 4),
  global: indexedSymbol('global', 0, 0, 'Global'),
  section: sectionSymbol(flag.local, 10),
  tag: indexedSymbol('tag', 0, 0, 'Tag'),
  table: indexedSymbol('table', 0, 0, 'Table'),
} as const

const kinds = Object.keys(symbols)
const fields = { 4: [0, 0, 0, 0], 5: padded.leb32, 8: [0, 0, 0, 0, 0, 0, 0, 0], 10: padded.leb64 }

/** An object with one symbol of each kind and one relocation, in a custom section that is nothing but its field. */
function problemOf(kind: RelocationKind, index: number, fieldBytes: number): string | undefined {
  const field = fields[kind.widthBytes].slice(0, fieldBytes)
  const outcome = readObject(
    objectWith({
      table: section('table', 1, [0x70, 0], 1),
      tag: section('tag', 1, [0], 0),
      global: section('global', 1, [0x7f, 0, 0x41, 0, 0x0b]),
      linking: linking(symbolTable(...Object.values(symbols))),
      relocCode: bytesOf(),
      rest: bytesOf(
        custom('.debug_a'),
        custom('.debug_b', field),
        custom('reloc..debug_b', 10, 1, kind.type, 0, index, ...(kind.hasAddend ? [0] : [])),
      ),
    }),
  )
  return outcome.ok ? undefined : outcome.error.message
}

describe('relocationTable', () => {
  it('has LLVM’s types, in order', () => {
    expect(relocationTable.map(({ name }) => name)).to.deep.equal(llvmNames.map((name) => `R_WASM_${name}`))
    expect(relocationTable.map(({ type }) => type)).to.deep.equal(llvmNames.map((_, i) => i))
  })

  for (const kind of relocationTable) {
    it(`${kind.name}: ${kind.targets.join(' or ')}, ${kind.widthBytes} bytes`, () => {
      const allowed = kind.targets[0] === 'type' ? ['function', 'data'] : kind.targets
      for (const [index, target] of kinds.entries()) {
        const problem = problemOf(kind, index, kind.widthBytes)
        if (allowed.some((name) => name === target)) expect(problem, target).to.equal(undefined)
        else expect(problem, target).to.match(/needs an? |it needs|out of range/)
      }
      const index = kind.targets[0] === 'type' ? 0 : kinds.indexOf(kind.targets[0] ?? '')
      expect(problemOf(kind, index, kind.widthBytes - 1)).to.match(/ is outside the section ".debug_b", which has 0x/)
    })
  }
})
