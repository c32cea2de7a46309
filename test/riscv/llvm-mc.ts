// LLVM's own decoder, where it is installed: text for words, one by one. Tests that need it skip where it is not, and say so.
import { spawnSync } from 'node:child_process'
import type { Context } from 'mocha'
import { lengthOf } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'

const tool = 'llvm-mc-19'
const attributes = '-mattr=+m,+a,+f,+d,+c,+zba,+zbb,+zbs'

/** Skips the running test where the tool is missing. */
export function needLlvmMc(test: Context): void {
  if (spawnSync(tool, ['--version']).status === 0) return
  process.stderr.write(`SKIPPED: ${tool} is not installed; its decoder is not compared with ours
`)
  test.skip()
}

/** Each word as `llvm-mc --disassemble -M no-aliases --print-imm-hex` prints it; undefined where it is illegal. */
export function textOfLlvm(xlen: Xlen, words: readonly number[]): readonly (string | undefined)[] {
  const { stdout, stderr } = spawnSync(
    tool,
    ['--disassemble', `-triple=riscv${xlen}`, attributes, '-M', 'no-aliases', '--print-imm-hex'],
    { input: `${words.map(bytesText).join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  const illegal = new Set([...stderr.matchAll(/^<stdin>:(\d+):/gm)].map(([, line]) => Number(line) - 1))
  const lines = stdout.split('\n').filter((line) => line.startsWith('\t') && !line.startsWith('\t.'))
  let next = 0
  return words.map((_, index) => (illegal.has(index) ? undefined : lines[next++]?.trim().replace('\t', ' ')))
}

/** In brackets, so that a word of illegal bytes stays one. */
function bytesText(word: number): string {
  const bytes = Array.from(
    { length: lengthOf(word) },
    (_, index) => `0x${((word >>> (8 * index)) & 0xff).toString(16)}`,
  )
  return `[${bytes.join(' ')}]`
}
