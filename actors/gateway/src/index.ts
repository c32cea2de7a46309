export { CallSlots } from './call-slots.js'
export type {
  ExecutorJob,
  ExecutorSetup,
  FromExecutor,
  FunctionPlace,
  JobResults,
  ToExecutor,
} from './executor-messages.js'
export { Gateway } from './gateway.js'
export type { GatewayOptions } from './gateway.js'
export type { ListenAddress } from './listener.js'
export type { ProgramStart } from './programs.js'
export { defaultLimits } from './quotas.js'
export type { GatewayLimits } from './quotas.js'
export { newToken, prepareSocketPlace, readToken, tokenOf } from './socket-place.js'
