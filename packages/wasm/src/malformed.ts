// How the readers of this package give up: deep inside a decoder a malformed byte throws `Malformed`, and the one
// exported function around it turns that into an error value. Nothing else crosses that door: another exception is a
// bug of ours.
import type { Expected } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'

/** Carries a finished one-line message. Never leaves this package. */
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

/**
 * A name from the input as a message shows it: quoted, control characters escaped, cut where it is no longer readable.
 */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 128 ? `${name.slice(0, 125)}...` : name)
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`
}
