// Thread-local variables in every model that compilers have: run, and compared with what ld.lld makes of them where it is
// installed. Distances as LEBs are compared too.
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { before, describe, it } from 'mocha'
import { expect } from 'chai'
import { errorOf } from '../fixtures.js'
import { caller, threadPointer } from './call.js'
import { clang, compiled } from './clang.js'
import { assembled, linked, tryLink } from './linked.js'
import { differencesFromLld, lld, objcopy } from './lld.js'

const fixtures = new URL('../../../jitlink/riscv/fixtures/', import.meta.url)
const source = new URL('thread-local.c', fixtures)

describe('thread-local variables', () => {
  const elsewhere = 0x400
  const offset = 0x100

  for (const name of readdirSync(fixtures).filter((each) => /^thread-local\d\d.*\.o$/.test(each))) {
    it(`${name}: each thread's own, at the offset that the unit was given`, () => {
      const object = new Uint8Array(readFileSync(new URL(name, fixtures)))
      const unit = linked(object, { threadLocalOffsetBytes: offset, threadLocalExternals: { elsewhere } })
      const call = caller(unit, name.includes('32') ? 32 : 64)
      expect([call('count', 2), call('count', 3)]).to.deep.equal([42, 45])
      expect(call('far')).to.equal(threadPointer + unit.addressOf('aligned'))
      expect(unit.addressOf('aligned') % 32).to.equal(0)
      expect(call('place', 7) - call('place', 0)).to.equal(7)
      expect(unit.layout.request).to.deep.include({ threadLocalAlignmentBytes: 32 })
      expect([call('foreign'), call('foreign')]).to.deep.equal([0, 1])
    })
  }

  it('one that all threads share is refused as thread-local, and the other way round', () => {
    const asThreadLocal = 'Foo: lui a0, %tprel_hi(Bar)\n ret\n .globl Foo\n'
    const asShared = 'Foo: lui a0, %hi(Bar)\n ret\n .globl Foo\n'
    const refused = tryLink(assembled(asThreadLocal))
    expect(errorOf(refused).message).to.equal(
      'Foo: R_RISCV_TPREL_HI20 at 0x10000: "Bar" is used as thread-local but all threads share it',
    )
    const other = tryLink(assembled(asShared), { threadLocalExternals: { Bar: 8 } })
    expect(errorOf(other).message).to.equal(
      'Foo: R_RISCV_HI20 at 0x10000: "Bar" is thread-local but is used as data that all threads share',
    )
  })
})

describe('linked bytes beside those of ld.lld', () => {
  before(function () {
    for (const tool of [clang, lld, objcopy]) {
      if (spawnSync(tool, ['--version']).status === 0) continue
      process.stderr.write(`SKIPPED: ${tool} is not installed; its linked bytes are not compared with ours\n`)
      this.skip()
    }
  })

  const models = {
    'local-exec': ['-mcmodel=medlow', '-ftls-model=local-exec'],
    'initial-exec': ['-mcmodel=medany', '-ftls-model=initial-exec'],
    'a descriptor': ['-fPIC', '-mtls-dialect=desc'],
  }
  for (const [model, flags] of Object.entries(models)) {
    for (const xlen of [64, 32] as const) {
      it(`thread-local variables, ${model}, riscv${xlen}`, () => {
        const object = compiled(source, xlen, [...flags, '-O2', '-mno-relax', '-fno-asynchronous-unwind-tables'])
        const companion = assembled(
          '.section .tbss,"awT",@nobits\n.globl elsewhere\n.p2align 2\nelsewhere: .zero 4\n',
          xlen,
        )
        const { request } = linked(object, { threadLocalExternals: { elsewhere: 0 } }).layout
        const ours = linked(object, {
          threadLocalExternals: { elsewhere: Math.ceil(request.threadLocalSizeBytes / 4) * 4 },
        })
        expect(differencesFromLld(object, companion, ours)).to.deep.equal([])
      })
    }
  }

  for (const xlen of [64, 32] as const) {
    it(`distances as LEBs, words relative to their place, riscv${xlen}`, () => {
      const object = compiled(new URL('differences.s', fixtures), xlen, ['-mno-relax'])
      expect(differencesFromLld(object, assembled('', xlen), linked(object))).to.deep.equal([])
    })
  }
})
