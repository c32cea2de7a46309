// Linked by LLVM's JIT linker and by ours: the same bytes at the same addresses, for the sources among the fixtures as clang
// compiles it in many ways. Skips, and says so, where the tools are not installed.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { before, describe, it } from 'mocha'
import { expect } from 'chai'
import { clang, compiled } from './clang.js'
import { differencesFromJitlink, llvmJitlink } from './llvm-jitlink.js'

const fixtures = new URL('../../../jitlink/riscv/fixtures/', import.meta.url)

/** It has no thread-local variables and no differences as LEBs: thread-local.test.ts has another judge for them. */
const refused = new Set(['thread-local.c', 'differences.s'])
const sources = readdirSync(fixtures).filter((name) => /\.(c|cpp|s)$/.test(name) && !refused.has(name))

const ways = [
  ['-mcmodel=medlow', '-O1', '-mno-relax', '-ffunction-sections'],
  ['-mcmodel=medany', '-O2', '-mrelax', '-g0'],
  ['-fPIC', '-Os', '-mrelax', '-ffunction-sections', '-fdata-sections', '-fasynchronous-unwind-tables'],
]

describe('linked bytes beside those of llvm-jitlink', () => {
  before(function () {
    for (const tool of [clang, llvmJitlink]) {
      if (spawnSync(tool, ['--version']).status === 0) continue
      process.stderr.write(`SKIPPED: ${tool} is not installed; its linked bytes are not compared with ours\n`)
      this.skip()
    }
  })

  for (const name of sources) {
    for (const xlen of [64, 32] as const) {
      it(`${name}, riscv${xlen}: the same, however it was compiled`, () => {
        for (const flags of ways) {
          const object = compiled(new URL(name, fixtures), xlen, flags)
          expect(differencesFromJitlink(object), flags.join(' ')).to.deep.equal([])
        }
      })
    }
  }
})
