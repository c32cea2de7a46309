// How the decoders of this package give up: a malformed byte throws `Malformed` with a finished one-line message, and whoever
// reads a unit turns that into a unit that tells nothing. It never leaves the package.
import type { Expected } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'

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

export function hex(value: number): string {
  return `0x${value.toString(16)}`
}
