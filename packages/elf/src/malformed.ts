// How the reader gives up: `Malformed` with a finished one-line message, thrown inside, turned into an error value by the
// exported function around it.
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

/** A name from the input as a message shows it. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 128 ? `${name.slice(0, 125)}...` : name)
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`
}
