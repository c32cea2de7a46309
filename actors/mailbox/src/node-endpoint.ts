// comlink speaks to a browser's ports; this lets it speak to Node's. For control planes (starting, configuring, inspecting a
// worker), where a call's price does not matter.
import type { Endpoint } from 'comlink'
import type { MessagePort, Transferable as NodeTransferable, Worker } from 'node:worker_threads'

type Listener = EventListenerOrEventListenerObject

/** Listening holds the port's reference, as `on('message')` does; `unref` it where an idle port should not. */
export function nodeEndpoint(port: MessagePort | Worker): Endpoint {
  const adapted = new Map<Listener, (data: unknown) => void>()
  return {
    postMessage: (message: unknown, transfer: Transferable[] = []) =>
      port.postMessage(message, transfer as unknown as readonly NodeTransferable[]),
    addEventListener: (_type, listener) => {
      const onMessage = (data: unknown): void => hear(listener, data)
      adapted.set(listener, onMessage)
      port.on('message', onMessage)
    },
    removeEventListener: (_type, listener) => {
      const onMessage = adapted.get(listener)
      adapted.delete(listener)
      if (onMessage !== undefined) port.off('message', onMessage)
    },
  }
}

export function hear(listener: Listener, data: unknown): void {
  const event = { data } as MessageEvent
  if (typeof listener === 'function') listener(event)
  else listener.handleEvent(event)
}
