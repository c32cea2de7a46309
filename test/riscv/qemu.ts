// Runs programs of one source in qemu's user mode, linked by ld.lld, where both are installed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble, fullIsa } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'

export function missingTools(): readonly string[] {
  return ['ld.lld-19', 'qemu-riscv32', 'qemu-riscv64'].filter((tool) => spawnSync(tool, ['--version']).status !== 0)
}

/** What the program writes. */
export function outputOfQemu(source: string, xlen: Xlen): Buffer {
  return withProgram(source, xlen, (program) => {
    const { stdout, status, signal } = spawnSync(`qemu-riscv${xlen}`, [program], { maxBuffer: 1 << 28 })
    if (status !== 0) throw new Error(`qemu ended with ${status ?? signal}`)
    return stdout
  })
}

/** A shell counts hundredths of a second. */
const playsForTime = 20

/** Milliseconds of CPU time that qemu takes for a program, its own start and its translation included. */
export function cpuMsOfQemu(source: string, xlen: Xlen): number {
  return withProgram(source, xlen, (program) => {
    const plays = `qemu-riscv${xlen} "$1"\n`.repeat(playsForTime)
    const { stdout, status } = spawnSync('sh', ['-ec', `${plays}times`, 'sh', program], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`qemu ended with ${status}`)
    // The second line is about the shell's children: user and system time.
    const times = [...(stdout.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
    const ms = times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0)
    return ms / playsForTime
  })
}

function withProgram<T>(source: string, xlen: Xlen, use: (program: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'worc-qemu-'))
  try {
    const [object, program] = [join(folder, 'foo.o'), join(folder, 'foo')]
    const assembled = assemble(source, 'foo.s', { isa: fullIsa(xlen), floatAbi: 'double' })
    if (!assembled.ok) throw new Error(assembled.error.message)
    writeFileSync(object, assembled.value)
    const linked = spawnSync('ld.lld-19', [object, '-o', program], { encoding: 'utf8' })
    if (linked.status !== 0) throw new Error(linked.stderr)
    return use(program)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
