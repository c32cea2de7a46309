// `worc assemble` and `worc disassemble` as a person meets them.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { worc } from './command-line.js'

describe('worc assemble, worc disassemble', () => {
  let cwd: string
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'worc-as-'))
    writeFileSync(join(cwd, 'foo.s'), '.globl Foo\nFoo: addi sp, sp, -16\ncall Bar + 4\nbeqz a0, 1f\n1: ret\n.half 0\n')
    writeFileSync(join(cwd, 'broken.s'), 'nop\nfrob a0\naddi a0, a0, 4096\n')
    writeFileSync(join(cwd, 'text.o'), 'no object')
  })
  after(() => rmSync(cwd, { recursive: true, force: true }))

  it('give back what was assembled, with labels, targets and relocations', async () => {
    expect(await worc(['assemble', 'foo.s'], { cwd })).to.deep.equal({ code: 0, stdout: '', stderr: '' })
    const { code, stdout, stderr } = await worc(['disassemble', 'foo.o'], { cwd })
    expect(stderr).to.equal('')
    expect(stdout).to.equal(`foo.o: RV64

section .text

00000000 <Foo>:
00000000: 1141      c.addi sp, -0x10
00000002: 00000097  auipc ra, 0x0
          R_RISCV_CALL_PLT Bar + 0x4
00000006: 000080e7  jalr ra, 0x0(ra)
0000000a: 00050263  beq a0, zero, 0xe
0000000e: 8082      c.jr ra
00000010: 0000      c.unimp
`)
    expect(code).to.equal(0)
  })

  it('--target riscv32, -o, --aliases', async () => {
    expect((await worc(['assemble', 'foo.s', '--target=riscv32', '-o', 'bar.o'], { cwd })).code).to.equal(0)
    const { stdout } = await worc(['disassemble', '--aliases', 'bar.o'], { cwd })
    expect(stdout)
      .to.match(/^bar\.o: RV32/)
      .and.match(/ addi sp, sp, -0x10\n/)
      .and.match(/ beqz a0, 0xe\n.* ret\n/)
  })

  it('wrong lines: file, line and reason for each, exit code 65, and no object', async () => {
    const { code, stderr } = await worc(['assemble', 'broken.s'], { cwd })
    expect(stderr).to.equal(
      'broken.s:2: error: "frob" with 1 operands is no instruction\nbroken.s:3: error: 4096 is out of range (-2048 to 2047)\n',
    )
    expect(code).to.equal(65)
    expect(existsSync(join(cwd, 'broken.o'))).to.equal(false)
  })

  for (const [what, args, code, message] of [
    ['a missing source', ['assemble', 'nowhere.s'], 66, 'nowhere.s: no such file'],
    ['no file', ['assemble'], 64, 'assemble needs a file'],
    ['two files', ['disassemble', 'a.o', 'b.o'], 64, 'disassemble takes one file; b.o is a second one'],
    ['an unknown target', ['assemble', 'foo.s', '--target', 'z80'], 64, '--target z80: riscv64 and riscv32 are known'],
    ['an unknown option', ['assemble', 'foo.s', '--frob'], 64, 'unknown option --frob'],
    ['an option without its value', ['assemble', 'foo.s', '-o'], 64, '-o needs a value'],
    ['the source as output', ['assemble', 'foo.s', '-o', 'foo.s'], 64, '-o foo.s: that is the source'],
    [
      'no object',
      ['disassemble', 'text.o'],
      65,
      'text.o: not an ELF file: it begins with 6e 6f 20 6f, not 7f 45 4c 46',
    ],
  ] as const)
    it(`${what}: one message and exit code ${code}`, async () => {
      const outcome = await worc(args, { cwd })
      expect(outcome.stderr).to.equal(`worc: ${message}\n`)
      expect(outcome.code).to.equal(code)
    })

  it('an output that cannot be written: named, and exit code 64', async () => {
    const { code, stderr } = await worc(['assemble', 'foo.s', '-o', 'nowhere/foo.o'], { cwd })
    expect(stderr).to.match(/^worc: -o nowhere\/foo\.o: ENOENT/)
    expect(code).to.equal(64)
  })
})
