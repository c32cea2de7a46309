export { createSessionState, setDefaultLinkOrder } from './session-state.js'
export type { SessionOptions, SessionState } from './session-state.js'
export { entryState } from './symbol-entry.js'
export { turn } from './turn.js'
export { verifySessionState } from './verify-session-state.js'
export type {
  ClientClosedInput,
  ClientConnectedInput,
  ClientRole,
  Effect,
  NotificationInput,
  ReplyInput,
  RequestInput,
  SessionInput,
} from './effects.js'
