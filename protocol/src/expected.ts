// An operation's outcome as data: a value, or an error of the closed union. What ORC calls Expected<T>, able to cross a port.
import type { JITErrorData } from './errors.js'

export type Expected<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: JITErrorData }

export function success<T>(value: T): Expected<T> {
  return { ok: true, value }
}

export function failure<T = never>(error: JITErrorData): Expected<T> {
  return { ok: false, error }
}
