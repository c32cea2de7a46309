// `worc assemble` and `worc disassemble`: RISC-V source to objects, and objects to text.
import { writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { JITError } from '@worc/protocol'
import { readElfObject } from '@worc/elf'
import { listing } from '@worc/riscv'
import { assembled, machineNamed } from './assembled.js'
import { parseWords, usage } from './command-words.js'
import { readInput } from './run.js'

export function assembleCommand(words: readonly string[]): number {
  const { file, values } = parse('assemble', words, ['-o', '--target'])
  const xlen = machineNamed(values.get('--target') ?? 'riscv64')
  const output = values.get('-o') ?? `${file.replace(/\.[sS]$/, '')}.o`
  if (output === file) throw usage(`-o ${output}: that is the source`)
  const object = assembled(file, readInput(file).toString('utf8'), xlen)
  try {
    writeFileSync(output, object)
  } catch (thrown) {
    throw usage(`-o ${output}: ${(thrown as Error).message}`)
  }
  return 0
}

/** Lines go out in pieces of this size. */
const pieceCharacters = 1 << 16

export async function disassembleCommand(words: readonly string[], signal: AbortSignal): Promise<number> {
  const { file, values } = parse('disassemble', words, [], ['--aliases'])
  const object = readElfObject(readInput(file))
  if (!object.ok) throw new JITError({ ...object.error, message: `${file}: ${object.error.message}` })
  let piece = `${file}: RV${object.value.elfClass}\n`
  for (const line of listing(object.value, { aliases: values.has('--aliases') })) {
    piece += `${line}\n`
    if (piece.length < pieceCharacters) continue
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain', { signal })
    piece = ''
  }
  process.stdout.write(piece)
  return 0
}

interface Parsed {
  readonly file: string
  readonly values: ReadonlyMap<string, string>
}

function parse(
  command: string,
  words: readonly string[],
  valued: readonly string[],
  plain: readonly string[] = [],
): Parsed {
  const { files, values } = parseWords(words, valued, plain)
  const [file, second] = files
  if (file === undefined) throw usage(`${command} needs a file`)
  if (second !== undefined) throw usage(`${command} takes one file; ${second} is a second one`)
  return { file, values }
}
