// A file or an export that nobody reaches is found; what is reached in an unusual way passes.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { deadExports, deadFiles } from './reachability.js'
import type { Files } from './small-house.js'
import { itSays, violationsWith } from './small-house.js'

describe('deadFiles', () => {
  const plants: Readonly<Record<string, readonly [Files, string | undefined]>> = {
    'nobody imports it': [{ 'packages/orc/src/lost.ts': '' }, 'packages/orc/src/lost.ts'],
    'only a dead file imports it': [
      { 'actors/session/bin/s.js': '' },
      'actors/session/src/cli/main.ts is reached by nothing',
    ],
    'a worker that nobody starts': [
      { 'actors/mailbox/src/worker-start.ts': 'export const start = 1\n' },
      'actors/mailbox/src/worker.ts',
    ],
    'a fixture of no test': [{ 'test/orc/lost.ts': '' }, 'test/orc/lost.ts'],
    'a declaration of globals': [{ 'packages/orc/src/webassembly.d.ts': '' }, undefined],
    'a second entry': [
      {
        'packages/orc/src/inner.ts': '',
        'packages/orc/package.json': { name: '@worc/orc', exports: { './inner': { default: './dist/inner.js' } } },
      },
      undefined,
    ],
    'reached by its types': [
      { 'packages/orc/src/turn.ts': "import type { A } from './a.js'\n", 'packages/orc/src/a.ts': '' },
      undefined,
    ],
  }
  for (const [of, [changes, expected]] of Object.entries(plants)) itSays(deadFiles, of, changes, expected)
  it('two files that only import each other: found', () => {
    const pair = { 'packages/orc/src/a.ts': "import './b.js'\n", 'packages/orc/src/b.ts': "import './a.js'\n" }
    expect(violationsWith(deadFiles, pair)).to.have.length(2)
  })
})

describe('deadExports', () => {
  const broker = 'actors/session/src/broker.ts'
  const more = (text: string): Files => ({ [broker]: `export function broker(): void {}\n${text}\n` })
  const plants: Readonly<Record<string, readonly [Files, string | undefined]>> = {
    'a function': [more('export function lost(): void {}'), `${broker}:2 exports lost`],
    'a constant beside others': [more('const a = 1, b = 2\nexport { a }'), `${broker}:3 exports a`],
    'a type': [more('export interface Lost {}'), `${broker}:2 exports Lost`],
    'a class': [more('export class Lost {}'), `${broker}:2 exports Lost`],
    'a default': [more('export default 1'), `${broker}:2 exports default`],
    'imported under another name': [
      { ...more('export const a = 1'), 'actors/session/src/cli/main.ts': "import { a as b } from '../broker.js'\nb\n" },
      undefined,
    ],
    'imported as a whole': [
      { ...more('export const a = 1'), 'actors/session/src/cli/main.ts': "import * as b from '../broker.js'\nb\n" },
      undefined,
    ],
    'imported by a script': [
      { ...more('export const a = 1'), '.ci/write.mjs': "import { a } from '../actors/session/dist/broker.js'\na\n" },
      undefined,
    ],
    'an export of a test': [
      { 'test/bench/clock.ts': 'export const now = 1\nexport const then = 2\n' },
      'test/bench/clock.ts:2 exports then',
    ],
  }
  for (const [of, [changes, expected]] of Object.entries(plants)) itSays(deadExports, of, changes, expected)
})
