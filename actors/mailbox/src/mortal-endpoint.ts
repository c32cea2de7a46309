// comlink never learns that the other end died: its calls in flight, and those made later, hang for ever. This endpoint knows
// which calls are in flight, and when it is told of the death it answers them, and all later ones, in the dead one's stead.
import type { Endpoint } from 'comlink'
import { transferHandlers } from 'comlink'
import type { JITErrorData } from '@worc/protocol'
import { JITError } from '@worc/protocol'
import { hear } from './node-endpoint.js'

export interface MortalEndpoint extends Endpoint {
  /** Every call in flight, and each one made from now on, rejects with JITError. The first death counts. */
  die(error: JITErrorData): void
}

/** What comlink's messages have in common: requests and their responses carry one `id`. */
interface Wire {
  readonly id?: string
  readonly type?: string
}

/** `onBusy` hears when the first call leaves and when the last one is answered. */
export function mortalEndpoint(endpoint: Endpoint, onBusy: (busy: boolean) => void): MortalEndpoint {
  carryJITErrors()
  const inFlight = new Set<string>()
  const adapted = new Map<EventListenerOrEventListenerObject, EventListener>()
  let death: JITErrorData | undefined

  const answered = (id: string | undefined): void => {
    if (id !== undefined && inFlight.delete(id) && inFlight.size === 0) onBusy(false)
  }
  const answerInItsStead = (id: string, error: JITErrorData): void => {
    const { name, message, stack } = new JITError(error)
    const value: ThrownWire = { isError: true, value: { name, message, stack, data: error } }
    for (const listener of [...adapted.keys()]) hear(listener, { id, type: 'HANDLER', name: 'throw', value })
    answered(id)
  }

  return {
    postMessage: (message: Wire, transfer?: Transferable[]) => {
      const { id } = message
      if (id === undefined || !isRequest(message)) return endpoint.postMessage(message, transfer)
      const error = death
      if (error !== undefined) return queueMicrotask(() => answerInItsStead(id, error))
      inFlight.add(id)
      if (inFlight.size === 1) onBusy(true)
      endpoint.postMessage(message, transfer)
    },
    addEventListener: (type, listener) => {
      const onMessage: EventListener = (event) => {
        answered(((event as MessageEvent).data as Wire | null)?.id)
        hear(listener, (event as MessageEvent).data)
      }
      adapted.set(listener, onMessage)
      endpoint.addEventListener(type, onMessage)
    },
    removeEventListener: (type, listener) => {
      const onMessage = adapted.get(listener)
      adapted.delete(listener)
      if (onMessage !== undefined) endpoint.removeEventListener(type, onMessage)
    },
    die: (error) => {
      if (death !== undefined) return
      death = error
      for (const id of [...inFlight]) answerInItsStead(id, error)
      // comlink keeps the endpoint for as long as its proxy lives: it must not keep the worker, and whoever holds the proxy, in turn.
      endpoint = deaf
      onBusy = () => undefined
    },
  }
}

function isRequest(message: Wire): boolean {
  return message.type !== 'RAW' && message.type !== 'HANDLER'
}

interface ThrownWire {
  readonly isError: boolean
  readonly value: {
    readonly name: string
    readonly message: string
    readonly stack: string | undefined
    readonly data?: JITErrorData
  }
}

let carried = false

/** Lets comlink throw a JITError at the caller as what it is. Its own handler keeps name, message and stack, and loses the rest. */
export function carryJITErrors(): void {
  const plain = transferHandlers.get('throw')
  if (carried || plain === undefined) return
  carried = true
  transferHandlers.set('throw', {
    canHandle: (value): value is { value: unknown } => plain.canHandle(value),
    serialize: (thrown: { value: unknown }) => {
      const [wire, transfer] = plain.serialize(thrown) as [ThrownWire, Transferable[]]
      if (!(thrown.value instanceof JITError)) return [wire, transfer]
      return [{ ...wire, value: { ...wire.value, data: thrown.value.data } }, transfer]
    },
    deserialize: (wire: ThrownWire) => {
      if (wire.isError && wire.value.data !== undefined) throw new JITError(wire.value.data)
      return plain.deserialize(wire)
    },
  })
}

const deaf: Endpoint = {
  postMessage: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}
