// An emitted symbol that is not ready waits, in the end, for one that is not emitted; and whatever it waits for knows
// of it.
import type { SessionState } from './session-state.js'
import { rootOf } from './rooted-forest.js'
import { entryState } from './symbol-entry.js'
import type { PendingInfo, SymbolEntry } from './symbol-entry.js'
import { representative } from './waiting-on-graph.js'
import type { WaitingNode } from './waiting-on-graph.js'
import type { Check } from './verify-session-state.js'

export function verifyGraph(state: SessionState, check: Check): void {
  for (const dylib of state.dylibs.values()) {
    for (const entry of dylib.symbols.values()) {
      if (entry.state === entryState.emitted) verifyWaiting(entry, entry.pending, check)
      verifyDependants(entry, check)
    }
  }
}

function verifyWaiting({ name }: SymbolEntry, pending: PendingInfo | null, check: Check): void {
  const node = pending?.node ?? null
  if (node === null) return check(false, () => `${name}, which is emitted and not ready, is in the graph`)
  check(
    node.symbols.some((symbol) => symbol.name === name),
    () => `${name} is in its own group`,
  )
  check(!node.withdrawn, () => `the group of ${name} was not withdrawn`)
  for (const dependency of node.dependencies) {
    if (dependency.state === entryState.ready) continue
    if (dependency.state === entryState.removed) {
      check(dependency.failure === null, () => `${dependency.name}, which ${name} depends on, was ready when it went`)
      continue
    }
    check(
      dependency.pending?.dependants?.includes(node) === true,
      () => `${dependency.name} knows that ${name} waits for it`,
    )
  }
  const whole = representative(node)
  const blockedOn = whole.blockedOn
  check(blockedOn !== null, () => `the group of ${name} is blocked on something`)
  check(blockedOn?.state !== entryState.ready, () => `what the group of ${name} is blocked on is not ready`)
  const root = rootOf(whole) as WaitingNode
  check(
    root.symbols.length === 0 && root.mergedInto === null,
    () => `${name} waits, in the end, for what is not emitted`,
  )
}

function verifyDependants({ name, state, pending }: SymbolEntry, check: Check): void {
  const dependants = pending?.dependants ?? []
  const waiting = dependants.filter(({ withdrawn }) => !withdrawn)
  check(
    dependants.length - waiting.length === (pending?.withdrawnDependants ?? 0),
    () => `those that waited for ${name} and were withdrawn are counted`,
  )
  for (const dependant of waiting) {
    check(state !== entryState.ready, () => `nobody waits for ${name}, which is ready`)
    for (const symbol of dependant.symbols) {
      check(symbol.state === entryState.emitted, () => `${symbol.name}, which waits for ${name}, is emitted`)
    }
  }
}
