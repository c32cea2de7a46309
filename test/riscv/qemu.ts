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
  const folder = mkdtempSync(join(tmpdir(), 'worc-qemu-'))
  try {
    const [object, program] = [join(folder, 'foo.o'), join(folder, 'foo')]
    const assembled = assemble(source, 'foo.s', { isa: fullIsa(xlen), floatAbi: 'double' })
    if (!assembled.ok) throw new Error(assembled.error.message)
    writeFileSync(object, assembled.value)
    const linked = spawnSync('ld.lld-19', [object, '-o', program], { encoding: 'utf8' })
    if (linked.status !== 0) throw new Error(linked.stderr)
    const { stdout, status, signal } = spawnSync(`qemu-riscv${xlen}`, [program], { maxBuffer: 1 << 28 })
    if (status !== 0) throw new Error(`qemu ended with ${status ?? signal}`)
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}
