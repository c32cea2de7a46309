// Names, lengths, indexes and the parts of the language that are not spoken: what is wrong is found, its neighbour passes.
import { describe } from 'mocha'
import { languageViolations } from './language.js'
import { barrelViolations, filesOver, lengthViolations, nameViolations } from './shape.js'
import type { Files } from './small-house.js'
import { itSays } from './small-house.js'

describe('languageViolations', () => {
  const turn = 'packages/orc/src/turn.ts'
  const source = (text: string): Files => ({ [turn]: `\n${text}\n` })
  const plants: Readonly<Record<string, readonly [string, string | undefined]>> = {
    'any, annotated': ['let a: any', `${turn}:2 says any`],
    'any, asserted': ['const a = 1 as any', `${turn}:2 says any`],
    'any, as an argument of a type': ['let a: readonly Map<string, any>[]', `${turn}:2 says any`],
    'any, as a word': ["// any\nconst any = 'any'", undefined],
    'export *': ["export * from './a.js'", `${turn}:2 exports *`],
    'export * as': ["export * as a from './a.js'", `${turn}:2 exports *`],
    'ts-ignore': ['// @ts-ignore\nconst a = 1', `${turn}:2 silences a tool`],
    'ts-expect-error': ['/* @ts-expect-error */ const a = 1', `${turn}:2 silences a tool`],
    'eslint-disable': ['const a = 1 // eslint-disable-line', `${turn}:2 silences a tool`],
    'the word in a string': ["const a = '@ts-ignore'", undefined],
  }
  for (const [of, [text, expected]] of Object.entries(plants)) itSays(languageViolations, of, source(text), expected)
  const test = { 'test/orc/turn.test.ts': 'let a: any\n' }
  itSays(languageViolations, 'any in a test', test, 'test/orc/turn.test.ts:1 says any')
})

describe('nameViolations', () => {
  const named = (path: string): Files => ({ [path]: '' })
  itSays(
    nameViolations,
    'camel case',
    named('packages/orc/src/turnTable.ts'),
    'packages/orc/src/turnTable.ts: "turnTable"',
  )
  itSays(nameViolations, 'a folder in Pascal case', named('test/Orc/a.test.ts'), 'test/Orc/a.test.ts: "Orc"')
  itSays(
    nameViolations,
    'a folder called utils',
    named('packages/orc/src/utils/a.ts'),
    'packages/orc/src/utils/a.ts: "utils"',
  )
  itSays(
    nameViolations,
    'a file called test-helpers',
    named('test/orc/test-helpers.ts'),
    'test/orc/test-helpers.ts: "test-helpers"',
  )
  itSays(nameViolations, 'kebab case', named('packages/orc/src/rw-lock-2.ts'), undefined)
  itSays(nameViolations, 'a test and a declaration', named('test/orc/wait-cycle.test.ts'), undefined)
})

describe('lengthViolations', () => {
  const lines = (count: number): Files => ({
    'packages/orc/src/turn.ts': `export const turn = 1\n${'//\n'.repeat(count - 1)}`,
  })
  itSays(lengthViolations, '600 lines', lines(600), undefined)
  itSays(lengthViolations, '601 lines', lines(601), 'packages/orc/src/turn.ts has 601 lines')
  itSays(
    (house) => filesOver(house, 350).map(({ path }) => path),
    '351 lines, to be warned of',
    lines(351),
    'packages/orc',
  )
})

describe('barrelViolations', () => {
  const index = 'packages/orc/src/index.ts'
  const turn = 'packages/orc/src/turn.ts'
  itSays(
    barrelViolations,
    'an index that defines',
    { [index]: 'export const a = 1\n' },
    `${index}:1 is not a list entry`,
  )
  itSays(barrelViolations, 'no index', { [index]: null }, `${index} is missing`)
  itSays(
    barrelViolations,
    'a second index',
    { 'packages/orc/src/a/index.ts': '' },
    'packages/orc/src/a/index.ts: a package',
  )
  itSays(
    barrelViolations,
    'a file that passes on',
    { [turn]: "export { a } from './a.js'\n" },
    `${turn}:1 passes names on`,
  )
})
