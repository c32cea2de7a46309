// The checker on histories whose answer is known: a register's, drawn in time from left to right, and random ones that were
// made by running the model, whole and with one result spoiled.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { RandomSource } from '../orc/random-source.js'
import type { Interval, SequentialModel } from './linearizability.js'
import { checkLinearizability, checkParts } from './linearizability.js'

interface RegisterOperation extends Interval {
  readonly register: string
  readonly write?: number
  readonly read?: number
}

const register: SequentialModel<number, RegisterOperation> = {
  initial: 0,
  step: (value, { write, read }) => write ?? (read === value ? value : undefined),
  keyOf: (value) => String(value),
}

/** One line a client; each operation from its letter to the bar: `w1---|` writes 1, `r1|` reads 1, `w1---` never returns. */
function history(...lines: readonly string[]): RegisterOperation[] {
  return lines.flatMap((line, client) =>
    [...line.matchAll(/([wr])(\d)-*(\|)?/g)].map(({ index, 0: text, 1: kind, 2: digit, 3: end }) => ({
      register: 'x',
      invoked: index + client / 100,
      returned: end === undefined ? Infinity : index + text.length - 1 + client / 100,
      ...(kind === 'w' ? { write: Number(digit) } : { read: Number(digit) }),
    })),
  )
}

function outcome(...lines: readonly string[]): string {
  return checkLinearizability(register, history(...lines)).outcome
}

describe('checkLinearizability', () => {
  it('nothing happened: linearizable', () => expect(outcome()).to.equal('linearizable'))

  it('one after the other: the last write is read', () => {
    expect(outcome('w1| r1| w2| r2|')).to.equal('linearizable')
    expect(outcome('w1| w2| r1|')).to.equal('violation')
    expect(outcome('w1|', '     r0|')).to.equal('violation')
  })

  it('during a write both values can be read, but not the old one after the new one', () => {
    expect(outcome('w1--------|', '  r0| r1|')).to.equal('linearizable')
    expect(outcome('w1--------|', '  r1| r0|')).to.equal('violation')
  })

  it('two writes at once: readers must agree on their order', () => {
    expect(outcome('w1------|', 'w2------|', '          r1|', '              r1|')).to.equal('linearizable')
    expect(outcome('w1------|', 'w2------|', '          r1|', '              r2|')).to.equal('violation')
  })

  it('what never returned may have happened, or not, but not before it began', () => {
    expect(outcome('w1-----', '    r1|')).to.equal('linearizable')
    expect(outcome('w1-----', '    r0|')).to.equal('linearizable')
    expect(outcome('w1-----', '    r1| r0|')).to.equal('violation')
    expect(outcome('        w1-----', ' r1|')).to.equal('violation')
  })

  it('a spent budget is unknown, and counts what it spent', () => {
    const many = Array.from({ length: 12 }, (_, n) => `w${n % 10}-----------------|`)
    expect(checkLinearizability(register, history(...many, '                    r9| r8|'), 1000)).to.deep.equal({
      outcome: 'unknown',
      nodes: 1001,
    })
  })

  it('parts are judged each on its own', () => {
    const ofY = history('w2| r2|').map((operation) => ({ ...operation, register: 'y' }))
    const both = [...history('w1|  r1|'), ...ofY]
    expect(checkLinearizability(register, both).outcome).to.equal('violation')
    expect(checkParts(register, both, (operation) => operation.register).outcome).to.equal('linearizable')
    const spoiled = [...both, ...history('                r2|')]
    expect(checkParts(register, spoiled, (operation) => operation.register).outcome).to.equal('violation')
  })

  it('what nobody notices may be taken at once: the answers are the same', () => {
    const random = new RandomSource(11)
    const hasty = { ...register, isUnnoticed: ({ write }: RegisterOperation) => write === undefined }
    for (let round = 0; round < 200; round++) {
      const made = walk(random, 24, 4)
      const victim = random.pick(made)
      const spoiled = made.map((operation) =>
        operation === victim ? { ...operation, read: random.below(10) } : operation,
      )
      for (const history of [made, spoiled])
        expect(checkLinearizability(hasty, history).outcome).to.equal(checkLinearizability(register, history).outcome)
    }
  })

  it('200 operations of 8 clients: what the model did is linearizable, a value from nowhere is not', () => {
    const random = new RandomSource(7)
    for (let round = 0; round < 10; round++) {
      const made = walk(random, 200, 8)
      expect(checkLinearizability(register, made).outcome).to.equal('linearizable')
      const victim = random.pick(made.filter(({ read }) => read !== undefined))
      const spoiled = made.map((operation) => (operation === victim ? { ...operation, read: 77 } : operation))
      expect(checkLinearizability(register, spoiled).outcome).to.equal('violation')
    }
  })
})

/** Clients take turns at random; each operation takes effect somewhere between its call and its return. */
function walk(random: RandomSource, count: number, clients: number): RegisterOperation[] {
  const made: RegisterOperation[] = []
  const running = new Map<number, { readonly invoked: number; effect: Partial<RegisterOperation> | undefined }>()
  let value = 0
  for (let time = 0; made.length < count; time++) {
    const client = random.below(clients)
    const call = running.get(client)
    if (call === undefined) running.set(client, { invoked: time, effect: undefined })
    else if (call.effect === undefined) {
      if (random.chance(0.4)) call.effect = { write: (value = random.below(10)) }
      else call.effect = { read: value }
    } else {
      made.push({ register: 'x', invoked: call.invoked, returned: time, ...call.effect })
      running.delete(client)
    }
  }
  // What has taken effect and was not seen to return.
  for (const { invoked, effect } of running.values())
    if (effect !== undefined) made.push({ register: 'x', invoked, returned: Infinity, ...effect })
  return made
}
