// Objects that clang made, linked to the images that llvm-jitlink found right when they were kept (fixtures/make.mjs).
import { readFileSync, readdirSync } from 'node:fs'
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { imageText } from './image-text.js'
import { linked } from './linked.js'

const fixtures = new URL('../../../jitlink/riscv/fixtures/', import.meta.url)

describe('images of ELF objects', () => {
  for (const name of readdirSync(fixtures).filter((each) => each.endsWith('.image'))) {
    it(`${name}: the same bytes at the same addresses`, () => {
      const object = readFileSync(new URL(name.replace('.image', '.o'), fixtures))
      expect(imageText(linked(new Uint8Array(object)))).to.equal(readFileSync(new URL(name, fixtures), 'utf8'))
    })
  }
})
