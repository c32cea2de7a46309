// Walks the table of edges: each row writes the least and the greatest value that fit, and one between, so that they can be
// read back, and refuses the ones beyond.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { ModuleWriter } from '@worc/wasm'
import {
  addSymbol,
  applyFixup,
  createLinkGraph,
  external,
  keepAlive,
  wasmArchitecture,
  type Edge,
  type EdgeKindRow,
} from '@worc/jitlink'
import { errorOf } from './fixtures.js'

function edgeTo(name: string): Edge {
  const graph = createLinkGraph('Foo', wasmArchitecture)
  return { kind: 1, offset: 3, target: addSymbol(graph, name, external(), {}), addend: 0 }
}

/** What the field holds, by its width and by whether the row takes negative numbers. */
function readBack(row: EdgeKindRow, bytes: Uint8Array, at: number): number {
  if (row.widthBytes === 4) return new DataView(bytes.buffer).getInt32(at, true)
  let value = 0n
  for (let i = 0; i < 5; i++) value |= BigInt((bytes[at + i] ?? 0) & 0x7f) << BigInt(7 * i)
  return Number(row.minimum < 0 ? BigInt.asIntN(35, value) : value)
}

describe('wasm edge kinds', () => {
  for (const row of wasmArchitecture.edgeKinds.slice(1)) {
    const low = row.minimum
    const high = row.maximum
    it(`${row.name}: ${row.expression}, ${row.limits}`, () => {
      for (const value of [low, low + 1, 0, 1, 0x1234_5678, high - 1, high]) {
        const bytes = new Uint8Array(11).fill(0xee)
        expect(applyFixup(row, edgeTo('Bar'), bytes, 3, value, 0x40).ok).to.equal(true)
        const expected = low < 0 ? value | 0 : value
        expect(readBack(row, bytes, 3), String(value)).to.equal(expected)
        expect([...bytes.subarray(0, 3), ...bytes.subarray(3 + row.widthBytes)]).to.deep.equal(
          new Array(11 - row.widthBytes).fill(0xee),
        )
      }
    })

    it(`${row.name}: one beyond either limit is refused, nothing is written`, () => {
      for (const value of [low - 1, high + 1]) {
        const bytes = new Uint8Array(11)
        const { code, message } = errorOf(applyFixup(row, edgeTo('Bar'), bytes, 3, value, 0x40))
        const written = `${value < 0 ? '-' : ''}0x${Math.abs(value).toString(16)}`
        expect(code).to.equal(row.error)
        expect(message).to.equal(
          `relocation target "Bar" at ${written} is out of range of ${row.name} fixup at 0x40 (${row.limits})`,
        )
        expect(bytes.every((byte) => byte === 0)).to.equal(true)
      }
    })
  }

  it('keepAlive is row 0 and writes nothing', () => {
    const bytes = new Uint8Array(4)
    wasmArchitecture.edgeKinds[keepAlive]?.write(bytes, 0, 7)
    expect([...bytes]).to.deep.equal([0, 0, 0, 0])
  })

  it('a signed LEB is one that the engine accepts, and wraps to 32 bits', () => {
    const row = wasmArchitecture.edgeKinds.find(({ name }) => name === 'R_WASM_MEMORY_ADDR_SLEB')
    const results = [row?.minimum ?? 0, -1, 0, 0x7fff_ffff, row?.maximum ?? 0].map((value) => {
      const expression = Uint8Array.of(0x41, 0, 0, 0, 0, 0, 0x0b)
      row?.write(expression, 1, value)
      const writer = new ModuleWriter()
      writer.addExport('g', 'global', writer.addGlobal('i32', false, expression))
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(writer.finish().bytes))
      return (exports['g'] as WebAssembly.Global).value as number
    })
    expect(results).to.deep.equal([-0x8000_0000, -1, 0, 0x7fff_ffff, -1])
  })
})
