// Walks the tables of edges for both widths of registers: each row takes the least and the greatest value that fit and some
// between, changes nothing around its field, refuses what lies one beyond and what is not aligned.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import {
  addSymbol,
  applyFixup,
  createLinkGraph,
  external,
  riscvArchitectures,
  riscvEdge,
  type Edge,
  type RiscvEdgeRow,
} from '@worc/jitlink'
import { errorOf } from '../fixtures.js'
import { fieldOf, isFieldOf } from './fields.js'

const at = 3
const around = 24

function edgeTo(name: string): Edge {
  const graph = createLinkGraph('Foo', riscvArchitectures[64])
  return { kind: 1, offset: at, target: addSymbol(graph, name, external(), {}), addend: 0 }
}

/** Values that fit, both limits among them. */
function samplesOf({ minimum, maximum, alignmentBytes = 1 }: RiscvEdgeRow): readonly number[] {
  const inside = [-0x7ff_f800, -0x1234, -0x800, -0x22, 0, 0x46, 0x7fe, 0x800, 0x1_2346, 0x7654_3210]
  const fitting = inside.filter((value) => value > minimum && value < maximum)
  return [minimum, minimum + alignmentBytes, ...fitting, maximum - alignmentBytes, maximum]
}

/** Everything set, but what the field must find there: an empty one to add to, a register that c.lui may load. */
function bytesFor(row: RiscvEdgeRow): Uint8Array {
  const bytes = new Uint8Array(around).fill(0xff)
  if (row.expression.startsWith('V')) bytes.fill(0, at, at + row.widthBytes)
  if (row.name === 'R_RISCV_RVC_LUI') bytes.set([0xfd, 0x7f], at)
  return bytes
}

for (const architecture of [riscvArchitectures[32], riscvArchitectures[64]]) {
  describe(`${architecture.name} edge kinds`, () => {
    for (const row of architecture.edgeKinds.slice(1)) {
      if (row.expression === 'none') continue

      it(`${row.name}: ${row.expression}, ${row.limits}`, () => {
        for (const value of samplesOf(row)) {
          const bytes = bytesFor(row)
          const before = bytes.slice()
          expect(applyFixup(row, edgeTo('Bar'), bytes, at, value, 0x40).ok, String(value)).to.equal(true)
          const { found, expected } = fieldOf(row.name, bytes, at, value)
          expect(found, `${row.name} of ${value}`).to.equal(expected)
          for (let bit = 0; bit < 8 * around; bit++) {
            if (isFieldOf(row.name, bit - 8 * at)) continue
            const [now, then] = [bytes, before].map((each) => ((each[bit >> 3] ?? 0) >> (bit & 7)) & 1)
            expect(now, `${row.name} of ${value}, bit ${bit - 8 * at}`).to.equal(then)
          }
        }
      })

      it(`${row.name}: beyond either limit it is refused, nothing is written`, () => {
        const beyond = [row.minimum - 1, row.maximum + 1].filter(Number.isSafeInteger)
        const odd = (row.alignmentBytes ?? 1) > 1 ? [1, row.maximum - 1] : []
        for (const value of [...beyond, ...odd]) {
          const bytes = bytesFor(row)
          const before = bytes.slice()
          const { code, message } = errorOf(applyFixup(row, edgeTo('Bar'), bytes, at, value, 0x40, 0x1000))
          expect(code).to.equal('BadObject')
          const problem = odd.includes(value) ? 'is not aligned for' : 'is out of range of'
          const limit = odd.includes(value) ? 'multiples of 2' : row.limits
          expect(message).to.equal(`relocation target "Bar" at 0x1000 ${problem} ${row.name} fixup at 0x40 (${limit})`)
          expect(bytes).to.deep.equal(before)
        }
      })
    }

    it('every kind has a row of its own name', () => {
      const names = Object.values(riscvEdge).map((kind) => architecture.edgeKinds[kind]?.name)
      expect(new Set(names).size).to.equal(Object.keys(riscvEdge).length)
      expect(architecture.edgeKinds).to.have.length(names.length + 1)
    })
  })
}
