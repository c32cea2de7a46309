// The instruction table against LLVM: words that were committed with LLVM's text for them, and, where LLVM is installed, all
// sixteen-bit words and many of 32 bits. Two things differ on purpose, and are named below.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createDecoder, disassemble, encode, fullIsa, instructionsOf } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import { needLlvmMc, textOfLlvm } from './llvm-mc.js'
import { samplesOf, sampleWords } from './samples.js'

const fixtures = new URL('../../riscv/fixtures/', import.meta.url)

for (const xlen of [32, 64] as const) {
  const isa = fullIsa(xlen)
  const rows = instructionsOf(isa)
  const decoder = createDecoder(isa)
  const textOf = (word: number): string | undefined => {
    const decoded = decoder.decode(word)
    return decoded === undefined ? undefined : disassemble(decoded, { xlen })
  }

  describe(`the instruction table of RV${xlen}`, () => {
    it('gives every row words that decode as that row, with the same operands', () => {
      for (const row of rows)
        for (const sample of samplesOf(row)) {
          const decoded = decoder.decode(encode(sample))
          expect(decoded?.instruction.name, encode(sample).toString(16)).to.equal(row.name)
          expect(decoded?.operands, row.name).to.deep.equal(sample.operands)
        }
    })

    it('prints what LLVM printed, for words of every row', () => {
      const lines = readFileSync(new URL(`words${xlen}.txt`, fixtures), 'utf8')
        .trimEnd()
        .split('\n')
      const words = new Set(lines.map((line) => parseInt(line, 16)))
      for (const word of sampleWords(rows)) expect(words.has(word), `${word.toString(16)} is not listed`).to.equal(true)
      for (const line of lines) {
        const [hex = '', ...text] = line.split(' ')
        expect(textOf(parseInt(hex, 16)), hex).to.equal(text.join(' '))
      }
    })

    it('expands every compressed row to a row of the base, with values for all of its operands', () => {
      for (const row of rows.filter(({ lengthBytes }) => lengthBytes === 2))
        for (const sample of samplesOf(row)) {
          const { instruction, operands } = decoder.expand(sample)
          expect(instruction.lengthBytes).to.equal(4)
          expect(Object.keys(operands), row.name).to.have.members(instruction.operands.map(({ name }) => name))
          expect(decoder.decode(encode({ instruction, operands }))?.operands, row.name).to.deep.equal(operands)
        }
    })

    it('agrees with llvm-mc about every sixteen-bit word', function () {
      needLlvmMc(this)
      compareWithLlvm(xlen, compressedWords(), textOf)
    })

    it('agrees with llvm-mc about random words (seed 7)', function () {
      needLlvmMc(this)
      compareWithLlvm(xlen, [...randomWords(7, 30_000)], textOf)
    })
  })
}

function compareWithLlvm(xlen: Xlen, words: readonly number[], textOf: (word: number) => string | undefined): void {
  const theirs = textOfLlvm(xlen, words)
  let differences = 0
  for (const [index, word] of words.entries()) {
    const [ours, expected] = [textOf(word), theirs[index]]
    if (ours === expected || isKnownDifference(xlen, ours, expected)) continue
    differences++
    expect.fail(`${word.toString(16)}: ${ours ?? 'illegal'}, to LLVM ${expected ?? 'illegal'}`)
  }
  expect(differences).to.equal(0)
}

/**
 * LLVM decodes two reserved encodings (a shift by 32 or more on RV32, c.lui of nothing), prints the hint `c.lui zero` in
 * a way of its own, and knows the names of privileged CSRs.
 */
function isKnownDifference(xlen: Xlen, ours: string | undefined, theirs: string | undefined): boolean {
  if (theirs === undefined) return false
  if (ours === undefined)
    return (xlen === 32 && /^(c\.)?\w+ .*0x[23][0-9a-f]$/.test(theirs)) || /^c\.lui \w+, 0x0$/.test(theirs)
  if (/^c\.lui zero, /.test(ours)) return theirs.startsWith('c.lui zero, -0x')
  const withoutName = theirs.replace(/^(csr\w+ \w+, )\w+/, '$1')
  return /^csr\w+ \w+, 0x/.test(ours) && ours.replace(/^(csr\w+ \w+, )\w+/, '$1') === withoutName
}

function compressedWords(): readonly number[] {
  return Array.from({ length: 0x1_0000 }, (_, word) => word).filter((word) => (word & 3) !== 3)
}

/** Opcodes that the table has, some bits that many rows fix at zero or one, and chance for the rest. */
function* randomWords(seed: number, count: number): Generator<number> {
  const opcodes = [...new Set(instructionsOf(fullIsa(64)).map(({ match }) => match & 0x7f))].filter(
    (opcode) => (opcode & 3) === 3,
  )
  const uppers = [...new Set(instructionsOf(fullIsa(64)).map(({ match }) => match & 0xfff0_0000))]
  let state = seed
  const random = (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  for (let drawn = 0; drawn < count; drawn++) {
    const word = (random(2 ** 31) << 7) | (opcodes[random(opcodes.length)] ?? 0)
    const fixed = [0, 0xfe00_0000, 0xfff0_0000][random(3)] ?? 0
    yield ((word & ~fixed) | ((uppers[random(uppers.length)] ?? 0) & fixed)) >>> 0
  }
}
