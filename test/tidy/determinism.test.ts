// Clocks, randomness and waiting are found where code decides and where it takes turns, and only there.
import { describe } from 'mocha'
import { actorViolations, determinismViolations } from './determinism.js'
import type { Files } from './small-house.js'
import { config, itSays } from './small-house.js'

describe('determinismViolations', () => {
  const turn = 'packages/orc/src/turn.ts'
  const source = (text: string): Files => ({ [turn]: `\n${text}\n` })
  const plants: Readonly<Record<string, readonly [string, string | undefined]>> = {
    'reads the clock': ['const now = Date.now()', `${turn}:2 uses Date`],
    'makes a date': ['const now = new Date()', `${turn}:2 uses Date`],
    'draws a number': ['const n = Math.random()', `${turn}:2 uses Math.random`],
    'waits, by a global that it declares': [
      'declare const setTimeout: (f: () => void) => void\nsetTimeout(() => undefined)',
      `${turn}:3 uses setTimeout`,
    ],
    'waits, by way of globalThis': ['globalThis.setTimeout(() => undefined)', `${turn}:2 uses setTimeout`],
    'hands the clock on': ['const clock = { performance }', `${turn}:2 uses performance`],
    'is given a clock of that name': [
      'export const f = (performance: { now(): number }) => performance.now()',
      undefined,
    ],
    'has a field of that name': ['export const f = (a: { process: number }) => a.process', undefined],
    'rounds a number': ['export const n = Math.floor(1)', undefined],
  }
  for (const [of, [text, expected]] of Object.entries(plants)) itSays(determinismViolations, of, source(text), expected)

  const reference = { [turn]: '/// <reference types="node" />\n' }
  itSays(determinismViolations, 'a reference to types', reference, `${turn} references node`)
  const dom = { 'packages/orc/tsconfig.json': config(['../../protocol'], { lib: ['ES2023', 'DOM'] }) }
  itSays(determinismViolations, 'a package with the DOM', dom, 'packages/orc/tsconfig.json has lib.dom.d.ts')
  const node = { 'packages/orc/tsconfig.json': config(['../../protocol'], { types: ['node'] }) }
  itSays(determinismViolations, "a package with Node's types", node, 'packages/orc/tsconfig.json must say "types": []')
  itSays(
    determinismViolations,
    'an actor with the clock',
    { 'actors/session/src/cli/main.ts': 'Date.now()\n' },
    undefined,
  )
})

describe('actorViolations', () => {
  const actor = 'actors/session/src/session-actor.ts'
  const broker = 'actors/session/src/broker.ts'
  const on = (body: string): Files => ({ [actor]: `export class SessionActor implements Actor {\n  ${body}\n}\n` })
  const plants: Readonly<Record<string, readonly [Files, string | undefined]>> = {
    'an async method': [on('async on() {}'), `${actor}:2 awaits`],
    'an await': [on('on() { void (async () => 1)() }'), `${actor}:2 awaits`],
    'the clock': [on('on() { return Date.now() }'), `${actor}:2 uses Date`],
    'a timer': [on('on() { setTimeout(() => undefined, 1) }'), `${actor}:2 uses setTimeout`],
    randomness: [on('on() { return Math.random() }'), `${actor}:2 uses Math.random`],
    'the process': [on('on() { return process.pid }'), `${actor}:2 uses process`],
    "a module of Node's": [
      { [actor]: `import 'node:fs'\nclass A implements Actor {}\n` },
      `${actor}:1 imports node:fs`,
    ],
    'a clock in what it calls': [
      { [broker]: 'export const broker = (): number => performance.now()\n' },
      `${broker}:1 uses performance`,
    ],
    'a clock where only a type comes from': [
      {
        [actor]: "import type { broker } from './broker.js'\nexport class SessionActor implements Actor {}\n",
        [broker]: 'export const broker = (): number => performance.now()\n',
      },
      undefined,
    ],
    'time from its context': [on('on(ctx: Context) { ctx.timer(1, () => ctx.now()) }'), undefined],
    'an actor in a file of another name': [
      { 'actors/mailbox/src/worker.ts': 'export class A implements Actor {}\n' },
      'actors/mailbox/src/worker.ts implements Actor',
    ],
  }
  for (const [of, [changes, expected]] of Object.entries(plants)) itSays(actorViolations, of, changes, expected)
})
