// The memory model between harts on several threads: litmus tests, each played on many places in memory, in which no outcome may
// occur that RVWMO forbids; and programs that only work if it holds.
//
// Source: RISC-V Unprivileged ISA, chapter 17 and appendix A (the tests' names are those of the literature).
import { before, describe, it } from 'mocha'
import { expect } from 'chai'
import type { CallOutcome } from '@worc/riscv'
import type { CodeThreadWork } from './code-thread.js'
import { newMachine, openMachine } from './machine.js'
import { onThreads } from './threads-of-harts.js'

const hartCount = 4
const instances = 6000
/** Of an instance: x, y and the results, on lines of their own. */
const [xAt, yAt, resultsAt, strideBytes] = [0, 64, 128, 192]
const x = `${xAt}(a0)`
const y = `${yAt}(a0)`

interface Litmus {
  /** What each hart does; s0 is 1, results are t1 and t2 of the harts that have some. */
  readonly harts: readonly string[]
  /** Given the results of all harts in order, those of one hart beside each other. */
  readonly forbidden: readonly number[]
}

const write = (place: string): string => `sw s0, ${place}`
const read = (place: string, register: 't1' | 't2'): string => `lw ${register}, ${place}`
const [fence, fenceWrites, fenceReads] = ['fence rw, rw', 'fence w, w', 'fence r, r']
const lines = (...each: readonly string[]): string => each.join('\n')

const tests: Readonly<Record<string, Litmus>> = {
  'SB with fences': {
    harts: [lines(write(x), fence, read(y, 't1')), lines(write(y), fence, read(x, 't1'))],
    forbidden: [0, 0],
  },
  'SB with swaps (aq.rl)': {
    harts: [
      lines('amoswap.w.aqrl zero, s0, (a0)', `addi t0, a0, ${yAt}`, 'lr.w.aqrl t1, (t0)'),
      lines(`addi t0, a0, ${yAt}`, 'amoswap.w.aqrl zero, s0, (t0)', 'lr.w.aqrl t1, (a0)'),
    ],
    forbidden: [0, 0],
  },
  'MP with fences': {
    harts: [lines(write(x), fenceWrites, write(y)), lines(read(y, 't1'), fenceReads, read(x, 't2'))],
    forbidden: [1, 0],
  },
  'MP with release and acquire': {
    harts: [
      lines(write(x), `addi t0, a0, ${yAt}`, 'amoswap.w.rl zero, s0, (t0)'),
      lines(`addi t0, a0, ${yAt}`, 'lr.w.aq t1, (t0)', read(x, 't2')),
    ],
    forbidden: [1, 0],
  },
  'MP with an address that depends': {
    harts: [
      lines(write(x), fenceWrites, write(y)),
      lines(read(y, 't1'), 'xor t0, t1, t1', 'add t0, t0, a0', 'lw t2, 0(t0)'),
    ],
    forbidden: [1, 0],
  },
  'LB with fences': {
    harts: [lines(read(x, 't1'), fence, write(y)), lines(read(y, 't1'), fence, write(x))],
    forbidden: [1, 1],
  },
  'LB with data that depends': {
    harts: [lines(read(x, 't1'), `sw t1, ${y}`), lines(read(y, 't1'), `sw t1, ${x}`)],
    forbidden: [1, 1],
  },
  CoRR: { harts: [write(x), lines(read(x, 't1'), read(x, 't2'))], forbidden: [1, 0] },
  'IRIW with fences': {
    harts: [write(x), write(y), lines(read(x, 't1'), fence, read(y, 't2')), lines(read(y, 't1'), fence, read(x, 't2'))],
    forbidden: [1, 0, 1, 0],
  },
  'WRC with fences': {
    harts: [write(x), lines(read(x, 't1'), fence, write(y)), lines(read(y, 't1'), fence, read(x, 't2'))],
    forbidden: [1, 1, 0],
  },
}

/**
 * a0 is the first instance, a1 where harts meet, a2 and a3 are words with the instance that this hart and the next one have come
 * to: it waits a while for that one, but not for ever, since it may not be running, and then a little more or less.
 */
function codeOf(hart: number, { harts }: Litmus): string {
  const body = harts[hart] ?? ''
  const results = (['t1', 't2'] as const).filter((register) => body.includes(`${register}, `))
  const stores = results.map((register, index) => `sw ${register}, ${resultsAt + 16 * hart + 4 * index}(a0)`)
  return `
    li s0, 1
    amoadd.w zero, s0, (a1)
    li t0, ${harts.length}
  1: lw t1, 0(a1)
    bne t1, t0, 1b
    li s1, ${instances}
    li s2, 0
  2: addi s2, s2, 1
    sw s2, 0(a2)
    li t0, 300
  3: lw t1, 0(a3)
    bge t1, s2, 4f
    addi t0, t0, -1
    bnez t0, 3b
  4: srli t0, s2, ${2 * hart}
    andi t0, t0, 15
  5: addi t0, t0, -1
    bgez t0, 5b
    ${body}
    ${stores.join('\n')}
    addi a0, a0, ${strideBytes}
    bne s1, s2, 2b
    ret`
}

function resultsOf(view: DataView, instance: number, litmus: Litmus): readonly number[] {
  return litmus.harts.flatMap((body, hart) =>
    (['t1', 't2'] as const)
      .filter((register) => body.includes(`${register}, `))
      .map((_, index) => view.getInt32(instance + resultsAt + 16 * hart + 4 * index, true)),
  )
}

describe('the memory model on several threads', () => {
  const outcomes = new Map<string, Map<string, number>>()
  let ends: readonly (readonly CallOutcome[])[] = []

  before(async () => {
    const shared = newMachine()
    const machine = openMachine(shared)
    const meetings = machine.data(0x2000).address
    const callsOfEach = Array.from({ length: hartCount }, (): CodeThreadWork['calls'][number][] => [])
    const places = Object.entries(tests).map(([name, litmus], index) => {
      const data = machine.data(instances * strideBytes).address
      for (const [hart] of litmus.harts.entries()) {
        const word = (of: number): number => meetings + 512 * index + 64 * (1 + (of % litmus.harts.length))
        const pointers = [data, meetings + 512 * index, word(hart), word(hart + 1)]
        callsOfEach[hart]?.push({ entry: machine.place(codeOf(hart, litmus), 64).address, pointers })
      }
      return { name, litmus, data }
    })
    ends = await onThreads(shared, callsOfEach, 64)
    for (const { name, litmus, data } of places) {
      const seen = new Map<string, number>()
      outcomes.set(name, seen)
      for (let index = 0; index < instances; index++) {
        const key = resultsOf(machine.view(), data + index * strideBytes, litmus).join()
        seen.set(key, (seen.get(key) ?? 0) + 1)
      }
    }
  })

  for (const [name, { forbidden }] of Object.entries(tests))
    it(`${name}: never ${forbidden.join()}`, () => {
      const seen = outcomes.get(name) ?? new Map<string, number>()
      expect([...seen.values()].reduce((sum, count) => sum + count, 0)).to.equal(instances)
      expect(seen.get(forbidden.join()) ?? 0).to.equal(0)
    })

  it('every hart came to the end', () => {
    expect(new Set(ends.flat().map(({ kind }) => kind))).to.deep.equal(new Set(['returned']))
  })

  it('messages through rings of 256 places: each arrives once, in order', async () => {
    const messages = 20_000
    const shared = newMachine()
    const machine = openMachine(shared)
    // Two rings: sent at 0, received at 64, places from 128 on.
    const rings = [machine.data(0x1000).address, machine.data(0x1000).address]
    const send = machine.place(
      `
      li s1, ${messages}
      li s0, 0
    1: lw t0, 64(a0)
      sub t0, s0, t0
      li t1, 256
      beq t0, t1, 1b
      andi t0, s0, 255
      slli t0, t0, 3
      add t0, t0, a0
      mul t1, s0, s0
      sd t1, 128(t0)
      addi s0, s0, 1
      fence w, w
      sw s0, 0(a0)
      bne s0, s1, 1b
      ret`,
      64,
    )
    const receive = machine.place(
      `
      li s1, ${messages}
      li s0, 0
    1: lw t0, 0(a0)
      beq t0, s0, 1b
      fence r, r
      andi t0, s0, 255
      slli t0, t0, 3
      add t0, t0, a0
      ld t1, 128(t0)
      mul t2, s0, s0
      bne t1, t2, 2f
      fence r, w
      addi s0, s0, 1
      sw s0, 64(a0)
      bne s0, s1, 1b
      ret
    2: ebreak`,
      64,
    )
    const callsOfEach = rings.flatMap((ring) =>
      [send, receive].map(({ address }) => [{ entry: address, pointers: [ring] }]),
    )
    const ended = await onThreads(shared, callsOfEach, 64)
    expect(ended.flat().map(({ kind }) => kind)).to.deep.equal(Array.from({ length: 4 }, () => 'returned'))
    expect(rings.map((ring) => machine.view().getInt32(ring + 64, true))).to.deep.equal([messages, messages])
  })
})
