// Imports against the direction, out of step with the manifests, or of libraries outside their rooms are found.
import { describe } from 'mocha'
import { builtinViolations, dependencyViolations, layeringViolations, roomViolations } from './layering.js'
import type { Files } from './small-house.js'
import { config, itSays, manifest } from './small-house.js'

describe('layeringViolations', () => {
  const from = (path: string, specifier: string): Files => ({ [path]: `import '${specifier}'\n` })
  const turn = 'packages/orc/src/turn.ts'
  const plants: Readonly<Record<string, readonly [Files, string | undefined]>> = {
    'protocol imports a package': [
      from('protocol/src/codec.ts', '@worc/orc'),
      'protocol/src/codec.ts:1 imports @worc/orc',
    ],
    'a package imports an actor': [from(turn, '@worc/mailbox'), `${turn}:1 imports @worc/mailbox`],
    'a package imports an actor, types only': [
      { [turn]: "\nimport type { a } from '@worc/mailbox'\n" },
      `${turn}:2 imports @worc/mailbox`,
    ],
    'a package imports an actor in a type': [
      { [turn]: "export type A = import('@worc/mailbox').A\n" },
      `${turn}:1 imports @worc/mailbox`,
    ],
    'a package imports an actor when it runs': [
      { [turn]: "export const a = () => import('@worc/mailbox')\n" },
      `${turn}:1 imports @worc/mailbox`,
    ],
    'an actor imports a test': [from('actors/session/src/broker.ts', '@worc/test'), 'actors/session/src/broker.ts:1'],
    'a package imports a package': [from(turn, '@worc/jitlink'), undefined],
    'jitlink imports orc': [from('packages/jitlink/src/link.ts', '@worc/orc'), 'packages/jitlink/src/link.ts:1'],
    'an actor imports the mailbox': [from('actors/session/src/broker.ts', '@worc/mailbox'), undefined],
    'the mailbox imports an actor': [
      from('actors/mailbox/src/worker.ts', '@worc/session'),
      'actors/mailbox/src/worker.ts:1',
    ],
    'worc imports an actor': [
      {
        'actors/worc/package.json': manifest('worc'),
        'actors/worc/tsconfig.json': config(),
        'actors/worc/src/index.ts': "export { SessionActor } from '@worc/session'\n",
      },
      undefined,
    ],
    'a path leaves its workspace': [
      from(turn, '../../jitlink/src/link.js'),
      `${turn}:1 imports ../../jitlink/src/link.js`,
    ],
    'a file inside another workspace': [from(turn, '@worc/jitlink/dist/link.js'), `${turn}:1 imports @worc/jitlink/`],
    'an entry beside the index': [
      {
        ...from('test/orc/turn.test.ts', '@worc/orc/inner'),
        'packages/orc/package.json': manifest('@worc/orc', ['@worc/protocol'], {
          exports: { './inner': { default: './dist/inner.js' } },
        }),
      },
      undefined,
    ],
    'a dependency passed on': [{ [turn]: "export { link } from '@worc/session'\n" }, `${turn}:1 imports @worc/session`],
    'an example imports a package': [from('examples/first.mjs', '@worc/orc'), 'examples/first.mjs:1 imports @worc/orc'],
    'an import that is only a string': [{ [turn]: 'export const a = "import \'@worc/mailbox\'"\n' }, undefined],
  }
  for (const [of, [changes, expected]] of Object.entries(plants)) itSays(layeringViolations, of, changes, expected)
})

describe('dependencyViolations', () => {
  const orc = 'packages/orc'
  const plants: Readonly<Record<string, readonly [Files, string | undefined]>> = {
    'imported, in no manifest': [
      { 'packages/jitlink/src/link.ts': "import 'left'\nexport const link = 1\n" },
      'packages/jitlink/package.json does not name left',
    ],
    'in the manifest, not imported': [
      { [`${orc}/package.json`]: manifest('@worc/orc', ['@worc/protocol', 'left']) },
      `${orc}/package.json names left`,
    ],
    'only located': [
      {
        [`${orc}/package.json`]: manifest('@worc/orc', ['@worc/protocol', 'left']),
        [`${orc}/src/index.ts`]: "export { turn } from './turn.js'\nimport.meta.resolve('left')\n",
      },
      undefined,
    ],
    'imported, not referenced': [
      { [`${orc}/tsconfig.json`]: config() },
      `${orc}/tsconfig.json does not reference protocol`,
    ],
    'referenced, not imported': [
      { [`${orc}/tsconfig.json`]: config(['../../protocol', '../jitlink']) },
      `${orc}/tsconfig.json references packages/jitlink`,
    ],
    'a range that the workspace does not satisfy': [
      {
        [`${orc}/package.json`]: { name: '@worc/orc', version: '0.1.0', dependencies: { '@worc/protocol': '^0.2.0' } },
      },
      `${orc}/package.json wants @worc/protocol ^0.2.0`,
    ],
    'a lock file that is behind': [
      { 'package-lock.json': lockWithout(orc) },
      `package-lock.json is behind ${orc}/package.json`,
    ],
    'a workspace that the root does not build': [
      { 'packages/ar/package.json': manifest('@worc/ar'), 'packages/ar/tsconfig.json': config() },
      'tsconfig.json does not reference packages/ar',
    ],
    'a test imports what the root installs for tests': [
      { 'test/orc/turn.test.ts': "import 'mocha'\nimport '@worc/orc'\n" },
      undefined,
    ],
  }
  for (const [of, [changes, expected]] of Object.entries(plants)) itSays(dependencyViolations, of, changes, expected)

  function lockWithout(folder: string): object {
    const locked = {
      protocol: { dependencies: { msgpackr: '2.1.3' } },
      'packages/orc': { dependencies: { '@worc/protocol': '^0.1.0' } },
      'actors/session': { dependencies: { '@worc/orc': '^0.1.0', '@worc/mailbox': '^0.1.0' } },
      test: { dependencies: { '@worc/orc': '^0.1.0' } },
    }
    return { packages: Object.fromEntries(Object.entries(locked).filter(([path]) => path !== folder)) }
  }
})

describe('roomViolations', () => {
  const from = (path: string, library: string): Files => ({ [path]: `import '${library}'\n` })
  itSays(
    roomViolations,
    'msgpackr outside the codec',
    from('protocol/src/foo-messages.ts', 'msgpackr'),
    'protocol/src/foo-messages.ts:1',
  )
  itSays(
    roomViolations,
    'xstate in the session actor',
    from('actors/session/src/broker.ts', 'xstate'),
    'actors/session/src/broker.ts:1',
  )
  itSays(
    roomViolations,
    'xstate in a deeper path',
    from('actors/session/src/broker.ts', 'xstate/graph'),
    'actors/session/src/broker.ts:1',
  )
  itSays(
    roomViolations,
    'comlink in the session actor',
    from('actors/session/src/broker.ts', 'comlink'),
    'actors/session/src/broker.ts:1',
  )
  itSays(roomViolations, 'comlink in the mailbox', from('actors/mailbox/src/worker.ts', 'comlink'), undefined)
  itSays(
    roomViolations,
    'chai in an actor',
    from('actors/mailbox/src/worker.ts', 'chai'),
    'actors/mailbox/src/worker.ts:1',
  )
})

describe('builtinViolations', () => {
  const turn = 'packages/orc/src/turn.ts'
  itSays(builtinViolations, 'node:fs in a package', { [turn]: "import 'node:fs'\n" }, `${turn}:1 imports node:fs`)
  itSays(builtinViolations, 'its types only', { [turn]: "import type { Stats } from 'node:fs'\n" }, `${turn}:1 imports`)
})
