// Who hears what became of a lookup or a query: mostly a client that asked, otherwise the session itself, which resolves
// aliases, generates re-exports and has init symbols materialized.
import type { Expected, FlagsEntry, JITErrorData } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { settleAsk } from './asks.js'
import type { PendingAsk } from './asks.js'
import type { WaitingGeneration } from './generators.js'
import type { InitializeRequest } from './initializers.js'
import { definitionsOf } from './queries.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import type { SymbolEntry } from './symbol-entry.js'

export interface AskWaiter {
  readonly kind: 'ask'
  readonly ask: PendingAsk
}

/** The responsibility of an alias, which waits for its aliasee. */
export interface AliasWaiter {
  readonly kind: 'alias'
  readonly responsibility: MaterializationResponsibility
}

/** An initialization, which needs its init symbols first. */
export interface InitializationWaiter {
  readonly kind: 'initialization'
  readonly request: InitializeRequest
}

/** A lookup inside a generator of re-exports, for which their source is looked through. */
export interface GenerationWaiter {
  readonly kind: 'generation'
  readonly generation: WaitingGeneration
}

/** Whether anybody still wants to know. */
export function isWaiting(state: SessionState, waiter: AskWaiter | AliasWaiter | GenerationWaiter): boolean {
  switch (waiter.kind) {
    case 'ask':
      return waiter.ask.open
    case 'alias':
      return state.responsibilities.has(waiter.responsibility.id)
    case 'generation':
      return waiter.generation.generator.inside.has(waiter.generation.lookup)
  }
}

/** The session's own work is put down as a step: it is done when whatever is under way is finished. */
export function settleFound(
  state: SessionState,
  waiter: AskWaiter | AliasWaiter,
  found: Expected<readonly SymbolEntry[]>,
): void {
  switch (waiter.kind) {
    case 'ask':
      return settleAsk(state, waiter.ask, found.ok ? success(definitionsOf(found.value)) : found)
    case 'alias':
      state.ownWork.push({ type: 'aliaseeFound', responsibility: waiter.responsibility, found })
  }
}

export function settleFlags(
  state: SessionState,
  waiter: AskWaiter | GenerationWaiter,
  found: Expected<readonly FlagsEntry[]>,
): void {
  switch (waiter.kind) {
    case 'ask':
      return settleAsk(state, waiter.ask, found)
    case 'generation':
      state.ownWork.push({ type: 'reexportsFound', generation: waiter.generation, found })
  }
}

export function failWaiter(
  state: SessionState,
  waiter: AskWaiter | AliasWaiter | GenerationWaiter,
  error: JITErrorData,
): void {
  if (waiter.kind === 'generation') settleFlags(state, waiter, failure(error))
  else settleFound(state, waiter, failure(error))
}
