// LLVM's ORC, where its headers and library are installed: programs of our own are built against it and run beside Worc. A
// program is built once for each version of its source and of LLVM, into the build directory. Without LLVM nothing is
// compared, and whoever asked says so in a line.
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const sources = new URL('../../bench/orc-peer/', import.meta.url)

/** Newest first. */
const majors = [22, 19] as const

export const howToInstall =
  'NOT COMPARED with LLVM: neither llvm-22-dev nor llvm-19-dev is installed with a C++ compiler (apt-get install llvm-22-dev g++)'

interface Llvm {
  readonly version: string
  readonly compiler: string
  readonly flags: readonly string[]
  readonly libraries: readonly string[]
}

/** Those that have ORC's headers and a compiler for them, newest first. */
export async function findLlvms(): Promise<readonly Llvm[]> {
  const found = await Promise.all(majors.map(findLlvm))
  return found.filter((llvm) => llvm !== undefined)
}

async function findLlvm(major: number): Promise<Llvm | undefined> {
  for (const config of [`llvm-config-${major}`, `/usr/lib/llvm-${major}/bin/llvm-config`]) {
    const include = await output(config, ['--includedir'])
    if (include === undefined || !existsSync(`${include}/llvm/ExecutionEngine/Orc/Core.h`)) continue
    const compiler = await firstThatRuns([`clang++-${major}`, 'clang++', 'g++'])
    if (compiler === undefined) return undefined
    return {
      version: (await output(config, ['--version'])) ?? String(major),
      compiler,
      flags: words(await output(config, ['--cxxflags'])),
      libraries: words(await output(config, ['--ldflags', '--libs', 'orcjit', '--system-libs'])),
    }
  }
  return undefined
}

/** Path of the program made of orc-peer/NAME.cpp. */
export async function buildPeer(llvm: Llvm, name: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(llvm))
  for (const file of ['held-unit.h', `${name}.cpp`]) hash.update(await readFile(new URL(file, sources)))
  const program = fileURLToPath(new URL(`orc-peer-${name}-${hash.digest('hex').slice(0, 16)}`, import.meta.url))
  if (existsSync(program)) return program
  const unfinished = `${program}.${process.pid}`
  const source = fileURLToPath(new URL(`${name}.cpp`, sources))
  await run(llvm.compiler, ['-O2', ...llvm.flags, source, '-o', unfinished, ...llvm.libraries], { signal })
  await rename(unfinished, program)
  return program
}

async function output(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(command, args)).stdout.trim()
  } catch {
    return undefined
  }
}

async function firstThatRuns(compilers: readonly string[]): Promise<string | undefined> {
  for (const compiler of compilers) if ((await output(compiler, ['--version'])) !== undefined) return compiler
  return undefined
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '')
}
