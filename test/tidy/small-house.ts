// A house of a few lines in a temporary directory, clean by every check, for planting one violation at a time.
import { expect } from 'chai'
import { it } from 'mocha'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { House } from './source-tree.js'
import { readHouse } from './source-tree.js'

/** By path; null takes a file away. An object is written as JSON. */
export type Files = Readonly<Record<string, string | object | null>>

type Check = (house: House) => readonly string[]

/** What a check says of the small house after these files were changed. The house is gone when this returns. */
export function violationsWith(check: Check, changes: Files = {}): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'worc-house-'))
  try {
    for (const [path, contents] of Object.entries({ ...clean(), ...changes })) {
      if (contents === null) continue
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), typeof contents === 'string' ? contents : JSON.stringify(contents))
    }
    return check(readHouse(root))
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** A test of a check. `expected` is how the only violation begins; undefined where there is none. */
export function itSays(check: Check, of: string, changes: Files, expected: string | undefined): void {
  it(`${of}: ${expected === undefined ? 'nothing' : 'found'}`, () => {
    const violations = violationsWith(check, changes)
    if (expected === undefined) expect(violations).to.deep.equal([])
    else expect(violations.map((violation) => violation.slice(0, expected.length))).to.deep.equal([expected])
  })
}

/** A room's manifest: each dependency on a workspace in the version that there is. */
export function manifest(workspace: string, dependencies: readonly string[] = [], more: object = {}): object {
  const ranges = dependencies.map((name): [string, string] => [name, name === 'msgpackr' ? '2.1.3' : '^0.1.0'])
  return { name: workspace, version: '0.1.0', dependencies: Object.fromEntries(ranges), ...more }
}

export function config(references: readonly string[] = [], compilerOptions: object = {}): object {
  return { extends: '../../tsconfig.base.json', compilerOptions, references: references.map((path) => ({ path })) }
}

const forNode = { types: ['node'], lib: ['ES2023', 'DOM'] }

function clean(): Files {
  return {
    'package.json': { scripts: { bench: 'node test/dist/bench/main.js' }, devDependencies: { mocha: '1.0.0' } },
    'tsconfig.base.json': { compilerOptions: { types: [], lib: ['ES2023'] } },
    'tsconfig.json': {
      references: ['protocol', 'packages/jitlink', 'packages/orc', 'actors/mailbox', 'actors/session', 'test'].map(
        (path) => ({ path }),
      ),
    },
    'protocol/package.json': manifest('@worc/protocol', ['msgpackr']),
    'protocol/tsconfig.json': { ...config(), extends: '../tsconfig.base.json' },
    'protocol/src/index.ts':
      "export { decode } from './codec.js'\nexport type { Foo } from './foo-messages.js'\n" +
      "export { catalogue } from './catalogue.js'\n",
    'protocol/src/codec.ts': "import { unpack } from 'msgpackr'\n\nexport const decode = unpack\n",
    'protocol/src/foo-messages.ts': "export type Foo = { readonly type: 'foo' } | { readonly type: 'bar' }\n",
    'protocol/src/catalogue.ts': 'export const catalogue = { foo: {}, bar: {} }\n',
    'packages/jitlink/package.json': manifest('@worc/jitlink'),
    'packages/jitlink/tsconfig.json': config(),
    'packages/jitlink/src/index.ts': "export { link } from './link.js'\n",
    'packages/jitlink/src/link.ts': 'export const link = 1\n',
    'packages/orc/package.json': manifest('@worc/orc', ['@worc/protocol']),
    'packages/orc/tsconfig.json': config(['../../protocol']),
    'packages/orc/src/index.ts': "export { turn } from './turn.js'\n",
    'packages/orc/src/turn.ts':
      "import type { Foo } from '@worc/protocol'\n\nexport const turn = (foo: Foo): Foo => foo\n",
    'actors/mailbox/package.json': manifest('@worc/mailbox'),
    'actors/mailbox/tsconfig.json': config([], forNode),
    'actors/mailbox/src/index.ts': "export { start } from './worker-start.js'\n",
    'actors/mailbox/src/worker-start.ts':
      "import { Worker } from 'node:worker_threads'\n\n" +
      "export const start = () => new Worker(new URL('./worker.js', import.meta.url))\n",
    'actors/mailbox/src/worker.ts': "import { parentPort } from 'node:worker_threads'\n\nparentPort?.close()\n",
    'actors/session/package.json': manifest('@worc/session', ['@worc/orc', '@worc/mailbox'], {
      bin: { s: './bin/s.js' },
    }),
    'actors/session/bin/s.js': "import '../dist/cli/main.js'\n",
    'actors/session/tsconfig.json': config(['../../packages/orc', '../mailbox'], forNode),
    'actors/session/src/index.ts': "export { SessionActor } from './session-actor.js'\n",
    'actors/session/src/session-actor.ts':
      "import { turn } from '@worc/orc'\nimport { broker } from './broker.js'\n\n" +
      'export class SessionActor implements Actor {\n  on() {\n    return broker(turn)\n  }\n}\n',
    'actors/session/src/broker.ts': 'export function broker(what: unknown): unknown {\n  return what\n}\n',
    'actors/session/src/cli/main.ts': "import { start } from '@worc/mailbox'\n\nstart()\n",
    'test/package.json': manifest('@worc/test', ['@worc/orc']),
    'test/tsconfig.json': { ...config(['../packages/orc'], forNode), extends: '../tsconfig.base.json' },
    'test/orc/turn.test.ts':
      "import { it } from 'mocha'\nimport { turn } from '@worc/orc'\n\nit('turns', () => turn)\n",
    'test/bench/main.ts': "import { now } from './clock.js'\n\nnow()\n",
    'test/bench/clock.ts': 'export const now = () => Date.now()\n',
    'examples/first.mjs': "import { JIT } from 'worc'\n\nJIT.start()\n",
  }
}
