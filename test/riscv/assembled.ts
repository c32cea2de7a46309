// Assembles for tests: the object, the code of a piece of source, or the diagnostics.
import { readElfObject } from '@worc/elf'
import type { ElfObject } from '@worc/elf'
import { assemble, fullIsa, lengthOf } from '@worc/riscv'
import type { Isa, Xlen } from '@worc/riscv'

export function objectOf(source: string, isa: Isa = fullIsa(64)): ElfObject {
  const outcome = assemble(source, 'foo.s', { isa, floatAbi: 'double' })
  if (!outcome.ok) throw new Error(outcome.error.message)
  const object = readElfObject(outcome.value)
  if (!object.ok) throw new Error(object.error.message)
  return object.value
}

export function diagnosticsOf(source: string, xlen: Xlen = 64): string {
  const outcome = assemble(source, 'foo.s', { isa: fullIsa(xlen), floatAbi: 'double' })
  if (outcome.ok) return 'no error'
  return outcome.error.code === 'CompileFailed' ? outcome.error.diagnostics.trimEnd() : outcome.error.code
}

/** The instructions of .text. */
export function wordsOf({ sections }: ElfObject): readonly number[] {
  const content = sections.find(({ name }) => name === '.text')?.content ?? new Uint8Array()
  const words: number[] = []
  for (let at = 0; at < content.length;) {
    const bytes = content.subarray(at, at + 4)
    const word = bytes.reduce((sum, byte, index) => sum + byte * 2 ** (8 * index), 0)
    words.push(lengthOf(word) === 4 ? word : word & 0xffff)
    at += lengthOf(word)
  }
  return words
}
