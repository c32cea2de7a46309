// A function of a session in another process: a call is a message, its answer a promise. Bytes are copied both ways.
import type { CallArgument, ExecutorAddr, GatewayReplies, RemoteFunctionId } from '@worc/protocol'
import { JITError, parseSignatureCode, plainError } from '@worc/protocol'
import type { Signature } from '@worc/executor'
import type { SessionClient } from './session-client.js'

/**
 * A number by the signature (i64 is bigint, pointers are numbers); or, for a pointer, bytes, which are copied into executor memory
 * before the call and back into the same array after it; `{ in: bytes }` are not copied back.
 */
export type RemoteArgument = number | bigint | Uint8Array | { readonly in: Uint8Array }

/** Rejects with CodeRemoved, Trap, StackOverflow, BadArgument, Interrupted, ConnectionLost. */
export interface RemoteFunction {
  (...args: RemoteArgument[]): Promise<number | bigint | undefined>
  readonly symbol: string
  readonly signature: Signature
  /** False once a call has found the code removed, or the connection is lost. */
  readonly alive: boolean
  /** The same function; a call of it is interrupted when it has taken so long, its executor with it. */
  withDeadline(milliseconds: number): RemoteFunction
  /** A C function pointer to it, for arguments of other calls. Spends a function slot the first time. */
  pointer(): Promise<ExecutorAddr>
}

interface Shared {
  readonly client: SessionClient
  readonly id: RemoteFunctionId
  readonly symbol: string
  readonly signature: Signature
  alive: boolean
}

/** Functions that nobody has any more are closed. */
const closer = new FinalizationRegistry<() => void>((close) => close())

export function remoteFunction(
  client: SessionClient,
  symbol: string,
  { function: id, signature: code }: GatewayReplies['openFunction'],
): RemoteFunction {
  const { parameters, results } = parseSignatureCode(code)
  const shared: Shared = { client, id, symbol, signature: { parameters, results } as Signature, alive: true }
  closer.register(shared, () => client.tellIfOpen({ type: 'closeFunction', function: id }))
  return withDeadline(shared, null)
}

function withDeadline(shared: Shared, deadlineMs: number | null): RemoteFunction {
  const call = (...args: RemoteArgument[]): Promise<number | bigint | undefined> => callRemote(shared, args, deadlineMs)
  return Object.defineProperties(call, {
    name: { value: shared.symbol },
    length: { value: shared.signature.parameters.length },
    symbol: { value: shared.symbol, enumerable: true },
    signature: { value: shared.signature, enumerable: true },
    alive: { get: () => shared.alive && shared.client.isOpen, enumerable: true },
    withDeadline: { value: (milliseconds: number) => withDeadline(shared, checkedDeadline(milliseconds)) },
    pointer: { value: () => shared.client.request({ type: 'pointerOf', function: shared.id }) },
  }) as RemoteFunction
}

async function callRemote(
  shared: Shared,
  args: readonly RemoteArgument[],
  deadlineMs: number | null,
): Promise<number | bigint | undefined> {
  const { client, id } = shared
  try {
    const { result, outs } = await client.request({
      type: 'call',
      function: id,
      arguments: args.map(callArgument),
      deadlineMs,
    })
    let next = 0
    for (const argument of args) if (argument instanceof Uint8Array) argument.set(outs[next++] ?? new Uint8Array())
    return result ?? undefined
  } catch (thrown) {
    if (thrown instanceof JITError && thrown.code === 'CodeRemoved') shared.alive = false
    throw thrown
  }
}

function callArgument(argument: RemoteArgument): CallArgument {
  if (typeof argument !== 'object') return argument
  return argument instanceof Uint8Array ? ['inout', argument] : ['in', argument.in]
}

function checkedDeadline(milliseconds: number): number {
  if (milliseconds >= 0) return milliseconds
  throw new JITError(plainError('BadArgument', `deadline ${milliseconds} ms: expected at least 0`))
}
