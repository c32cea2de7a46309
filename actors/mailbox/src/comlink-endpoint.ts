// comlink over one of our channels, for users who have comlink objects and want our order and rejection on death
// with them. A comlink message crosses as an attachment, cloned by the port as comlink expects, proxies and all.
import type { Attachment, Channel } from '@worc/protocol'
import type { MortalEndpoint } from './mortal-endpoint.js'
import { mortalEndpoint } from './mortal-endpoint.js'
import { hear } from './node-endpoint.js'

/** Takes the channel over. A call in flight holds the process; a served object does not. */
export function toComlinkEndpoint(channel: Channel): MortalEndpoint {
  const listeners = new Set<EventListenerOrEventListenerObject>()
  const endpoint = mortalEndpoint(
    {
      postMessage: (message: Attachment, transfer: Transferable[] = []) => {
        channel.send({ kind: 'tell', body: null, attachments: 1, exempt: true }, [message], transfer)
        // What cannot be cloned must throw at comlink, which then answers with that; a batch would throw at nobody.
        channel.flush()
      },
      addEventListener: (_type, listener) => listeners.add(listener),
      removeEventListener: (_type, listener) => listeners.delete(listener),
    },
    (busy) => channel.ref(busy),
  )
  channel.receive({
    onFrames: (deliveries) => {
      for (const { attachments } of deliveries) {
        const [message] = attachments
        for (const listener of [...listeners]) hear(listener, message)
      }
    },
    onClose: (error) => endpoint.die(error),
  })
  return endpoint
}
