// Who is given work, and who is spoken with at all.
import type { ClientId, ResponsibilityId, SessionEvent } from '@worc/protocol'
import type { TurnFacts } from './turn-facts.js'
import { violated } from './violation.js'

type SourceKind = Extract<SessionEvent, { type: 'materialize' }>['source']['kind']

export class DispatchChecks {
  readonly #ended = new Set<ClientId>()
  /** In what form each responsibility was handed to somebody: a source first, an object after. */
  readonly #given = new Map<ResponsibilityId, Set<SourceKind>>()

  onTurn({ input, effects }: TurnFacts): void {
    if (input.type === 'clientClosed') this.#ended.add(input.client)
    else if (input.type !== 'clientConnected' && this.#ended.has(input.from))
      violated('I38', `client ${input.from}, which has ended, is heard`)
    for (const effect of effects) {
      if (this.#ended.has(effect.to)) violated('I38', `client ${effect.to}, which has ended, is told something`)
      if (effect.type === 'send' && effect.message.type === 'materialize') this.#give(effect.message)
    }
  }

  #give({ responsibility, source: { kind } }: Extract<SessionEvent, { type: 'materialize' }>): void {
    const given = this.#given.get(responsibility) ?? new Set()
    this.#given.set(responsibility, given)
    if (given.has(kind)) violated('I12', `responsibility ${responsibility} is handed to somebody twice, as ${kind}`)
    given.add(kind)
  }
}
