// The programs of corpus/ as data: sources, flags, what they are given and what a native build of them did.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Program {
  readonly name: string
  readonly language: 'c' | 'c++'
  /** Absolute paths; the one with main first. */
  readonly sources: readonly string[]
  /** Absolute path of an archive of wasm objects that it links. */
  readonly archive: string | undefined
  readonly flags: readonly string[]
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Buffer
  /** Its whole output, or the SHA-256 digest of one that is long. */
  readonly expected: { readonly output: string } | { readonly digest: string }
  /** 128 + n for what died of signal n. */
  readonly exitCode: number
}

const directory = fileURLToPath(new URL('../../programs/corpus/', import.meta.url))

export function readCorpus(): readonly Program[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const extension = extname(entry.name)
    if (entry.isDirectory()) {
      const sources = sourcesIn(join(directory, entry.name))
      return [readProgram(entry.name, sources[0]?.endsWith('.cpp') === true ? 'c++' : 'c', sources)]
    }
    if (extension !== '.c' && extension !== '.cpp') return []
    return [
      readProgram(basename(entry.name, extension), extension === '.c' ? 'c' : 'c++', [join(directory, entry.name)]),
    ]
  })
}

function readProgram(name: string, language: Program['language'], sources: readonly string[]): Program {
  const base = join(directory, name)
  const archive = join(base, 'lib.a')
  return {
    name,
    language,
    sources,
    archive: existsSync(archive) ? archive : undefined,
    flags: existsSync(`${base}.flags`) ? linesOf(`${base}.flags`).flatMap((line) => line.split(' ')) : ['-O1', '-w'],
    args: linesOf(`${base}.args`),
    env: Object.fromEntries(linesOf(`${base}.env`).map(assignment)),
    stdin: existsSync(`${base}.stdin`) ? readFileSync(`${base}.stdin`) : Buffer.alloc(0),
    expected: existsSync(`${base}.digest`)
      ? { digest: readFileSync(`${base}.digest`, 'utf8').trim() }
      : { output: readFileSync(`${base}.expected`, 'utf8') },
    exitCode: Number(linesOf(`${base}.exit`)[0] ?? 0),
  }
}

function sourcesIn(folder: string): readonly string[] {
  const sources = readdirSync(folder).filter((name) => /\.(c|cpp)$/.test(name))
  return sources.sort((one, other) => Number(isMain(other)) - Number(isMain(one))).map((name) => join(folder, name))
}

function isMain(name: string): boolean {
  return name.startsWith('main.')
}

function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').replace(/\n$/, '').split('\n') : []
}

function assignment(line: string): [string, string] {
  const equals = line.indexOf('=')
  return [line.slice(0, equals), line.slice(equals + 1)]
}
