// Fills the records that the interpreter executes. Several harts may fill the same one at once, with the same words; the
// word that makes it count is stored last. Whoever changes code stores the code first and then clears its records: so whoever
// decodes looks, when it has stored a record, whether the code is still the same.
import type { GuestMemory, PageTable } from '@worc/executor-memory'
import { pageBits, pageBytes } from '@worc/executor-memory'
import { createDecoder, lengthOf } from '../decode.js'
import type { Decoded, Decoder } from '../decode.js'
import type { Isa } from '../isa.js'
import type { RegisterField } from './emitter.js'
import { pageRecords, registerField } from './emitter.js'
import { hartState } from './hart-state.js'
import { caseNumbers, crossingCase, illegalCase } from './interpreter-module.js'

export interface Predecoder {
  /** Makes the record of the instruction at `pc`, unless its page is not executable any more: then the hart will find out. */
  decodeAt(pc: number): void
}

const { recordBytes, recordCount } = pageRecords

/** The memory may grow; what is to be decoded lies in it when `decodeAt` is called. */
export function createPredecoder(isa: Isa, pages: PageTable, memory: Pick<GuestMemory, 'bytes'>): Predecoder {
  const decoder = createDecoder(isa)
  const cases = caseNumbers(isa)
  let { halves, words } = viewsOf(memory)

  return {
    decodeAt(pc) {
      const address = pc - (pc % 2)
      const block = blockAt(address)
      if (block === undefined) return
      if (block + recordBytes * recordCount > words.byteLength || address + 4 > words.byteLength)
        ({ halves, words } = viewsOf(memory))
      const record = block + ((address % pageBytes) / 2) * recordBytes
      for (let code = codeAt(address); ;) {
        fill(record, address, code)
        const now = codeAt(address)
        if (now === code) return
        code = now
      }
    },
  }

  /** The address of the records of an executable page. */
  function blockAt(address: number): number | undefined {
    if (address >= pages.place.limitBytes) return undefined
    const word = pages.wordOf(Math.floor(address / pageBytes))
    return (word & pageBits.execute) === 0 ? undefined : word - (word & pageBits.all)
  }

  /** The instruction's bits; those beyond the page, where the next one is not executable, are zero. */
  function codeAt(address: number): number {
    const low = Atomics.load(halves, address / 2)
    if (lengthOf(low) === 2) return low
    const isThere = !isCrossing(address) || blockAt(address + 2) !== undefined
    return (low | ((isThere ? Atomics.load(halves, address / 2 + 1) : 0) << 16)) >>> 0
  }

  function fill(record: number, address: number, code: number): void {
    const lengthBytes = lengthOf(code)
    if (lengthBytes === 2 || !isCrossing(address)) return write(record, ...recordOf(decoder, cases, code))
    write(record + recordBytes, ...recordOf(decoder, cases, code))
    write(record, crossingCase | (lengthBytes << 16), [code >>> 16])
  }

  function write(record: number, first: number, rest: readonly number[]): void {
    for (const [index, word] of rest.entries()) words[record / 4 + 1 + index] = word
    Atomics.store(words, record / 4, first)
  }
}

function viewsOf(memory: Pick<GuestMemory, 'bytes'>): { readonly halves: Uint16Array; readonly words: Int32Array } {
  const { buffer } = memory.bytes()
  return { halves: new Uint16Array(buffer), words: new Int32Array(buffer) }
}

/** Whether an instruction of four bytes at the address ends on the next page. */
function isCrossing(address: number): boolean {
  return address % pageBytes === pageBytes - 2
}

function recordOf(
  decoder: Decoder,
  cases: ReadonlyMap<string, number>,
  code: number,
): readonly [first: number, rest: readonly number[]] {
  const lengthBytes = lengthOf(code)
  const decoded = decoder.decode(code)
  if (decoded === undefined) return [illegalCase | (lengthBytes << 16), [0, code | 0]]
  const expanded = decoder.expand(decoded)
  const number = cases.get(expanded.instruction.name)
  if (number === undefined) throw new Error(`${expanded.instruction.name} has no case`)
  const { rd, rest } = operandsOf(expanded)
  return [number | (lengthBytes << 16) | (rd << 24), rest]
}

function operandsOf({ instruction, operands }: Decoded): { readonly rd: number; readonly rest: readonly number[] } {
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
  return { rd, rest: [rs1 | (rs2 << 8) | (rs3 << 16) | (mode << 24), immediate, csr] }
}
