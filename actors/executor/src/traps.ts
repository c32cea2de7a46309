// Turns what V8 throws out of JIT'd code into errors of ours. A trap's stack is read and flattened at once: an Error object
// whose stack was never read keeps the whole unit alive.
import type { JITErrorData, TrapFrame } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { CodeFrame } from './code-frame.js'
import { withBacktrace } from './code-frame.js'

/** Modules are named u<unit>, so V8's frames say `u12.add (wasm://wasm/u12-1a2b3c:wasm-function[5]:0x1a3)`. */
const framePattern = /at (?:u\d+\.)?(\S+)? ?\(?wasm:\/\/wasm\/u(\d+)-[0-9a-f]+:wasm-function\[(\d+)\]:0x([0-9a-f]+)/

function wasmFrames(stack: string): readonly CodeFrame[] {
  const frames: CodeFrame[] = []
  for (const line of stack.split('\n')) {
    const match = framePattern.exec(line)
    if (match === null) continue
    frames.push({
      unit: Number(match[2]),
      functionName: match[1] ?? `function ${match[3]}`,
      functionIndex: Number(match[3]),
      moduleOffset: Number.parseInt(match[4] ?? '0', 16),
    })
  }
  return frames
}

interface TrapExplainer {
  /** Names the frames of a stack: symbol always, file and line where the unit was compiled with -g. */
  readonly symbolize: (frames: readonly CodeFrame[]) => readonly TrapFrame[]
  /** What the C function pointer that was called last led to, if that was removed. */
  readonly removedTarget: () => JITErrorData | undefined
}

/** What a call of JIT'd code threw, as what the caller shall see. Errors thrown by host functions pass through unchanged. */
export function convertThrown(thrown: unknown, explainer: TrapExplainer): unknown {
  if (thrown instanceof WebAssembly.RuntimeError) return new JITError(trap(thrown, explainer))
  if (thrown instanceof RangeError && /call stack/i.test(thrown.message))
    return new JITError(hostStackOverflow(thrown, explainer))
  return thrown
}

function trap(thrown: WebAssembly.RuntimeError, { symbolize, removedTarget }: TrapExplainer): JITErrorData {
  const backtrace = symbolize(wasmFrames(thrown.stack ?? ''))
  const removed = throughPointer.test(thrown.message) ? removedTarget() : undefined
  if (removed !== undefined)
    return { ...removed, message: withBacktrace(`${removed.message}, and called through a pointer`, backtrace) }
  return { code: 'Trap', message: withBacktrace(explain(thrown.message), backtrace), backtrace }
}

function hostStackOverflow(thrown: RangeError, { symbolize }: TrapExplainer): JITErrorData {
  const innermost = symbolize(wasmFrames(thrown.stack ?? '').slice(0, 1))
  return plainError('StackOverflow', withBacktrace("the thread's call stack is exhausted", innermost))
}

/** V8's words for a call through a table that leads nowhere: only dispatchers make such calls. */
const throughPointer = /null function|signature mismatch|table index is out of bounds/

/** V8's words for a trap, in terms of the program that was compiled. */
function explain(message: string): string {
  if (throughPointer.test(message)) return 'call through a pointer that is no function of the expected signature'
  return message
}
