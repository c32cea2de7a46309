// A clang of the user's, as a process for each compile. Where the packaged sysroot is the target's, clang is given it, so that
// its objects go with the packaged libraries. The main file reaches it through a file overlay, because the source may exist only in memory; headers it reads from
// the file system itself, and it reports which.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import {
  absolutePath,
  cc1Arguments,
  compileFailed,
  fileOverlay,
  makeDependencies,
  placeholderName,
} from '@worc/compilers'
import { failure, plainError, success, type Expected } from '@worc/protocol'
import { DriverLines, type Clang, type ClangJob, type ClangResult } from './clang.js'
import { extractedSysroot } from './extracted-sysroot.js'
import { packagedVersion, type Sysroot } from './sysroot.js'

/** Variables that would add include directories, or change the command line, behind the cache key's back. */
const unwantedVariables = ['CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH', 'CCC_OVERRIDE_OPTIONS', 'SOURCE_DATE_EPOCH']

interface Finished {
  readonly status: number | null
  readonly output: string
}

export class NativeClang implements Clang {
  readonly #name: string
  readonly #sysroot: Sysroot | undefined
  readonly #lines = new DriverLines()
  readonly #cacheDirectory: string | undefined
  #llvmMajor: number | undefined
  #scratchMade: string | undefined

  constructor(name: string, sysroot: Sysroot | undefined, cacheDirectory: string | undefined) {
    this.#name = name
    this.#sysroot = sysroot
    this.#cacheDirectory = cacheDirectory
  }

  /** Path, size and time of the file: a clang that is replaced is another compiler. */
  identity(): Expected<string> {
    const path = findExecutable(this.#name)
    if (path === undefined) return unavailable(`clang "${this.#name}" was not found`)
    const { size, mtimeMs } = statSync(path)
    const file = `${realpathSync(path)} ${size} ${mtimeMs}`
    if (this.#sysroot === undefined) return success(file)
    const version = packagedVersion()
    return version.ok ? success(`${file}, sysroot ${version.value}`) : version
  }

  async compile(job: ClangJob, signal: AbortSignal): Promise<Expected<ClangResult>> {
    const path = findExecutable(this.#name)
    if (path === undefined) return unavailable(`clang "${this.#name}" was not found`)
    const major = await this.#major(path, signal)
    if (!major.ok) return major
    const sysroot = this.#sysroot === undefined ? success(undefined) : this.#extracted(this.#sysroot)
    if (!sysroot.ok) return sysroot
    const sysrootFlags = sysroot.value === undefined ? [] : [`--sysroot=${sysroot.value}`]

    const line = await this.#lines.line(job, major.value, async (args) => {
      writeFileSync(join(this.#scratch, placeholderName), '')
      const driven = await run(path, ['-###', ...sysrootFlags, ...args], this.#scratch, signal)
      return driven.ok ? success(driven.value.output) : driven
    })
    if (!line.ok) return line

    const directory = mkdtempSync(join(this.#scratch, 'job-'))
    try {
      const names = {
        fileName: job.fileName,
        directory: job.directory,
        object: join(directory, 'object'),
        overlay: join(directory, 'overlay'),
        dependencies: join(directory, 'dependencies'),
      }
      writeFileSync(join(directory, 'source'), job.source)
      writeFileSync(names.overlay, fileOverlay([{ path: job.path, contents: join(directory, 'source') }], []))
      const { template, warnings } = line.value
      const compiled = await run(path, cc1Arguments(job.target, template, job.flags, names), directory, signal)
      if (!compiled.ok) return compiled
      const diagnostics = warnings + compiled.value.output
      if (compiled.value.status !== 0) return this.#refused(job, diagnostics)
      const known = [sysroot.value, template[template.indexOf('-resource-dir') + 1]]
      const filesRead = makeDependencies(readFileSync(names.dependencies, 'utf8'))
        .map((file) => absolutePath(job.directory, file))
        .filter((file) => !known.some((within) => within !== undefined && file.startsWith(`${within}/`)))
      return success({ object: readFileSync(names.object), diagnostics, filesRead })
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }

  close(): void {
    if (this.#scratchMade !== undefined) rmSync(this.#scratchMade, { recursive: true, force: true })
    this.#scratchMade = undefined
  }

  /** Holds each compile's files while it runs, and the sysroot when there is no cache directory. */
  get #scratch(): string {
    this.#scratchMade ??= mkdtempSync(join(tmpdir(), 'worc-clang-'))
    return this.#scratchMade
  }

  #refused(job: ClangJob, diagnostics: string): Expected<never> {
    if (diagnostics.includes('unable to create target'))
      return unavailable(`clang "${this.#name}" was built without ${job.target.architecture}`)
    return failure(compileFailed(job.fileName, diagnostics))
  }

  async #major(path: string, signal: AbortSignal): Promise<Expected<number>> {
    if (this.#llvmMajor === undefined) {
      const asked = await run(path, ['--version'], this.#scratch, signal)
      if (!asked.ok) return asked
      const version = /clang version (\d+)/.exec(asked.value.output)?.[1]
      if (version === undefined) return unavailable(`"${this.#name}" does not say that it is clang`)
      this.#llvmMajor = Number(version)
    }
    return success(this.#llvmMajor)
  }

  #extracted(sysroot: Sysroot): Expected<string> {
    const version = packagedVersion()
    if (!version.ok) return version
    try {
      return success(extractedSysroot(sysroot, version.value, this.#cacheDirectory ?? this.#scratch))
    } catch (cause) {
      return unavailable(`the sysroot cannot be unpacked: ${String(cause)}`)
    }
  }
}

function unavailable(message: string): Expected<never> {
  return failure(plainError('CompilerUnavailable', message))
}

/** A name with a slash is a path; any other is looked for in PATH. */
function findExecutable(name: string): string | undefined {
  const directories = /[\\/]/.test(name) ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  const suffixes = process.platform === 'win32' ? ['', '.exe'] : ['']
  const candidates = directories.flatMap((directory) => suffixes.map((suffix) => resolve(directory, name + suffix)))
  return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
}

/** Runs to the end, or kills: when this settles there is no process left. What it printed is stdout and stderr together. */
function run(
  path: string,
  args: readonly string[],
  directory: string,
  signal: AbortSignal,
): Promise<Expected<Finished>> {
  const env = { ...process.env, LC_ALL: 'C' }
  for (const name of unwantedVariables) Reflect.deleteProperty(env, name)
  return new Promise((settle) => {
    const child = spawn(path, args, {
      cwd: directory,
      env,
      signal,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const printed: Buffer[] = []
    let problem: Error | undefined
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk))
    child.on('error', (error) => (problem = error))
    child.on('close', (status) => {
      if (signal.aborted) settle(failure(plainError('Aborted', `clang "${path}" was stopped`)))
      else if (problem !== undefined) settle(unavailable(`clang "${path}" cannot be started: ${problem.message}`))
      else settle(success({ status, output: Buffer.concat(printed).toString() }))
    })
  })
}
