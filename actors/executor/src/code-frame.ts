// A place in JIT'd code that a call had come to, before anybody has named it.
import type { TrapFrame } from '@worc/protocol'

/** Which unit, which function of its, how far into its module, or at which address where code has addresses. */
export interface CodeFrame {
  readonly unit: number
  readonly functionName: string
  readonly functionIndex: number
  readonly moduleOffset: number
}

export function withBacktrace(message: string, backtrace: readonly TrapFrame[]): string {
  return backtrace.length === 0
    ? message
    : `${message}\n${backtrace.map((frame) => `    at ${formatFrame(frame)}`).join('\n')}`
}

function formatFrame(frame: TrapFrame): string {
  if (frame.file === undefined) return frame.symbol
  return frame.line === undefined ? `${frame.symbol} (${frame.file})` : `${frame.symbol} (${frame.file}:${frame.line})`
}
