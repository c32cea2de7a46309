// A clang, wherever it runs: in this thread as WebAssembly, or as a process. What both share is the job (everything the compile
// may need, already read) and the memory of driver lines.
import {
  compileFailed,
  driverArguments,
  parseDriverOutput,
  type ClassifiedFlags,
  type CompileTarget,
  type IncludeClosure,
  type KeyedFile,
} from '@worc/compilers'
import { failure, success, type Expected } from '@worc/protocol'

export interface ClangJob {
  readonly target: CompileTarget
  readonly flags: ClassifiedFlags
  readonly directory: string
  readonly fileName: string
  /** `fileName` made absolute. */
  readonly path: string
  readonly source: Uint8Array
  /** Every header that an include could find outside the sysroot. */
  readonly headers: readonly KeyedFile[]
  readonly closure: IncludeClosure
}

export interface ClangResult {
  readonly object: Uint8Array
  readonly diagnostics: string
  /** Absolute paths outside the compiler and the sysroot that were read. Absent: nothing but the job could be. */
  readonly filesRead?: readonly string[]
}

export interface Clang {
  /** Tells this compiler from any other, without loading it. */
  identity(): Expected<string>
  compile(job: ClangJob, signal: AbortSignal): Promise<Expected<ClangResult>>
  close(): void
}

interface DriverLine {
  readonly template: readonly string[]
  readonly warnings: string
}

/** Generated programs vary their -D, which the driver never sees, and little else. */
const linesRemembered = 64

/** Remembers what the driver made of a set of flags, so that a compile costs one run of clang and not two. */
export class DriverLines {
  readonly #lines = new Map<string, DriverLine>()

  /** `runDriver` runs `clang -###` with these arguments and answers what it wrote to stderr. */
  async line(
    { target, flags, fileName }: ClangJob,
    llvmMajor: number,
    runDriver: (args: readonly string[]) => Promise<Expected<string>>,
  ): Promise<Expected<DriverLine>> {
    const args = driverArguments(target, flags.language, flags.driver, llvmMajor)
    const key = args.join('\0')
    const known = this.#lines.get(key)
    if (known !== undefined) return success(known)

    const output = await runDriver(args)
    if (!output.ok) return output
    const parsed = parseDriverOutput(output.value)
    if (!parsed.ok) return failure(compileFailed(fileName, parsed.diagnostics))
    if (this.#lines.size >= linesRemembered) this.#lines.clear()
    this.#lines.set(key, parsed)
    return success(parsed)
  }
}
