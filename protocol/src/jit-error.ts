// The one exception class: what travels as JITErrorData is thrown as JITError, and back. Nothing is lost either way: code,
// symbols, diagnostics, backtrace, cause and joined errors are the data's own.
import type { JITErrorCode, JITErrorData, TrapFrame, TrapRecord } from './errors.js'
import { plainError } from './errors.js'
import type { Expected } from './expected.js'

export class JITError extends Error {
  override readonly name: string = 'JITError'
  readonly data: JITErrorData

  constructor(data: JITErrorData) {
    super(data.message, data.cause === undefined ? undefined : { cause: new JITError(data.cause) })
    this.data = data
  }

  get code(): JITErrorCode {
    return this.data.code
  }

  /** By dylib name, where the error is about symbols. */
  get symbols(): ReadonlyMap<string, readonly string[]> | undefined {
    return 'symbols' in this.data ? new Map(this.data.symbols) : undefined
  }

  /** What the compiler printed, where it is CompileFailed. */
  get diagnostics(): string | undefined {
    return 'diagnostics' in this.data ? this.data.diagnostics : undefined
  }

  /** Innermost function first, where it is a Trap. */
  get backtrace(): readonly TrapFrame[] | undefined {
    return 'backtrace' in this.data ? this.data.backtrace : undefined
  }

  /** Where and how it stopped, where code has addresses. */
  get trap(): TrapRecord | undefined {
    return 'trap' in this.data ? this.data.trap : undefined
  }

  /** The errors of the single steps, where several failed in one operation. */
  get joined(): readonly JITError[] {
    return (this.data.joined ?? []).map((error) => new JITError(error))
  }
}

/** What anybody threw, as data: a JITError's own, or a UserError that says what it was. */
export function errorData(thrown: unknown): JITErrorData {
  if (thrown instanceof JITError) return thrown.data
  if (thrown instanceof Error) {
    const cause = thrown.cause === undefined ? undefined : errorData(thrown.cause)
    return plainError(
      'UserError',
      thrown.name === 'Error' ? thrown.message : `${thrown.name}: ${thrown.message}`,
      cause,
    )
  }
  return plainError('UserError', String(thrown))
}

export function valueOf<T>(result: Expected<T>): T {
  if (result.ok) return result.value
  throw new JITError(result.error)
}
