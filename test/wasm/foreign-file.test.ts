// Shows that a file of another kind is named for what it is, which is the commonest way to hand over a bad object.
import { readFileSync } from 'node:fs'
import { readObject } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { custom } from './object-writer.js'

function problemOf(bytes: Uint8Array): string {
  const outcome = readObject(bytes)
  if (outcome.ok) return 'read without a problem'
  expect(outcome.error.code).to.equal('BadObject')
  return outcome.error.message
}

function text(content: string): Uint8Array {
  return Uint8Array.from(content, (character) => character.charCodeAt(0))
}

describe('readObject (bytes of something else)', () => {
  const module = [0, 0x61, 0x73, 0x6d]
  const cases: readonly (readonly [what: string, bytes: ArrayLike<number>, message: string])[] = [
    ['nothing', [], 'not a WebAssembly object: it is empty'],
    ['ELF', [0x7f, 0x45, 0x4c, 0x46, 2], 'not a WebAssembly object: it looks like an ELF file'],
    ['Mach-O', [0xcf, 0xfa, 0xed, 0xfe], 'not a WebAssembly object: it looks like a Mach-O file'],
    ['COFF', [0x64, 0x86, 7, 0], 'not a WebAssembly object: it looks like a COFF object'],
    ['an archive', text('!<arch>\nfoo.o/'), 'not a WebAssembly object: it looks like an ar archive'],
    ['a thin archive', text('!<thin>\n'), 'not a WebAssembly object: it looks like a thin ar archive'],
    ['bitcode', [0x42, 0x43, 0xc0, 0xde], 'not a WebAssembly object: it looks like LLVM bitcode'],
    ['text', text('(module)'), 'not a WebAssembly object: it looks like WebAssembly text'],
    ['a component', [...module, 0x0d, 0, 1, 0], 'not a WebAssembly object: it looks like a WebAssembly component'],
    ['other bytes', [1, 2, 3, 4, 5], 'not a WebAssembly object: it begins with 01 02 03 04, not 00 61 73 6d'],
    ['half a header', [...module, 1], 'truncated: a module header needs 8 bytes, the file has 5'],
    ['version 2', [...module, 2, 0, 0, 0], 'unsupported WebAssembly version 0x2: the only one known is 0x1'],
    [
      'a linked module',
      [...module, 1, 0, 0, 0],
      'not relocatable: this is a WebAssembly module without a linking section, not an object file (as clang -c makes it)',
    ],
    [
      'a shared library',
      [...module, 1, 0, 0, 0, ...custom('dylink.0')],
      'not relocatable: this is a linked shared library, not an object file (as clang -c makes it)',
    ],
  ]
  for (const [what, bytes, message] of cases)
    it(what, () => {
      expect(problemOf(Uint8Array.from(bytes))).to.equal(message)
    })

  it('this machine’s own executable', () => {
    expect(problemOf(new Uint8Array(readFileSync(process.execPath).subarray(0, 4096)))).to.match(/^not a WebAssembly/)
  })
})
