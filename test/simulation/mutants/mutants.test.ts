// Each mutant still has its place in the compiled text; a change of the source that takes it away has to find it another.
// And hunting works: a few are found out within a few schedules. `npm run mutants` hunts all of them, and for longer.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { huntMutant } from './campaign-process.js'
import { mutants } from './catalogue.js'
import { mutate } from './mutant.js'
import { initialize, load } from './mutating-loader.js'

const root = new URL('../../../../', import.meta.url)

describe('mutants', () => {
  it('are at least thirty, each name once', () => {
    const names = mutants.map(({ name }) => name)
    expect(names.length).to.be.at.least(30)
    expect(new Set(names).size).to.equal(names.length)
  })

  for (const mutant of mutants) {
    it(`${mutant.name} has its place`, () => {
      const text = readFileSync(new URL(mutant.file, root), 'utf8')
      expect(mutate(mutant, text)).to.not.equal(text)
    })
  }

  it('without a place are an error', () => {
    const mutant = { name: 'nowhere', origin: 'a test', file: 'a.js', find: 'Foo', replace: 'Bar' }
    expect(mutate(mutant, 'a Foo b')).to.equal('a Bar b')
    expect(() => mutate(mutant, 'Baz')).to.throw('a.js has 0 places, not 1')
    expect(() => mutate(mutant, 'Foo Foo')).to.throw('a.js has 2 places, not 1')
  })

  it('are planted into the file that is theirs, and no other', async () => {
    const mutant = { name: 'nowhere', origin: 'a test', file: 'a.js', find: 'Foo', replace: 'Bar' }
    await initialize({ mutant, url: 'file:///a.js' })
    const context = { conditions: [], importAttributes: {}, format: 'module' } as unknown as Parameters<typeof load>[1]
    const sourceOf = async (url: string): Promise<unknown> => {
      const loaded = await load(url, context, () => ({ format: 'module', source: 'Foo' }))
      return loaded.source
    }
    expect(await sourceOf('file:///a.js')).to.equal('Bar')
    expect(await sourceOf('file:///b.js')).to.equal('Foo')
  })

  for (const name of ['default-stays-defunct', 'managers-in-order', 'frees-the-first']) {
    it(`${name} is found out`, async () => {
      const [kill] = await huntMutant(name, 1, 500)
      expect(kill?.schedules).to.be.above(0)
    })
  }
})
