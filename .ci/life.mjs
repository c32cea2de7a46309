// Writes the session's tables of what may follow on what, packages/orc/src/symbol-life.ts and unit-life.ts, from the machines of
// test/model; with --check, says whether they are those tables. A folder instead of packages/orc/src may follow. Both the
// machines and the numbers of states are read from the build: after a change, build, run this, build again.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unitPhase } from '../packages/orc/dist/materialization-unit.js'
import { entryState } from '../packages/orc/dist/symbol-entry.js'
import { symbolEvents, symbolLife } from '../test/dist/model/symbol-life.js'
import { unitLife } from '../test/dist/model/unit-life.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const checks = process.argv.includes('--check')
const folder = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? join(root, 'packages/orc/src')
/** Of a state's number, in a table: it is one hexadecimal digit. */
const bitsOfState = 4

for (const [file, text] of [
  ['symbol-life.ts', symbolTable()],
  ['unit-life.ts', phaseTable()],
]) {
  const path = join(folder, file)
  if (!checks) writeFileSync(path, text)
  else if (current(path) !== text) {
    process.stderr.write(`packages/orc/src/${file} is not what test/model/${file} says: run node .ci/life.mjs\n`)
    process.exitCode = 1
  }
}

function symbolTable() {
  const states = inOrder(entryState, Object.keys(symbolLife.states).map(knownAs)).toReversed()
  const columns = symbolEvents.map((event) => {
    const digits = states.map(([state]) => follows(state, event).toString(16))
    return `  ${event}: 0x${digits.join('')},`
  })
  return `// Written by .ci/life.mjs from test/model/symbol-life.ts: what may happen to a symbol, and what it is then.

/**
 * An event is its own column of the table: a hexadecimal digit for each state before it, which is the state after it, or 0
 * where it cannot happen. From left to right: ${states.map(([state]) => state).join(', ')}.
 */
export const symbolEvent = {
${columns.join('\n')}
} as const
export type SymbolEvent = (typeof symbolEvent)[keyof typeof symbolEvent]
export const bitsOfState = ${bitsOfState}
export const stateMask = ${2 ** bitsOfState - 1}
`
}

function follows(state, event) {
  const targets = [...targetsOf(symbolLife.states[state].transitions.get(event))]
  if (targets.length > 1) throw new Error(`${event} takes a symbol from ${state} to ${targets.join(' and ')}`)
  if (targets.includes('absent')) throw new Error(`${event} takes a symbol back to absent, which stands for impossible`)
  return targets.length === 0 ? 0 : entryState[knownAs(targets[0])]
}

/** A state that the session does not have is tagged with the one that it takes it for. */
function knownAs(state) {
  return symbolLife.states[state].tags[0] ?? state
}

function phaseTable() {
  const phases = inOrder(
    unitPhase,
    Object.values(unitLife.states).flatMap(({ tags }) => tags),
  ).toReversed()
  const rows = phases.map(([phase]) => {
    const following = new Set(Object.values(unitLife.states).filter(isIn(phase)).flatMap(phasesAfter))
    return phases.map(([to]) => (to !== phase && following.has(to) ? 1 : 0)).join('')
  })
  return `// Written by .ci/life.mjs from test/model/unit-life.ts: which phase of a unit may follow on which.

export const unitPhaseCount = ${phases.length}

/**
 * A group of bits for each phase, and in it a bit for each that may follow. Both from left to right:
 * ${phases.map(([phase]) => phase).join(', ')}.
 */
export const unitLife = 0b${rows.join('_')}
`
}

function isIn(phase) {
  return ({ tags }) => tags.includes(phase)
}

function phasesAfter({ transitions }) {
  return [...transitions.values()].flatMap((transition) =>
    [...targetsOf(transition)].flatMap((state) => unitLife.states[state].tags),
  )
}

/** Names of the states that an event leads to, whatever its guards say. */
function targetsOf(transitions = []) {
  return new Set(transitions.flatMap(({ target }) => (target ?? []).map(({ key }) => key)))
}

/** Names and numbers, from 0 up without gaps; the names are those that the machine has. */
function inOrder(numbers, states) {
  const rows = Object.entries(numbers).sort(([, a], [, b]) => a - b)
  rows.forEach(([name, number], row) => {
    if (number !== row) throw new Error(`${name} is ${number}, in place ${row}`)
  })
  const unknown = [...states, ...Object.keys(numbers)].filter((name) => !(states.includes(name) && name in numbers))
  if (unknown.length > 0) throw new Error(`either the machine or the session has no state ${unknown.join(', ')}`)
  return rows
}

function current(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
