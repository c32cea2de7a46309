// Shows that no damage makes a reader throw or hang: each fixture cut at every offset, and every byte of it changed; and that a
// long list costs its length.
import { readLineTable, readObject, readObjectInterface, walkFunctionBody } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fixtureBytes, fixtureNames } from './fixtures.js'
import { mutations, truncations } from './mutations.js'
import {
  bytesOf,
  chunk,
  flag,
  linking,
  linkingSubsection,
  objectWith,
  position,
  section,
  sectionSymbol,
} from './object-writer.js'

/** Everything the package does with an object it could read. */
function readAll(bytes: Uint8Array): void {
  readObjectInterface(bytes)
  const object = readObject(bytes)
  if (!object.ok) return
  for (const { body } of object.value.functions) walkFunctionBody(body, () => undefined)
  const lines = readLineTable(object.value)
  for (let offset = 0; offset < 64; offset += 8) lines.lookup(offset)
}

describe('readObject (damaged)', () => {
  for (const name of fixtureNames)
    it(`${name}: cut at every offset, every byte changed`, () => {
      const original = fixtureBytes(name)
      for (const bytes of truncations(original)) readAll(bytes)
      for (const { bytes, change } of mutations(original)) {
        try {
          readAll(bytes)
        } catch (error) {
          throw new Error(`${name}, ${change}`, { cause: error })
        }
      }
    })

  it('a list of a hundred thousand empty types, symbols and COMDATs is read once, not once for each', () => {
    const count = 100_000
    const types = new Array<readonly number[]>(count).fill([0x60, 0, 0]).flat()
    const locals = Array.from({ length: count }, () => [...sectionSymbol(flag.local, position.linking)]).flat()
    const names = Array.from({ length: count }, (_, i) => [...bytesOf(`${i}`, 0, 0)]).flat()
    const comdats = chunk(linkingSubsection.comdat, count, names)
    const bytes = objectWith({
      type: section('type', count, types),
      linking: linking(chunk(linkingSubsection.symbolTable, count, locals), comdats),
      relocCode: bytesOf(),
    })
    const outcome = readObject(bytes)
    expect(outcome.ok && outcome.value.comdats.length).to.equal(count)
  })
})
