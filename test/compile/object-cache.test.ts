// Shows the cache's files under misuse: damage, writers at once, a full cache, a directory that cannot be written.
import { ObjectCache } from '@worc/compile'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { TemporaryDirectory } from './temporary-directory.js'

const entry = { diagnostics: Buffer.from('warning'), object: Buffer.alloc(1000, 7) }
const plenty = 1_000_000

describe('ObjectCache', () => {
  let files: TemporaryDirectory
  before(() => (files = new TemporaryDirectory()))
  after(() => files.remove())

  const cacheIn = (name: string, limit = plenty): ObjectCache => new ObjectCache(join(files.path, name), limit)
  const objects = (name: string): string => join(files.path, name, 'objects')

  it('gives back what was stored, to another process as well', () => {
    expect(cacheIn('plain').load('foo')).to.equal(undefined)
    expect(cacheIn('plain').store('foo', entry)).to.equal(true)
    const found = cacheIn('plain').load('foo')
    expect(found && Buffer.from(found.object)).to.deep.equal(entry.object)
    expect(found && Buffer.from(found.diagnostics).toString()).to.equal('warning')
  })

  it('misses a damaged or a truncated entry, and replaces it', () => {
    const cache = cacheIn('damaged')
    const path = join(objects('damaged'), 'foo.object')
    const damages: (() => void)[] = [
      () => truncateSync(path, 500),
      () => truncateSync(path, 0),
      () => writeFileSync(path, readFileSync(path).fill(8, 600, 601)),
    ]
    cache.store('foo', entry)
    for (const damage of damages) {
      damage()
      expect(cache.load('foo')).to.equal(undefined)
      expect(cache.store('foo', entry)).to.equal(true)
      expect(cache.load('foo')).not.to.equal(undefined)
    }
  })

  it('shows a whole entry at every moment while another thread writes the same key', async () => {
    const [directory, times] = [join(files.path, 'two'), 200]
    const cache = new ObjectCache(directory, plenty)
    cache.store('foo', entry)
    const workerData = { directory, limit: plenty, key: 'foo', times }
    const other = new Worker(new URL('./store-repeatedly.js', import.meta.url), { workerData })
    await once(other, 'message')
    const finished = once(other, 'message')
    for (let time = 0; time < times; time++) {
      expect(cache.store('foo', entry)).to.equal(true)
      expect(cache.load('foo')).not.to.equal(undefined)
    }
    expect(await finished).to.deep.equal([times])
    await other.terminate()
    expect(readdirSync(objects('two'))).to.deep.equal(['foo.object'])
  })

  it('removes the least recently used when full, never the newest', () => {
    const cache = cacheIn('full', 3500)
    for (const [age, key] of ['foo', 'bar', 'baz'].entries()) {
      cache.store(key, entry)
      utimesSync(join(objects('full'), `${key}.object`), 1000 + age, 1000 + age)
    }
    expect(cache.load('foo')).not.to.equal(undefined)
    cache.store('qux', entry)
    expect(readdirSync(objects('full')).sort()).to.deep.equal(['foo.object', 'qux.object'])
  })

  it('does not store what alone exceeds the limit', () => {
    expect(cacheIn('small', 500).store('foo', entry)).to.equal(false)
  })

  it('removes the old file of a writer that died, and spares a young one', () => {
    const cache = cacheIn('dead')
    cacheIn('dead').store('foo', entry)
    for (const name of ['old.unfinished', 'young.unfinished']) writeFileSync(join(objects('dead'), name), 'x')
    utimesSync(join(objects('dead'), 'old.unfinished'), 1000, 1000)
    cache.store('bar', entry)
    expect(readdirSync(objects('dead')).sort()).to.deep.equal(['bar.object', 'foo.object', 'young.unfinished'])
  })

  it('answers false, and throws nothing, when the directory cannot be made', () => {
    files.write('a-file', '')
    const cache = cacheIn('a-file')
    expect(cache.store('foo', entry)).to.equal(false)
    expect(cache.load('foo')).to.equal(undefined)
  })
})
