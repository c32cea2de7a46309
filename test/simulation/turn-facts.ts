// A turn of the session as checks look at it: what went in, what came out, and, where one request was all that was handled, what
// became of it.
import type { ClientId, AskId, SessionRequest } from '@worc/protocol'
import type { Effect, SessionInput, SessionState } from '@worc/orc'

type Dylib = SessionState['dylibs'] extends ReadonlyMap<unknown, infer D> ? D : never
export type SymbolEntry = ReturnType<Dylib['symbols']['values']>[number]
export type Responsibility = ReturnType<SessionState['responsibilities']['values']>[number]

export interface TurnFacts {
  readonly input: SessionInput
  readonly effects: readonly Effect[]
  readonly state: SessionState
  /** Whether no stream that stood still can have gone on in this turn. */
  readonly isAlone: boolean
  /** The request that was all that was handled. */
  readonly request: SessionRequest | undefined
  /** It was answered in the turn. */
  readonly succeeds: boolean
  readonly fails: boolean
  readonly value: unknown
}

export class TurnObserver {
  /** Whether streams were parked when the turn began. */
  #mayResume = false

  factsOf(input: SessionInput, effects: readonly Effect[], state: SessionState): TurnFacts {
    const isAlone = !this.#mayResume
    this.#mayResume = false
    for (const { parked } of state.clients.values()) if (parked !== null) this.#mayResume = true
    const isRequest = input.type === 'request' && isAlone
    const reply = isRequest ? answerTo(input.from, input.ask, effects) : undefined
    return {
      input,
      effects,
      state,
      isAlone,
      request: isRequest ? input.message : undefined,
      succeeds: reply?.result.ok === true,
      fails: reply?.result.ok === false,
      value: reply?.result.ok === true ? reply.result.value : undefined,
    }
  }
}

function answerTo(
  client: ClientId,
  ask: AskId,
  effects: readonly Effect[],
): Extract<Effect, { type: 'reply' }> | undefined {
  for (const effect of effects) if (effect.type === 'reply' && effect.to === client && effect.ask === ask) return effect
  return undefined
}
