// Every instruction of the table is tried by the campaign; a few rounds of it, where there is something to compare with.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { decoderFor } from '@worc/riscv'
import { seeded } from '../../executor-memory/claims-under-test.js'
import { missingTools } from '../../riscv/qemu.js'
import type { Failure } from '../campaign.js'
import { instructionProgram } from './instruction-program.js'
import { instancesOf } from './instances.js'
import { instructions, triedInstructions } from './instructions.js'

describe('fuzz instructions', () => {
  it('every row of the table is tried, as itself, but what only traps', () => {
    const untried = triedInstructions.filter(({ row, xlen }) => {
      const lines = new Set(instructionProgram(row, xlen, 1)?.split('\n'))
      const isTried = (word: number): boolean =>
        lines.has(`.${row.lengthBytes === 4 ? 'word' : 'half'} 0x${word.toString(16)}`)
      return !instancesOf(row, xlen, seeded(1)).some(
        ({ word }) => isTried(word) && decoderFor(xlen).decode(word)?.instruction === row,
      )
    })
    const names = new Set(untried.map(({ row }) => row.name))
    expect([...names]).to.have.members(['ecall', 'ebreak', 'unimp', 'c.unimp', 'c.ebreak'])
  })

  it('registers are apart, equal and zero; each is any; modes are all', () => {
    const { row, xlen } = triedInstructions.find((each) => each.row.name === 'fadd.s') ?? never()
    const tried = instancesOf(row, xlen, seeded(1)).map(({ base }) => base.operands)
    expect(new Set(tried.map(({ rm }) => rm))).to.deep.equal(new Set([0, 1, 2, 3, 4, 7]))
    for (const name of ['fd', 'fs1', 'fs2']) expect(new Set(tried.map((each) => each[name])).size, name).to.equal(32)
    const patterns = tried.map(({ fd, fs1, fs2 }) => `${fd === fs1} ${fd === fs2} ${fs1 === fs2}`)
    expect(new Set(patterns).size).to.equal(5)
  })

  it('some rounds give what qemu gives', async function () {
    const missing = missingTools()
    if (missing.length > 0) {
      process.stderr.write(`SKIPPED: ${missing.join(', ')} not installed\n`)
      this.skip()
    }
    const failures: Failure[] = []
    const { rounds } = await instructions({
      firstSeed: Math.floor(triedInstructions.length / 3),
      rounds: 6,
      signal: AbortSignal.timeout(2500),
      progress: () => undefined,
      found: (failure) => failures.push(failure),
    })
    expect(failures.map(({ problems }) => problems[0])).to.deep.equal([])
    expect(rounds).to.be.at.least(1)
  })
})

function never(): never {
  throw new Error('there is no such instruction')
}
