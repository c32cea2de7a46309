// Fills the records that the interpreter executes. Several harts may fill the same one at once, with the same words; the
// word that makes it count is stored last. Whoever changes code clears its records.
import { createDecoder, lengthOf } from '../decode.js'
import type { Decoded } from '../decode.js'
import type { Isa } from '../isa.js'
import type { MemoryMap, RegisterField } from './emitter.js'
import { recordBytes, registerField } from './emitter.js'
import { hartState } from './hart-state.js'
import { caseNumbers, cutOffCase, illegalCase } from './interpreter-module.js'

export interface Predecoder {
  /** Makes the record of the instruction at `pc`, which is an even address inside the code. */
  decodeAt(pc: number): void
  /** What lies there is to be decoded again. */
  clear(start: number, end: number): void
}

export function createPredecoder(isa: Isa, map: MemoryMap, memory: SharedArrayBuffer): Predecoder {
  const decoder = createDecoder(isa)
  const cases = caseNumbers(isa)
  const halves = new Uint16Array(memory)
  const words = new Int32Array(memory)
  const recordAt = (pc: number): number => (map.records + ((pc - map.code.start) / 2) * recordBytes) / 4

  const write = (record: number, first: number, rest: readonly number[]): void => {
    for (const [index, word] of rest.entries()) words[record + 1 + index] = word
    Atomics.store(words, record, first)
  }

  return {
    decodeAt(pc) {
      const low = halves[pc / 2] ?? 0
      const lengthBytes = lengthOf(low)
      const record = recordAt(pc)
      if (pc + lengthBytes > map.code.end) return write(record, cutOffCase, [])
      const word = lengthBytes === 2 ? low : (low | ((halves[pc / 2 + 1] ?? 0) << 16)) >>> 0
      const decoded = decoder.decode(word)
      if (decoded === undefined) return write(record, illegalCase | (lengthBytes << 16), [0, word | 0])
      const { first, rest } = recordOf(decoder.expand(decoded))
      write(record, first | (lengthBytes << 16), rest)
    },
    clear(start, end) {
      const first = Math.max(start, map.code.start) & ~1
      // An instruction may begin before what was changed.
      for (let pc = Math.max(first - 2, map.code.start); pc < Math.min(end, map.code.end); pc += 2)
        Atomics.store(words, recordAt(pc), 0)
    },
  }

  function recordOf({ instruction, operands }: Decoded): { readonly first: number; readonly rest: readonly number[] } {
    const fields: Record<RegisterField, number> = { rd: hartState.sink, rs1: 0, rs2: 0, rs3: 0 }
    let [mode, immediate, csr] = [0, 0, 0]
    for (const operand of instruction.operands) {
      const value = operands[operand.name] ?? 0
      if (operand.kind === 'x' || operand.kind === 'f') {
        const isNowhere = operand.name === 'rd' && value === 0
        fields[registerField(operand.name)] = isNowhere ? hartState.sink : value
      } else if (operand.kind === 'csr') csr = value
      else if (operand.kind === 'rounding' || operand.kind === 'exact rounding') mode = value
      else immediate = value
    }
    const { rd, rs1, rs2, rs3 } = fields
    const number = cases.get(instruction.name)
    if (number === undefined) throw new Error(`${instruction.name} has no case`)
    return { first: number | (rd << 24), rest: [rs1 | (rs2 << 8) | (rs3 << 16) | (mode << 24), immediate, csr] }
  }
}
