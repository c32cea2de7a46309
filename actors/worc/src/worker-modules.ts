// What the threads of a house run.

/** Whoever breaks a house on purpose puts modules of its own around these. */
export interface WorkerModules {
  readonly session: URL
  readonly link: URL
  readonly compile: URL
  readonly gateway: URL
}

export const ownModules: WorkerModules = {
  session: new URL('./workers/session-worker.js', import.meta.url),
  link: new URL('./workers/link-worker.js', import.meta.url),
  compile: new URL('./workers/compile-worker.js', import.meta.url),
  gateway: new URL('./workers/gateway-worker.js', import.meta.url),
}
