// A compile from request to object: sort the flags, find the inputs, look in the cache, and only then call clang. The inputs are
// read once, here; the cache key and the packaged clang see the same bytes.
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import {
  absolutePath,
  classifyFlags,
  compileFailed,
  compileKey,
  compileTarget,
  driverArguments,
  includeClosure,
  missingHeader,
  type ClassifiedFlags,
  type CompiledObject,
  type CompileOptions,
  type Compiler,
  type CompileRequest,
  type CompileTarget,
  type Digest,
  type IncludeClosure,
} from '@worc/compilers'
import { failure, plainError, success, type Expected, type TargetName } from '@worc/protocol'
import { defaultCacheDirectory } from './cache-directory.js'
import type { Clang, ClangJob, ClangResult } from './clang.js'
import { NativeClang } from './native-clang.js'
import { ObjectCache } from './object-cache.js'
import { PackagedClang } from './packaged-clang.js'
import { openSysroot, type Sysroot } from './sysroot.js'

export interface CompilerSettings {
  /** What the objects are for. Absent: wasm, the only one that the packaged clang compiles for. */
  readonly target?: TargetName
  /** Path or name of a clang to run as a process. Absent: the packaged one, in this thread. */
  readonly clang?: string
  /** Absent: the user's cache directory. False: nothing is read from or written to a cache. */
  readonly cacheDirectory?: string | false
  readonly cacheLimitBytes?: number
}

const defaultCacheLimitBytes = 512 * 1024 * 1024
/** How many macro-made header names one compile may reveal, each at the price of a failed run. */
const revealedLimit = 16
/** A root that no file has, under which the closure sees the packaged headers. */
const sysrootMark = '/<sysroot>'

/** A compiler that can also say how often it really ran clang. */
export class CachingCompiler implements Compiler {
  readonly #clang: Clang
  readonly #target: CompileTarget
  readonly #sysroot: Sysroot | undefined
  readonly #cache: ObjectCache | undefined
  readonly #closing = new AbortController()
  #clangRuns = 0

  constructor(clang: Clang, target: CompileTarget, sysroot: Sysroot | undefined, cache: ObjectCache | undefined) {
    this.#clang = clang
    this.#target = target
    this.#sysroot = sysroot
    this.#cache = cache
  }

  /** How often clang has been called: nothing that the cache answered counts. */
  get clangRuns(): number {
    return this.#clangRuns
  }

  async compile(request: CompileRequest, options: CompileOptions = {}): Promise<Expected<CompiledObject>> {
    if (this.#closing.signal.aborted) return failure(plainError('CompilerUnavailable', 'the compiler is closed'))
    const abort = new AbortController()
    const cancel = (): void => abort.abort()
    if (options.signal?.aborted === true) cancel()
    options.signal?.addEventListener('abort', cancel)
    this.#closing.signal.addEventListener('abort', cancel)
    try {
      return await this.#compile(withForwardSlashes(request), abort.signal)
    } finally {
      options.signal?.removeEventListener('abort', cancel)
      this.#closing.signal.removeEventListener('abort', cancel)
    }
  }

  close(): void {
    this.#closing.abort()
    this.#clang.close()
    this.#sysroot?.close()
  }

  async #compile(request: CompileRequest, signal: AbortSignal): Promise<Expected<CompiledObject>> {
    const flags = classifyFlags(request.flags, request.language)
    if (!flags.ok) return flags
    const identity = this.#clang.identity()
    if (!identity.ok) return identity
    const path = absolutePath(request.directory, request.fileName)
    const source = request.source ?? readRegularFile(path)
    // In the driver's words, which is what a user of clang knows.
    if (source === undefined)
      return failure(compileFailed(path, `clang: error: no such file or directory: '${request.fileName}'\n`))

    const revealed: string[] = []
    for (;;) {
      if (signal.aborted) return failure(plainError('Aborted', `compiling "${request.fileName}" was aborted`))
      const job = this.#job(request, flags.value, path, source, revealed)
      const key = job.closure.volatile || revealed.length > 0 ? undefined : keyOf(identity.value, request, job)
      const cached = key === undefined ? undefined : this.#cache?.load(key)
      if (cached !== undefined) {
        const diagnostics = new TextDecoder().decode(cached.diagnostics)
        return success({ object: cached.object, diagnostics, fromCache: true })
      }

      this.#clangRuns += 1
      const compiled = await this.#clang.compile(job, signal)
      if (compiled.ok) {
        if (key !== undefined) this.#store(key, job, compiled.value)
        const { object, diagnostics } = compiled.value
        return success({ object: new Uint8Array(object), diagnostics, fromCache: false })
      }
      const missing = compiled.error.code === 'CompileFailed' ? missingHeader(compiled.error.diagnostics) : undefined
      const canReveal = job.closure.computed && missing !== undefined && !revealed.includes(missing)
      if (!canReveal || revealed.length >= revealedLimit) return compiled
      revealed.push(missing)
    }
  }

  #job(
    request: CompileRequest,
    flags: ClassifiedFlags,
    path: string,
    source: Uint8Array,
    revealed: readonly string[],
  ): ClangJob {
    const contents = new Map<string, Uint8Array>()
    const read = (file: string): string | undefined => {
      if (file.startsWith(sysrootMark)) return this.#sysroot?.text(file.slice(sysrootMark.length + 1))
      const bytes = readRegularFile(file)
      if (bytes !== undefined) contents.set(file, bytes)
      return bytes?.toString()
    }
    const closure: IncludeClosure = includeClosure(
      {
        mainPath: path,
        mainText: new TextDecoder().decode(source),
        directory: request.directory,
        include: flags.include,
        sysroot: this.#target.includeDirectories(flags.language).map((directory) => `${sysrootMark}/${directory}`),
        revealed,
      },
      read,
    )
    const headers = closure.headers.map((header) => ({
      path: header,
      contents: contents.get(header) ?? new Uint8Array(),
    }))
    const directories = closure.directories.filter((name) => statSync(name, { throwIfNoEntry: false })?.isDirectory())
    const { directory, fileName } = request
    return {
      target: this.#target,
      flags,
      directory,
      fileName,
      path,
      source,
      headers,
      closure: { ...closure, directories },
    }
  }

  #store(key: string, job: ClangJob, { object, diagnostics, filesRead }: ClangResult): void {
    if (filesRead !== undefined && !sawOnlyInputs(job, filesRead)) return
    this.#cache?.store(key, { object, diagnostics: new TextEncoder().encode(diagnostics) })
  }
}

/**
 * Answers `CompilerUnavailable` when the clang package, which has the sysroot, is not installed; or, for a target that it does not
 * know, when no other clang is named.
 */
export function createCompiler(settings: CompilerSettings = {}): Expected<CachingCompiler> {
  const target = compileTarget(settings.target ?? 'wasm')
  if (!target.isPackaged && settings.clang === undefined)
    return failure(plainError('CompilerUnavailable', unpackaged(target)))
  const sysroot = target.isPackaged ? openSysroot() : success(undefined)
  if (!sysroot.ok) return sysroot
  const directory = settings.cacheDirectory === false ? undefined : (settings.cacheDirectory ?? defaultCacheDirectory())
  const limit = settings.cacheLimitBytes ?? defaultCacheLimitBytes
  const cache = directory === undefined ? undefined : new ObjectCache(directory, limit)
  const clang =
    settings.clang === undefined ? new PackagedClang() : new NativeClang(settings.clang, sysroot.value, directory)
  return success(new CachingCompiler(clang, target, sysroot.value, cache))
}

function unpackaged({ name }: CompileTarget): string {
  return `target ${name} needs a native clang: the packaged one knows WebAssembly only. Name one (JITOptions.clang, --clang PATH)`
}

function keyOf(compiler: string, request: CompileRequest, { target, flags, source, headers }: ClangJob): string {
  // Which of them depend on clang's version follows from which clang it is.
  const defaults = [...driverArguments(target, flags.language, [], 0), ...target.macros]
  const hash = createHash('sha256')
  const digest: Digest = { update: (data) => void hash.update(data), hex: () => hash.digest('hex') }
  return compileKey({ compiler, defaults, request, source, headers }, digest)
}

/**
 * Whether a compiler that reads the file system itself read what the key says: no other files (the include scan cannot see every
 * name), and none that changed since.
 */
function sawOnlyInputs(job: ClangJob, filesRead: readonly string[]): boolean {
  const known = new Set([job.path, ...job.headers.map((header) => header.path)].map(realPath))
  const unchanged = job.headers.every((header) => readRegularFile(header.path)?.equals(header.contents))
  return unchanged && filesRead.every((file) => known.has(realPath(file)))
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function readRegularFile(path: string): Buffer | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path) : undefined
  } catch {
    return undefined
  }
}

/** Windows takes forward slashes too; with them, paths are text that clang and the include scan agree on. */
function withForwardSlashes(request: CompileRequest): CompileRequest {
  if (process.platform !== 'win32') return request
  const slashed = (text: string): string => text.replaceAll('\\', '/')
  return { ...request, fileName: slashed(request.fileName), directory: slashed(request.directory) }
}
