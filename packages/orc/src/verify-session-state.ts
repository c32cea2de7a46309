// What must be true after every turn, each violation as a sentence. Facts that join several tables are checked here and
// nowhere else; tests ask after every turn, users may at any time. Costs time in proportion to the session; where all is well,
// little memory. Source:
// ExecutionSession::verifySessionState (Core.cpp).
import { unitPhase } from './materialization-unit.js'
import type { SessionState } from './session-state.js'
import { verifyAsks } from './verify-asks.js'
import { verifyClients } from './verify-clients.js'
import { verifyGraph } from './verify-graph.js'
import { verifyOwnership } from './verify-ownership.js'
import { attachedQueries, verifyQueries } from './verify-queries.js'
import { verifyResponsibilities } from './verify-responsibilities.js'

/** No sentence means that all is well. */
export function verifySessionState(state: SessionState): string[] {
  const violations: string[] = []
  const queries = attachedQueries(state)
  verifyDylibs(state, violations)
  verifyOwnership(state, violations)
  verifyResponsibilities(state, violations)
  verifyQueries(state, queries, violations)
  verifyGraph(state, violations)
  verifyClients(state, violations)
  verifyAsks(state, queries, violations)
  return violations
}

function verifyDylibs(state: SessionState, violations: string[]): void {
  for (const dylib of state.dylibs.values()) {
    const { name, phase } = dylib
    const isOpen = phase === 'open'
    if (phase === 'closed') violations.push(`a closed JITDylib, ${name}, is forgotten`)
    if ((state.dylibsByName.get(name) === dylib) !== isOpen)
      violations.push(`${name} is found by name while it is open`)
    if (!(isOpen || dylib.symbols.size === 0)) violations.push(`${name}, which is not open, has no symbols`)
    if (!(isOpen || dylib.trackers.size === 0)) violations.push(`${name}, which is not open, has no live trackers`)
    if (!(isOpen || dylib.generators.length === 0)) violations.push(`${name}, which is not open, has no generators`)
    for (const entry of dylib.linkOrder) {
      if (entry.dylib.phase !== 'open') violations.push(`${name} links against ${entry.dylib.name}, which is open`)
    }
    for (const unit of dylib.initUnits) {
      if (unit.phase === unitPhase.gone) violations.push(`${name} initializes unit ${unit.name}, which is there`)
    }
    for (const generator of dylib.generators) {
      if (generator.removed) violations.push(`generator ${generator.id} of ${name} was not removed`)
      const isIdle = generator.inside.size === 0
      const isAlone = generator.inside.size < 2 || generator.kind === 'reexports'
      if (!isAlone) violations.push(`one lookup at a time is inside generator ${generator.id}`)
      if (isIdle && generator.queued.length > 0)
        violations.push(`nobody queues on generator ${generator.id}, which is idle`)
    }
  }
  if (state.ownWork.length !== 0) violations.push('the session has done its own work')
  if (!(state.phase !== 'ended' || state.dylibs.size === 0))
    violations.push('a session that has ended has no JITDylibs')
}
