// What goes into a turn and what comes out of it. An input is one message of one client, or a fact about a client;
// effects are what the session's actor does after the turn, in order: ORC's "outside the lock".
import type {
  AskId,
  Attachment,
  ClientId,
  Expected,
  JITErrorData,
  SessionAsk,
  SessionEvent,
  SessionNotification,
  SessionRequest,
} from '@worc/protocol'

/**
 * Link and compile actors are clients too: they may ask whatever a client asks, and are given materializations to do.
 */
export type ClientRole = 'client' | 'link' | 'compile'

export interface RequestInput {
  readonly type: 'request'
  readonly from: ClientId
  readonly ask: AskId
  readonly message: SessionRequest
  readonly attachments: readonly Attachment[]
}

export interface NotificationInput {
  readonly type: 'notification'
  readonly from: ClientId
  readonly message: SessionNotification
}

/** Answers the 'ask' effect that had this token. */
export interface ReplyInput {
  readonly type: 'reply'
  readonly from: ClientId
  readonly token: number
  readonly result: Expected<unknown>
  readonly attachments: readonly Attachment[]
}

export interface ClientConnectedInput {
  readonly type: 'clientConnected'
  readonly client: ClientId
  readonly role: ClientRole
}

/** Nothing more comes from the client; what was sent to it may be lost. Its number is never used again. */
export interface ClientClosedInput {
  readonly type: 'clientClosed'
  readonly client: ClientId
  readonly error: JITErrorData
}

export type SessionInput = RequestInput | NotificationInput | ReplyInput | ClientConnectedInput | ClientClosedInput

export type Effect =
  | { readonly type: 'reply'; readonly to: ClientId; readonly ask: AskId; readonly result: Expected<unknown> }
  | {
      readonly type: 'send'
      readonly to: ClientId
      readonly message: SessionEvent
      readonly attachments: readonly Attachment[]
    }
  | {
      readonly type: 'ask'
      readonly to: ClientId
      readonly token: number
      readonly message: SessionAsk
      readonly attachments: readonly Attachment[]
    }

export const noAttachments: readonly Attachment[] = []
