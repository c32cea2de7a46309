// Writes what each program of corpus/ prints and returns, as a native build of it does, and the archives of wasm objects
// that some of them link. See README.md.
import { createHash } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'

const corpus = new URL('corpus/', import.meta.url).pathname
const signals = { SIGABRT: 6, SIGFPE: 8, SIGSEGV: 11 }
/** Longer output is kept as its digest. */
const longestKept = 1 << 16
const wanted = process.argv.slice(2)

for (const entry of readdirSync(corpus, { withFileTypes: true })) {
  const extension = extname(entry.name)
  if (!entry.isDirectory() && extension !== '.c' && extension !== '.cpp') continue
  const base = join(corpus, entry.isDirectory() ? entry.name : basename(entry.name, extension))
  if (wanted.length > 0 && !wanted.includes(basename(base))) continue
  const scratch = mkdtempSync(join(tmpdir(), 'expected-'))
  try {
    const sources = entry.isDirectory() ? sourcesIn(base) : [join(corpus, entry.name)]
    const archive = entry.isDirectory() && existsSync(join(base, 'lib')) ? makeArchives(base, scratch) : []
    const program = join(scratch, 'program')
    execFileSync(
      sources[0].endsWith('.cpp') ? 'g++' : 'gcc',
      ['-O1', '-w', ...words(`${base}.flags`), ...sources, ...archive, '-o', program, '-lm', '-pthread'],
      { stdio: 'inherit' },
    )
    record(base, program, scratch)
  } catch {
    process.exitCode = 1
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** main first: the order of files is the order of their definitions. */
function sourcesIn(directory) {
  const sources = readdirSync(directory).filter((name) => /\.(c|cpp)$/.test(name))
  const isMain = (name) => name.startsWith('main.')
  return sources.sort((one, other) => isMain(other) - isMain(one)).map((name) => join(directory, name))
}

/** lib.a with wasm objects beside lib/, and a native one to link here. */
function makeArchives(base, scratch) {
  const members = readdirSync(join(base, 'lib')).sort()
  const native = join(scratch, 'lib.a')
  for (const [compiler, archiver, archive] of [
    [['gcc'], 'ar', native],
    [['clang-19', '--target=wasm32-unknown-wasi', '-matomics', '-mbulk-memory'], 'llvm-ar-19', join(base, 'lib.a')],
  ]) {
    const objects = members.map((member) => {
      const object = join(scratch, `${basename(member, '.c')}.o`)
      execFileSync(compiler[0], [...compiler.slice(1), '-O1', '-c', join(base, 'lib', member), '-o', object])
      return object
    })
    rmSync(archive, { force: true })
    execFileSync(archiver, ['rcsD', archive, ...objects])
  }
  return [native]
}

function record(base, program, cwd) {
  const stdin = existsSync(`${base}.stdin`) ? readFileSync(`${base}.stdin`) : Buffer.alloc(0)
  const env = Object.fromEntries(
    lines(`${base}.env`).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const { stdout, status, signal } = spawnSync(program, lines(`${base}.args`), {
    cwd,
    env,
    input: stdin,
    maxBuffer: 1 << 26,
  })
  const isLong = stdout.length > longestKept
  rmSync(`${base}.${isLong ? 'expected' : 'digest'}`, { force: true })
  if (isLong) writeFileSync(`${base}.digest`, `${createHash('sha256').update(stdout).digest('hex')}\n`)
  else writeFileSync(`${base}.expected`, stdout)
  const code = signal === null ? status : 128 + signals[signal]
  if (code === 0) rmSync(`${base}.exit`, { force: true })
  else writeFileSync(`${base}.exit`, `${code}\n`)
}

function lines(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').replace(/\n$/, '').split('\n') : []
}

function words(path) {
  return lines(path).flatMap((line) => line.split(' '))
}
