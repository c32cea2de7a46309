// An emitted symbol that is not ready waits, in the end, for one that is not emitted; and whatever it waits for knows
// of it.
import type { SessionState } from './session-state.js'
import { rootOf } from './rooted-forest.js'
import { entryState } from './symbol-entry.js'
import type { PendingInfo, SymbolEntry } from './symbol-entry.js'
import { representative } from './waiting-on-graph.js'
import type { WaitingNode } from './waiting-on-graph.js'

const none: readonly WaitingNode[] = []

export function verifyGraph(state: SessionState, violations: string[]): void {
  for (const dylib of state.dylibs.values()) {
    for (const entry of dylib.symbols.values()) {
      if (entry.state === entryState.emitted) verifyWaiting(entry, entry.pending, violations)
      verifyDependants(entry, violations)
    }
  }
}

function verifyWaiting({ name }: SymbolEntry, pending: PendingInfo | null, violations: string[]): void {
  const node = pending?.node ?? null
  if (node === null) return void violations.push(`${name}, which is emitted and not ready, is in the graph`)
  if (!node.symbols.some((symbol) => symbol.name === name)) violations.push(`${name} is in its own group`)
  if (node.withdrawn) violations.push(`the group of ${name} was not withdrawn`)
  for (const dependency of node.dependencies) {
    if (dependency.state === entryState.ready) continue
    if (dependency.state === entryState.removed) {
      if (dependency.failure !== null)
        violations.push(`${dependency.name}, which ${name} depends on, was ready when it went`)
      continue
    }
    if (dependency.pending?.dependants?.includes(node) !== true)
      violations.push(`${dependency.name} knows that ${name} waits for it`)
  }
  const whole = representative(node)
  const blockedOn = whole.blockedOn
  if (blockedOn === null) violations.push(`the group of ${name} is blocked on something`)
  if (blockedOn?.state === entryState.ready) violations.push(`what the group of ${name} is blocked on is not ready`)
  const root = rootOf(whole) as WaitingNode
  if (root.symbols.length > 0 || root.mergedInto !== null)
    violations.push(`${name} waits, in the end, for what is not emitted`)
}

function verifyDependants({ name, state, pending }: SymbolEntry, violations: string[]): void {
  if (pending === null) return
  const dependants = pending.dependants ?? none
  const waiting = dependants.length === 0 ? none : dependants.filter(({ withdrawn }) => !withdrawn)
  if (dependants.length - waiting.length !== pending.withdrawnDependants)
    violations.push(`those that waited for ${name} and were withdrawn are counted`)
  for (const dependant of waiting) {
    if (state === entryState.ready) violations.push(`nobody waits for ${name}, which is ready`)
    for (const symbol of dependant.symbols) {
      if (symbol.state !== entryState.emitted) violations.push(`${symbol.name}, which waits for ${name}, is emitted`)
    }
  }
}
