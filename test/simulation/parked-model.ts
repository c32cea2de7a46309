// Streams that stand still because they name a tracker, or a token, that its maker has not announced yet.
import type { ClientId, SessionNotification, SessionRequest, TrackerId } from '@worc/protocol'
import { clientOf } from '@worc/protocol'
import type { NotificationInput, RequestInput } from '@worc/orc'
import type { ReferenceModel } from './reference-model.js'

export type StreamInput = RequestInput | NotificationInput

export class ParkedModel {
  readonly #model: ReferenceModel
  readonly #streams = new Map<ClientId, { awaited: ClientId; readonly inputs: StreamInput[] }>()

  constructor(model: ReferenceModel) {
    this.#model = model
  }

  /** Whether the message has to wait, and now does. */
  parks(input: StreamInput): boolean {
    const stream = this.#streams.get(input.from)
    if (stream !== undefined) return stream.inputs.push(input) > 0
    const awaited = this.#awaited(input.from, input.message)
    if (awaited !== undefined) this.#streams.set(input.from, { awaited, inputs: [input] })
    return awaited !== undefined
  }

  /** What can be handled because the client said more, or ended. */
  *resumed(by: ClientId): Iterable<StreamInput> {
    for (const [client, stream] of [...this.#streams]) {
      if (stream.awaited !== by) continue
      this.#streams.delete(client)
      this.#streams.set(client, stream)
      for (let [input] = stream.inputs; input !== undefined; [input] = stream.inputs) {
        const awaited = this.#awaited(client, input.message)
        if (awaited !== undefined) stream.awaited = awaited
        if (awaited !== undefined) break
        stream.inputs.shift()
        yield input
      }
      if (stream.inputs.length === 0) this.#streams.delete(client)
    }
  }

  /** Takes a request out of its stream; who was awaited, if it was there. */
  cancel(client: ClientId, ask: number): ClientId | undefined {
    const stream = this.#streams.get(client)
    const at = stream?.inputs.findIndex((input) => input.type === 'request' && input.ask === ask) ?? -1
    if (stream === undefined || at < 0) return undefined
    stream.inputs.splice(at, 1)
    return stream.awaited
  }

  forget(client: ClientId): void {
    this.#streams.delete(client)
  }

  /** All that waits, each stream in its order: nothing does any more. */
  takeAll(): readonly StreamInput[] {
    const inputs = [...this.#streams.values()].flatMap((stream) => stream.inputs.splice(0))
    this.#streams.clear()
    return inputs
  }

  #awaited(client: ClientId, message: SessionRequest | SessionNotification): ClientId | undefined {
    if (message.type === 'createResourceTracker') return undefined
    if (message.type === 'transferTo') {
      return this.#maker(client, message.source) ?? this.#maker(client, message.destination)
    }
    if (!('tracker' in message) || message.tracker === null) return undefined
    const maker = this.#maker(client, message.tracker)
    return maker === undefined && message.type === 'adoptTracker' ? this.#issuer(client, message) : maker
  }

  #maker(client: ClientId, tracker: TrackerId): ClientId | undefined {
    const maker = clientOf(tracker)
    const known = this.#model.clients.get(maker)
    const isToCome = known !== undefined && tracker % 0x1_0000_0000 > known.lastTracker
    return maker !== client && isToCome ? maker : undefined
  }

  #issuer(
    client: ClientId,
    { tracker, token }: Extract<SessionRequest, { type: 'adoptTracker' }>,
  ): ClientId | undefined {
    const known = this.#model.trackers.get(tracker)
    if (known === undefined || tracker < 0 || known.tokens.has(token)) return undefined
    const issuer = clientOf(token) > 0 ? clientOf(token) : clientOf(tracker)
    return issuer !== client && this.#model.clients.has(issuer) ? issuer : undefined
  }
}
