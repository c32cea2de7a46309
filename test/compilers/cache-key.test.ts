// Shows that each input of a compile changes its key, that fields cannot run into each other, and that a damaged entry is absent.
import { compileKey, decodeCacheEntry, encodeCacheEntry, type Digest, type KeyedCompile } from '@worc/compilers'
import { expect } from 'chai'
import { describe, it } from 'mocha'

/** Keeps what it is fed, so that equal keys mean equal input. */
function transcript(): Digest {
  let fed = ''
  return { update: (data) => (fed += typeof data === 'string' ? data : data.join()), hex: () => fed }
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

const base: KeyedCompile = {
  compiler: 'clang 1',
  defaults: ['--target=foo'],
  request: { language: 'c', fileName: 'foo.c', directory: '/p', flags: ['-O1'] },
  source: bytes(1, 2),
  headers: [{ path: '/p/foo.h', contents: bytes(3) }],
}

describe('compileKey', () => {
  const variants: Record<string, KeyedCompile> = {
    compiler: { ...base, compiler: 'clang 2' },
    'default flags': { ...base, defaults: ['--target=bar'] },
    'split of default and user flags': {
      ...base,
      defaults: [],
      request: { ...base.request, flags: ['--target=foo', '-O1'] },
    },
    language: { ...base, request: { ...base.request, language: 'c++' } },
    'file name': { ...base, request: { ...base.request, fileName: 'bar.c' } },
    directory: { ...base, request: { ...base.request, directory: '/q' } },
    flags: { ...base, request: { ...base.request, flags: ['-O2'] } },
    'split of flags': { ...base, request: { ...base.request, flags: ['-', 'O1'] } },
    source: { ...base, source: bytes(1, 3) },
    'header contents': { ...base, headers: [{ path: '/p/foo.h', contents: bytes(4) }] },
    'header path': { ...base, headers: [{ path: '/p/bar.h', contents: bytes(3) }] },
    'number of headers': { ...base, headers: [] },
  }
  for (const [what, variant] of Object.entries(variants)) {
    it(`changes with the ${what}`, () => {
      expect(compileKey(variant, transcript())).not.to.equal(compileKey(base, transcript()))
    })
  }

  it('is the same for the same compile', () => {
    expect(compileKey(structuredClone(base), transcript())).to.equal(compileKey(base, transcript()))
  })
})

describe('cache entry', () => {
  const sum = (key: string, data: Uint8Array): Uint8Array => {
    const total = data.reduce((all, byte, index) => all + byte * (index + 1), key.length)
    return new Uint8Array(32).fill(total % 256)
  }
  const entry = { diagnostics: bytes(65, 66), object: bytes(1, 2, 3) }
  const encoded = encodeCacheEntry('key', entry, sum)

  it('comes back as it was', () => {
    expect(decodeCacheEntry('key', encoded, sum)).to.deep.equal(entry)
  })

  it('is absent when cut short, at every length', () => {
    for (let length = 0; length < encoded.length; length++) {
      expect(decodeCacheEntry('key', encoded.subarray(0, length), sum)).to.equal(undefined)
    }
  })

  it('is absent when one byte differs, at every place', () => {
    for (let at = 0; at < encoded.length; at++) {
      const damaged = encoded.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 1
      expect(decodeCacheEntry('key', damaged, sum), `byte ${at}`).to.equal(undefined)
    }
  })

  it('is absent under another key', () => {
    expect(decodeCacheEntry('other', encoded, sum)).to.equal(undefined)
  })
})
