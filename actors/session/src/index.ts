export { SessionActor } from './session-actor.js'
export type { SessionPorts, SessionSetup } from './session-actor.js'
