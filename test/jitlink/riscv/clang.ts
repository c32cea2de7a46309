// The compiler whose objects are linked in tests that compare linkers.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Xlen } from '@worc/riscv'

export const clang = 'clang-19'

export function compiled(source: URL, xlen: Xlen, flags: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'worc-clang-'))
  try {
    const output = join(folder, 'foo.o')
    const target = [`--target=riscv${xlen}`, `-march=rv${xlen}gc`, `-mabi=${xlen === 64 ? 'lp64d' : 'ilp32d'}`]
    const all = [...target, '-c', ...flags, fileURLToPath(source), '-o', output]
    const { status, stderr } = spawnSync(clang, all, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${clang} ${all.join(' ')}: ${stderr}`)
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
