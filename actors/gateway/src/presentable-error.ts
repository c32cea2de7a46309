// Errors as a stranger may have them: what happened, and nothing of the machine it happened on.
import type { JITErrorData } from '@worc/protocol'
import { plainError } from '@worc/protocol'

/** Where a program error happened is for the server's own log. */
const stackLine = /\n\s+at /

export function presentableError(error: JITErrorData): JITErrorData {
  if (error.code === 'CompilerUnavailable')
    return plainError('CompilerUnavailable', 'the server has no compiler for this')
  const { cause, joined, ...rest } = error
  const innards = error.code === 'UserError' && stackLine.test(error.message)
  return {
    ...rest,
    ...(innards ? { message: error.message.split('\n', 1)[0] ?? '' } : {}),
    ...(cause === undefined ? {} : { cause: presentableError(cause) }),
    ...(joined === undefined ? {} : { joined: joined.map(presentableError) }),
  }
}
