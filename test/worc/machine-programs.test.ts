// Programs for RISC-V on the command line: Linux's calls, arguments, streams and exit codes, and what ends them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { worc } from './command-line.js'

for (const target of ['riscv64', 'riscv32'] as const) {
  const word = target === 'riscv64' ? 'd' : 'w'
  const wordBytes = target === 'riscv64' ? 8 : 4

  describe(`worc run --target ${target}`, () => {
    let folder = ''
    before(() => (folder = mkdtempSync(join(tmpdir(), 'worc-machine-'))))
    after(() => rmSync(folder, { recursive: true }))

    function file(name: string, source: string): string {
      const path = join(folder, name)
      writeFileSync(path, source)
      return path
    }

    it('main gets arguments, reads stdin, writes stdout, and its result is the exit code', async () => {
      const program = file(
        'echo.s',
        `.text
.globl main
main:
  addi s0, a0, 40
  l${word} s1, ${wordBytes}(a1)
  mv a1, s1
  li a2, 0
1: add a3, a1, a2
  lbu a3, 0(a3)
  beqz a3, 2f
  addi a2, a2, 1
  j 1b
2: li a0, 1
  li a7, 64
  ecall
  li a0, 0
  la a1, buffer
  li a2, 16
  li a7, 63
  ecall
  mv a2, a0
  li a0, 2
  li a7, 64
  ecall
  mv a0, s0
  ret
.bss
buffer: .zero 16
`,
      )
      const ended = await worc(['run', '--target', target, program, '--', 'argument'], { cwd: folder, stdin: 'typed' })
      expect(ended).to.deep.include({ code: 42, stdout: 'argument', stderr: 'typed' })
    })

    it('without main it begins at _start, as a process does: arguments and environment are on the stack', async () => {
      const program = file(
        'start.s',
        `.text
.globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  l${word} a0, 0(sp)
  l${word} a1, ${2 * wordBytes}(sp)
  lbu a1, 0(a1)
  l${word} a2, ${3 * wordBytes}(sp)
  bnez a2, 1f
  add a0, a0, a1
1: andi a2, sp, 15
  add a0, a0, a2
  li a7, 93
  ecall
`,
      )
      const ended = await worc(['run', '--target', target, program, '--', '0'], { cwd: folder })
      expect(ended).to.deep.include({ code: 2 + '0'.charCodeAt(0), stderr: '' })
      const returns = file('returns.s', '.text\n.globl _start\n_start: li a0, 6\n ret\n')
      expect((await worc(['run', '--target', target, returns], { cwd: folder })).code).to.equal(6)
    })

    it('exit ends it at once; a C library’s exit is called with what main returns', async () => {
      const end = '.text\n.globl exit\nexit:\n addi a0, a0, 2\n li a7, 93\n ecall\n'
      const main = '.text\n.globl main\nmain: li a0, 5\n ret\n'
      const files = [file('end.s', end), file('main.s', main)]
      expect((await worc(['run', '--target', target, ...files], { cwd: folder })).code).to.equal(7)
    })

    it('a program for a machine without a system: semihosting, and a heap between two symbols', async () => {
      const source = `.text
.option norvc
.globl main
main:
  li a0, 4
  la a1, text
  slli x0, x0, 0x1f
  ebreak
  srai x0, x0, 7
  la a1, __heap_start
  la a2, __heap_end
  sub a0, a2, a1
  l${word} a3, 0(a1)
  s${word} a3, -${wordBytes}(a2)
  srli a0, a0, 20
  ret
.data
text: .asciz "semihosted"
`
      const ended = await worc(['run', '--target', target, file('bare.s', source)], { cwd: folder })
      expect(ended).to.deep.include({ code: 32, stdout: 'semihosted', stderr: '' })
    })

    it('--trace tells each instruction before it is executed', async () => {
      const source = '.text\n.globl main\n.type main, @function\nmain: addi a0, zero, 3\n ret\n'
      const ended = await worc(['run', '--target', target, '--trace', file('traced.s', source)], { cwd: folder })
      expect(ended.code).to.equal(3)
      const lines = ended.stderr.trimEnd().split('\n')
      expect(lines.map((line) => line.replace(/^0x[0-9a-f]+ /, ''))).to.deep.equal([
        '<main+0x0>: c.li a0, 0x3',
        '<main+0x2>: c.jr ra',
      ])
    })

    it('constructors run before main', async () => {
      const source = `.text
.globl main
main: la a0, value
  lw a0, 0(a0)
  ret
begin: la a0, value
  li a1, 9
  sw a1, 0(a0)
  ret
.data
value: .word 1
.section .init_array,"aw",@init_array
.${wordBytes}byte begin
`
      expect((await worc(['run', '--target', target, file('begin.s', source)], { cwd: folder })).code).to.equal(9)
    })

    it('destructors run after main, before the C library’s exit; those with a lower priority later', async () => {
      const source = `.text
.globl main, exit
main: li a0, 0
  ret
first: li a1, 10
  j note
last: li a1, 1
note: la a2, order
  lw a3, 0(a2)
  slli a3, a3, 1
  add a3, a3, a1
  sw a3, 0(a2)
  ret
exit: la a2, order
  lw a0, 0(a2)
  li a7, 93
  ecall
.data
order: .word 0
.section .fini_array,"aw",@fini_array
.${wordBytes}byte first
.section .fini_array.00200,"aw",@fini_array
.${wordBytes}byte last
`
      expect((await worc(['run', '--target', target, file('end-of-all.s', source)], { cwd: folder })).code).to.equal(21)
    })

    it('destructors are told to atexit, where there is one: what is registered later is called earlier', async () => {
      const source = `.text
.globl main, exit, atexit
main: la a0, handler
  j atexit
handler: li a1, 3
  j note
destructor: li a1, 4
note: la a2, order
  lw a3, 0(a2)
  slli a3, a3, 3
  add a3, a3, a1
  sw a3, 0(a2)
  ret
atexit: la a2, registered
  lw a1, 0(a2)
  addi a3, a1, 8
  sw a3, 0(a2)
  add a1, a1, a2
  sw a0, 8(a1)
  li a0, 0
  ret
exit: la s0, registered
  lw s1, 0(s0)
1: beqz s1, 2f
  add a0, s0, s1
  lw a0, 0(a0)
  addi s1, s1, -8
  jalr a0
  j 1b
2: la a2, order
  lw a0, 0(a2)
  li a7, 93
  ecall
.data
order: .word 0
.balign 8
registered: .zero 64
.section .fini_array,"aw",@fini_array
.${wordBytes}byte destructor
`
      const ended = await worc(['run', '--target', target, file('atexit.s', source)], { cwd: folder })
      expect(ended).to.deep.include({ code: 3 * 8 + 4, stderr: '' })
    })

    it('a trap says what happened, and where', async () => {
      const source = '.text\n.globl main\n.type main, @function\nmain: lw a0, 0(zero)\n ret\n'
      const ended = await worc(['run', '--target', target, file('trap.s', source)], { cwd: folder })
      expect(ended.code).to.equal(139)
      expect(ended.stderr).to.match(
        /a load from 0x0, which may not be read at 0x[0-9a-f]+ \(lw a0, 0x0\(zero\)\)\n {4}at main/,
      )
    })
  })
}
