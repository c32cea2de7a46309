// Arguments of a call from another process. Numbers go as they are; bytes are copied into room of this thread's, which lasts for
// the call, and what the callee left there is copied out again.
import type { CallArgument } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { JITValue, Signature } from '@worc/executor'
import { bufferReaching } from '@worc/executor'

/** Memory that is this thread's own, and free between calls. */
export interface CopyRoom {
  readonly memory: WebAssembly.Memory
  readonly address: number
  readonly sizeBytes: number
}

interface CopiedArguments {
  readonly values: readonly JITValue[]
  /** What the callee left in each `out` and `inout` argument, in their order. */
  outs(): readonly Uint8Array[]
}

const alignment = 16
/** What a pointer is in signatures: of wasm, of machine code, of machine code that says which are pointers. */
const pointerTypes: readonly string[] = ['i32', 'i64', 'pointer']

/** Throws JITError QuotaExceeded where there is not so much room, BadArgument where the signature has no pointer there. */
export function copyIn(
  args: readonly CallArgument[],
  signature: Signature,
  symbol: string,
  room: CopyRoom,
): CopiedArguments {
  const placed: { readonly address: number; readonly sizeBytes: number }[] = []
  let used = 0
  const values = args.map((argument, index): JITValue => {
    const type = signature.parameters[index]
    if (!isCopied(argument)) return argument
    if (type === undefined || !pointerTypes.includes(type))
      throw new JITError(
        plainError('BadArgument', `argument ${index + 1} of "${symbol}" is ${type ?? 'not there'}, and got bytes`),
      )
    const [kind, bytes] = argument
    const sizeBytes = typeof bytes === 'number' ? bytes : bytes.byteLength
    const address = room.address + used
    used += Math.ceil(sizeBytes / alignment) * alignment
    if (used > room.sizeBytes)
      throw new JITError(
        plainError('QuotaExceeded', `bytes of a call's arguments: ${used} used, limit ${room.sizeBytes}`),
      )
    const target = new Uint8Array(bufferReaching(room.memory, address + sizeBytes), address, sizeBytes)
    if (typeof bytes === 'number') target.fill(0)
    else target.set(bytes)
    if (kind !== 'in') placed.push({ address, sizeBytes })
    return type === 'i64' ? BigInt(address) : address
  })
  return {
    values,
    outs: () =>
      placed.map(({ address, sizeBytes }) =>
        new Uint8Array(bufferReaching(room.memory, address + sizeBytes), address, sizeBytes).slice(),
      ),
  }
}

/** Whether any of them needs room. */
export function hasBytes(args: readonly CallArgument[]): boolean {
  return args.some(isCopied)
}

function isCopied(argument: CallArgument): argument is Exclude<CallArgument, number | bigint> {
  return typeof argument === 'object'
}
