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
  readonly files: Tree
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
    const args = cc1Arguments(template, job.flags, {
      fileName: job.fileName,
      directory: rooted(job.directory),
      object: `/${mount}/object`,
      overlay: `/${mount}/overlay`,
    })
    const { succeeded, stderr, files } = run(clang, ['clang', ...args], { [mount]: tree(job) })
    const object = (files[mount] as Tree | undefined)?.['object']
    const diagnostics = warnings + stderr
    if (!succeeded || !(object instanceof Uint8Array)) return failure(compileFailed(job.fileName, diagnostics))
    return success({ object, diagnostics })
  }

  close(): void {
    this.#package = undefined
  }
}

async function loadPackage(): Promise<Package> {
  const clang = await import('@yowasp/clang')
  // Without a listener the package prints its progress to stdout.
  await clang.runLLVM(undefined, {}, { fetchProgress: () => undefined })
  return clang
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
  const append = (bytes: Uint8Array | null): void => {
    if (bytes !== null) stderr += decoder.decode(bytes, { stream: true })
  }
  try {
    const after = clang.runLLVM(args, files, {
      stdout: append,
      stderr: append,
      decodeASCII: false,
      synchronously: true,
    })
    return { succeeded: true, stderr, files: after as Tree }
  } catch (cause) {
    if (!(cause instanceof clang.Exit)) stderr += `clang: error: the compiler crashed: ${String(cause)}\n`
    return { succeeded: false, stderr, files: {} }
  }
}
