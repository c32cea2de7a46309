// The house as it stands, against what STYLE.md and ARCHITECTURE.md say of it. A failure lists places, one a line; the checks
// themselves are tried on small houses beside this file.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { actorViolations, determinismViolations } from './determinism.js'
import { languageViolations } from './language.js'
import { builtinViolations, dependencyViolations, layeringViolations, roomViolations } from './layering.js'
import { catalogueViolations } from './message-unions.js'
import { deadExports, deadFiles } from './reachability.js'
import { barrelViolations, filesOver, lengthViolations, nameViolations, usualLines } from './shape.js'
import { readHouse } from './source-tree.js'
import { wordViolations } from './words.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const house = readHouse(root)

describe('the house', () => {
  it('imports one way, from test to actors to packages to protocol', () => expectNone(layeringViolations(house)))
  it('imports what manifests and configurations name, and nothing else', () => expectNone(dependencyViolations(house)))
  it('keeps each library in its rooms', () => expectNone(roomViolations(house)))
  it('shows Node to actors and tests only', () => expectNone(builtinViolations(house)))
  it('decides without clock and randomness', () => expectNone(determinismViolations(house)))
  it('has actors that only take turns', () => expectNone(actorViolations(house)))
  it('says neither any nor export *, and silences no tool', () => expectNone(languageViolations(house)))
  it('names files after ideas', () => expectNone(nameViolations(house)))
  it('lists names in indexes only', () => expectNone(barrelViolations(house)))
  it('has no file that nobody reaches', () => expectNone(deadFiles(house)))
  it('has no export that nobody imports', () => expectNone(deadExports(house)))
  it('names no machine and no registry', () => expectNone(wordViolations(root)))
  it('has no file of more than one idea', () => {
    expectNone(lengthViolations(house))
    for (const { path, lines } of filesOver(house, usualLines)) process.stdout.write(`      ${path}: ${lines} lines\n`)
  })
})

describe('the catalogue', () => {
  it('has a row for every message of every union, and no other', () => expectNone(catalogueViolations(house)))

  it('is what docs/MESSAGES.md says', () => {
    const checked = spawnSync(process.execPath, ['.ci/catalogue.mjs', '--check'], { cwd: root, encoding: 'utf8' })
    expect(checked.stderr).to.equal('')
    expect(checked.status).to.equal(0)
  })
})

describe('the tables of what may follow on what', () => {
  it('are what the machines of test/model say', () => {
    const checked = spawnSync(process.execPath, ['.ci/life.mjs', '--check'], { cwd: root, encoding: 'utf8' })
    expect(checked.stderr).to.equal('')
    expect(checked.status).to.equal(0)
  })
})

function expectNone(violations: readonly string[]): void {
  expect(violations.length, `\n${violations.join('\n')}\n`).to.equal(0)
}
