// What a compiler is to the rest of the system: source text and flags in, one relocatable object out, or the reason why not.
// Nothing here knows which compiler it is or where it runs.
import type { Expected } from '@worc/protocol'

export type SourceLanguage = 'c' | 'c++'

/** One translation unit, as a command line would name it. */
export interface CompileRequest {
  readonly language: SourceLanguage
  /** The main file as the user wrote it, relative to `directory` or absolute. Diagnostics and `__FILE__` spell it so. */
  readonly fileName: string
  /** The text of the main file. Absent: it is read from the file system. Present: no such file need exist. */
  readonly source?: Uint8Array
  /** Absolute. Relative names in `fileName` and `flags` start here; a worker's own working directory never matters. */
  readonly directory: string
  /** As given to clang; see `classifyFlags` for those that are refused. */
  readonly flags: readonly string[]
}

export interface CompiledObject {
  /** A relocatable object of the compiler's target: WebAssembly (tool-conventions Linking.md, version 2) or ELF. It has its buffer to itself, so it can be transferred. */
  readonly object: Uint8Array
  /** What clang printed although it succeeded: warnings and notes, unchanged. Empty when it printed nothing. */
  readonly diagnostics: string
  readonly fromCache: boolean
}

/** The part of an AbortSignal that a compiler needs; an AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface CompileOptions {
  readonly signal?: CancelSignal
}

/**
 * Errors of `compile`: `CompileFailed` with clang's own text, `CompilerUnavailable`, `BadArgument` for a flag that is unknown or
 * refused, `Aborted`. `close` ends compiles under way and lets go of files; a closed compiler answers `CompilerUnavailable`.
 */
export interface Compiler {
  compile(request: CompileRequest, options?: CompileOptions): Promise<Expected<CompiledObject>>
  close(): void
}
