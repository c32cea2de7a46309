// What a promise rejects with, when it must reject.
import type { JITErrorCode } from 'worc'
import { JITError } from 'worc'

/** The JITError a promise rejects with; fails where it resolves, or rejects with something else. */
export async function rejection(promise: Promise<unknown>): Promise<JITError> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${String(value)}`)
    },
    (thrown: unknown) => {
      if (thrown instanceof JITError) return thrown
      throw thrown
    },
  )
}

/** The same for a call that throws. */
export function thrownBy(call: () => unknown): JITError {
  try {
    call()
  } catch (thrown) {
    if (thrown instanceof JITError) return thrown
    throw thrown
  }
  throw new Error('expected a throw')
}

/** Code of the innermost cause: where it all began. */
export function rootCode(error: JITError): JITErrorCode {
  return error.cause instanceof JITError ? rootCode(error.cause) : error.code
}
