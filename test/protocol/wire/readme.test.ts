// What protocol/README.md tells other languages is what the code does: its tables are the code's own, and its vectors are read by
// the strict reader, and written by nobody else than a MessagePack library that knows nothing of the wire.
import { BatchStream, readBatch, readHello, readWelcome, valueOf } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const readme = join(root, 'protocol', 'README.md')
const script = join(root, '.ci', 'wire.mjs')

interface Vector {
  readonly what: string
  readonly bytes: Uint8Array
}

function vectors(): readonly Vector[] {
  const text = readFileSync(readme, 'utf8')
  return [...text.matchAll(/\*\*(.*)\*\*\n\n```\n([0-9a-f\n]+)```\n\n`.*`/g)].map(([, what = '', hex = '']) => {
    const batches: Uint8Array[] = []
    new BatchStream().push(Buffer.from(hex.replaceAll('\n', ''), 'hex'), (batch) => batches.push(batch))
    const [bytes] = batches
    if (bytes === undefined || batches.length !== 1) throw new Error(`${what} is no batch`)
    return { what, bytes }
  })
}

describe('protocol/README.md', () => {
  it('has the tables and vectors of the code, and a change of either is seen', () => {
    execFileSync(process.execPath, [script, '--check'])
    const folder = mkdtempSync(join(tmpdir(), 'worc-readme-'))
    try {
      const copy = join(folder, 'README.md')
      copyFileSync(readme, copy)
      writeFileSync(
        copy,
        readFileSync(copy, 'utf8').replace('`removeTracker` | `tracker: tracker', '`removeTracker` | `tracker: u53'),
      )
      expect(spawnSync(process.execPath, [script, '--check', copy]).status).to.equal(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('has vectors that the strict reader reads', () => {
    const read = vectors()
    expect(read.length).to.be.greaterThan(10)
    for (const { what, bytes } of read) {
      if (what.includes('hello')) expect(readHello(bytes).hello, what).to.include({ token: '00112233' })
      else if (what === 'Server: welcome')
        expect(valueOf(readWelcome(bytes)), what).to.include({ connection: 'c0ffee' })
      else if (what === 'Server: no welcome')
        expect(readWelcome(bytes), what).to.have.nested.property('error.code', 'AuthFailed')
      else readBatch(bytes, readingOf(what))
    }
  })
})

/** Asks are answered in the order in which the vectors make them. */
function readingOf(what: string): Parameters<typeof readBatch>[1] {
  const types = { 1: 'join', 2: 'compile', 5: 'call', 6: 'lookup' } as const
  const from = what.startsWith('Client') ? 'client' : 'server'
  return { from, heard: 100, takeAsked: (ask) => types[ask as keyof typeof types] }
}
