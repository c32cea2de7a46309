// What the wire's reader and writer throw: a JITError, Malformed where a stranger's bytes are not what they must be, BadArgument
// where our own side wanted to say what the wire cannot carry. Either names the thing, and the place or the value, and the limit.
import { plainError } from '../errors.js'
import { JITError } from '../jit-error.js'

export function malformed(what: string, offset: number): JITError {
  return new JITError(plainError('Malformed', `${what}, at byte ${offset}`))
}

export function unsendable(what: string): JITError {
  return new JITError(plainError('BadArgument', `${what}: it cannot be sent to another process`))
}
