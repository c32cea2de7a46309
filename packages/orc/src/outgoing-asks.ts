// What the session itself asks of clients, by token. Each is answered once: by a reply, or by its client's end.
import type { Attachment, Expected, FlagsEntry, JITErrorData, SessionAsk, SessionAskReplies } from '@worc/protocol'
import { failure } from '@worc/protocol'
import { noAttachments } from './effects.js'
import type { ReplyInput } from './effects.js'
import { generated } from './generators.js'
import type { WaitingGeneration } from './generators.js'
import { reexportsFiltered } from './reexports.js'
import { removalAnswered } from './removal.js'
import type { Removal } from './removal.js'
import type { ResourceManager } from './resource-managers.js'
import { addEffect } from './session-state.js'
import type { Client, SessionState } from './session-state.js'

export type OutgoingAsk = { readonly to: Client } & (
  | { readonly type: 'handleRemoveResources'; readonly removal: Removal; readonly manager: ResourceManager }
  | { readonly type: 'generate'; readonly generation: WaitingGeneration }
  | {
      readonly type: 'filterReexports'
      readonly generation: WaitingGeneration
      readonly found: readonly FlagsEntry[]
    }
)

export function askClient(
  state: SessionState,
  outgoing: OutgoingAsk,
  message: SessionAsk,
  attachments: readonly Attachment[] = noAttachments,
): void {
  const token = ++state.last.token
  state.outgoing.set(token, outgoing)
  outgoing.to.load++
  addEffect(state, { type: 'ask', to: outgoing.to.id, token, message, attachments })
}

/** A reply to nothing that is outstanding is ignored: its ask was answered by the client's end. */
export function replied(state: SessionState, { from, token, result, attachments }: ReplyInput): void {
  if (state.outgoing.get(token)?.to.id === from) answer(state, token, result, attachments)
}

export function failAsks(state: SessionState, client: Client, error: JITErrorData): void {
  for (const [token, { to }] of state.outgoing.entries()) {
    if (to === client) answer(state, token, failure(error), noAttachments)
  }
}

function answer(
  state: SessionState,
  token: number,
  result: Expected<unknown>,
  attachments: readonly Attachment[],
): void {
  const outgoing = state.outgoing.get(token)
  if (outgoing === undefined) return
  state.outgoing.delete(token)
  outgoing.to.load--
  switch (outgoing.type) {
    case 'handleRemoveResources':
      return removalAnswered(
        state,
        outgoing.removal,
        outgoing.manager,
        result as Expected<SessionAskReplies['handleRemoveResources']>,
      )
    case 'generate':
      return generated(state, outgoing.generation, {
        client: outgoing.to,
        result: result as Expected<SessionAskReplies['generate']>,
        attachments,
      })
    case 'filterReexports':
      return reexportsFiltered(
        state,
        outgoing.generation,
        outgoing.found,
        result as Expected<SessionAskReplies['filterReexports']>,
      )
  }
}
