// A message without a row, and a row without a message, are found in whichever file they are; docs/MESSAGES.md is checked.
import { expect } from 'chai'
import { after, describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalogueViolations } from './message-unions.js'
import type { Files } from './small-house.js'
import { itSays } from './small-house.js'

describe('catalogueViolations', () => {
  const messages = 'protocol/src/foo-messages.ts'
  const union = (text: string): Files => ({
    [messages]: `export type Foo = { readonly type: 'foo' } | { type: 'bar' } ${text}\n`,
  })
  const plants: Readonly<Record<string, readonly [Files, string | undefined]>> = {
    'a message without a row': [union("| { readonly type: 'baz' }"), `${messages}:1: message baz`],
    'a message made of two types': [union("| ({ readonly type: 'baz' } & Job)"), `${messages}:1: message baz`],
    'a row without a message': [
      { [messages]: "export type Foo = { type: 'foo' }\n" },
      'protocol/src/catalogue.ts: row bar',
    ],
    'a message of another union': [union("| Extract<Baz, { type: 'baz' }>"), undefined],
    'a type that is any string': [union('| { readonly type: string }'), undefined],
    'no catalogue': [{ 'protocol/src/catalogue.ts': null }, 'protocol/src/catalogue.ts is missing'],
  }
  for (const [of, [changes, expected]] of Object.entries(plants)) itSays(catalogueViolations, of, changes, expected)
})

describe('.ci/catalogue.mjs --check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'worc-messages-'))
  const file = join(folder, 'MESSAGES.md')
  const run = (...args: readonly string[]): number | null =>
    spawnSync(process.execPath, [fileURLToPath(new URL('../../../.ci/catalogue.mjs', import.meta.url)), ...args]).status
  after(() => rmSync(folder, { recursive: true }))

  it('passes what it wrote itself, fails one changed row and a missing file', () => {
    expect(run('--check', file)).to.equal(1)
    expect(run(file)).to.equal(0)
    expect(run('--check', file)).to.equal(0)
    writeFileSync(file, readFileSync(file, 'utf8').replace('`define`', '`defines`'))
    expect(run('--check', file)).to.equal(1)
  })
})
