// The clang that comes with the package: LLVM built for WASI, run in this thread. It blocks the thread while it runs and cannot
// be interrupted, so it belongs in a worker. Its file system is a tree of bytes made for each run and holds the job's files and
// the sysroot, nothing else: the object is a function of the job.
import { cc1Arguments, compileFailed, fileOverlay } from '@worc/compilers'
import { failure, plainError, success, type Expected } from '@worc/protocol'
import type { Tree } from '@yowasp/clang'
import { DriverLines, type Clang, type ClangJob, type ClangResult } from './clang.js'
import { packagedVersion } from './sysroot.js'

type Package = typeof import('@yowasp/clang')

/** A top directory that no user path is expected to have. */
const mount = '.worc'
const llvmMajor = 22

interface Run {
  readonly succeeded: boolean
  readonly stderr: string
  /** Piece by piece. */
  readonly stdout: readonly Uint8Array[]
}

export class PackagedClang implements Clang {
  readonly #lines = new DriverLines()
  #package: Promise<Package> | undefined

  identity(): Expected<string> {
    const version = packagedVersion()
    return version.ok ? success(`@yowasp/clang ${version.value}`) : version
  }

  async compile(job: ClangJob, signal: AbortSignal): Promise<Expected<ClangResult>> {
    let clang: Package
    try {
      this.#package ??= loadPackage()
      clang = await this.#package
    } catch (cause) {
      this.#package = undefined
      return failure(plainError('CompilerUnavailable', `package "@yowasp/clang" cannot be loaded: ${String(cause)}`))
    }
    if (signal.aborted) return failure(plainError('Aborted', `compiling "${job.fileName}" was aborted`))

    const line = await this.#lines.line(job, llvmMajor, (args) => {
      return Promise.resolve(success(run(clang, ['clang', '-###', ...args], { source: '' }).stderr))
    })
    if (!line.ok) return line

    const { template, warnings } = line.value
    const args = cc1Arguments(job.target, template, job.flags, {
      fileName: job.fileName,
      directory: rooted(job.directory),
      // The package's files are copied whole at each write; its standard output is not.
      object: '-',
      overlay: `/${mount}/overlay`,
    })
    const { succeeded, stderr, stdout } = run(clang, ['clang', ...args], { [mount]: tree(job) })
    const diagnostics = warnings + stderr
    if (!succeeded) return failure(compileFailed(job.fileName, diagnostics))
    return success({ object: concatenate(stdout), diagnostics })
  }

  close(): void {
    this.#package = undefined
  }
}

/** A worker may be ended at any moment; Node 20 crashes with it where that is in the midst of a streaming compilation. */
async function loadPackage(): Promise<Package> {
  const clang = await import('@yowasp/clang')
  const streaming = WebAssembly.compileStreaming
  WebAssembly.compileStreaming = compileWhole
  try {
    // Without a listener the package prints its progress to stdout.
    await clang.runLLVM(undefined, {}, { fetchProgress: () => undefined })
  } finally {
    WebAssembly.compileStreaming = streaming
  }
  return clang
}

async function compileWhole(source: Response | PromiseLike<Response>): Promise<WebAssembly.Module> {
  const response = await source
  return WebAssembly.compile(await response.arrayBuffer())
}

function tree(job: ClangJob): Tree {
  const files = [{ path: job.path, contents: job.source }, ...job.headers]
  const shown = files.map(({ path }, index) => ({ path: rooted(path), contents: `/${mount}/${index}` }))
  return {
    ...Object.fromEntries(files.map(({ contents }, index) => [index, contents])),
    overlay: fileOverlay(shown, job.closure.directories.map(rooted)),
  }
}

/** WASI paths have one root; a drive becomes a directory of it. */
function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** One instance of LLVM, from start to exit. Never throws: a trap is an unsuccessful run that says so. */
function run(clang: Package, args: string[], files: Tree): Run {
  const decoder = new TextDecoder()
  let stderr = ''
  const stdout: Uint8Array[] = []
  const append = (bytes: Uint8Array | null): void => {
    if (bytes !== null) stderr += decoder.decode(bytes, { stream: true })
  }
  const collect = (bytes: Uint8Array | null): void => {
    if (bytes !== null) stdout.push(bytes.slice())
  }
  try {
    void clang.runLLVM(args, files, {
      stdout: collect,
      stderr: append,
      decodeASCII: false,
      synchronously: true,
    })
    return { succeeded: true, stderr, stdout }
  } catch (cause) {
    if (!(cause instanceof clang.Exit)) stderr += `clang: error: the compiler crashed: ${String(cause)}\n`
    return { succeeded: false, stderr, stdout }
  }
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
