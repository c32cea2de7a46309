// Lets a user's own comlink calls carry handles: a ResourceTracker, a JITDylib or a JIT'd function arrives in another thread
// that is attached to the same session as that thread's own, working handle.
import type { TransferHandler } from 'comlink'
import type { ExecutorAddr, JITDylibId, SignatureCode, TrackerId } from '@worc/protocol'
import { JITError, plainError, signatureCode } from '@worc/protocol'
import { codeAddressOf } from '@worc/executor'
import type { JITFunction } from '@worc/executor'
import { JITDylib } from './jit-dylib.js'
import { ResourceTracker } from './resource-tracker.js'
import { Thread } from './thread.js'

interface SentDylib {
  readonly session: string
  readonly id: JITDylibId
  readonly name: string
}

interface SentTracker {
  readonly dylib: SentDylib
  readonly id: TrackerId
  /** Holds the tracker until the receiver has taken it up. */
  readonly token: number
}

interface SentFunction {
  readonly session: string
  readonly address: ExecutorAddr
  readonly symbol: string
  readonly signature: SignatureCode
}

/** Call it once in each thread, with comlink's `transferHandlers`. */
export function installTransferHandlers(handlers: Map<string, TransferHandler<unknown, unknown>>): void {
  handlers.set('worc.JITDylib', dylibHandler)
  handlers.set('worc.ResourceTracker', trackerHandler)
  handlers.set('worc.JITFunction', functionHandler)
}

const dylibHandler: TransferHandler<JITDylib, SentDylib> = {
  canHandle: (value): value is JITDylib => value instanceof JITDylib,
  serialize: (dylib) => [sentDylib(dylib), []],
  deserialize: receivedDylib,
}

const trackerHandler: TransferHandler<ResourceTracker, SentTracker> = {
  canHandle: (value): value is ResourceTracker => value instanceof ResourceTracker,
  serialize: (tracker) => [{ dylib: sentDylib(tracker.dylib), id: tracker.id, token: tracker.retain() }, []],
  deserialize: ({ dylib, id, token }) => threadOf(dylib.session).client.adoptTracker(receivedDylib(dylib), id, token),
}

const functionHandler: TransferHandler<JITFunction, SentFunction> = {
  canHandle: (value): value is JITFunction => typeof value === 'function' && codeAddressOf(value) !== undefined,
  serialize: (handle) => {
    const { session, symbol, signature } = handle
    const code = signatureCode(signature.parameters, signature.results)
    return [{ session, address: codeAddressOf(handle) ?? 0, symbol, signature: code }, []]
  },
  deserialize: ({ session, address, symbol, signature }) => {
    const { executor } = threadOf(session)
    executor.catchUp()
    return executor.handle(address, symbol, signature)
  },
}

function sentDylib(dylib: JITDylib): SentDylib {
  return { session: dylib.session.name, id: dylib.id, name: dylib.name }
}

function receivedDylib({ session, id, name }: SentDylib): JITDylib {
  return threadOf(session).client.dylib(id, name)
}

function threadOf(session: string): Thread {
  const thread = Thread.of(session)
  if (thread !== undefined) return thread
  throw new JITError(plainError('WrongOwner', 'a handle arrived in a thread that is not attached to its session'))
}
