// How the archive reader gives up: `Malformed` with a finished one-line message, thrown inside, turned into an error
// value by the exported function around it.
import type { Expected } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'

/** Never leaves this package. */
export class Malformed extends Error {}

/** Runs a decoder: its value, or BadObject with the message of what it met. */
export function reading<T>(decode: () => T): Expected<T> {
  try {
    return success(decode())
  } catch (error) {
    if (error instanceof Malformed) return failure(plainError('BadObject', error.message))
    throw error
  }
}

/** A message with its place; `at` is an offset in the file. */
export function formatProblem(problem: string, at: number): string {
  return `${problem} (archive, offset 0x${at.toString(16)})`
}
