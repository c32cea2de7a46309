// What must be true after every turn, each violation as a sentence. Facts that join several tables are checked here and
// nowhere else; tests ask after every turn, users may at any time. Costs time in proportion to the session. Source:
// ExecutionSession::verifySessionState (Core.cpp).
import { unitPhase } from './materialization-unit.js'
import type { SessionState } from './session-state.js'
import { verifyAsks } from './verify-asks.js'
import { verifyClients } from './verify-clients.js'
import { verifyGraph } from './verify-graph.js'
import { verifyOwnership } from './verify-ownership.js'
import { verifyQueries } from './verify-queries.js'
import { verifyResponsibilities } from './verify-responsibilities.js'

/** Reports a violation where `holds` is false. */
export type Check = (holds: boolean, sentence: () => string) => void

/** No sentence means that all is well. */
export function verifySessionState(state: SessionState): string[] {
  const violations: string[] = []
  const check: Check = (holds, sentence) => {
    if (!holds) violations.push(sentence())
  }
  verifyDylibs(state, check)
  verifyOwnership(state, check)
  verifyResponsibilities(state, check)
  verifyQueries(state, check)
  verifyGraph(state, check)
  verifyClients(state, check)
  verifyAsks(state, check)
  return violations
}

function verifyDylibs(state: SessionState, check: Check): void {
  for (const dylib of state.dylibs.values()) {
    const { name, phase } = dylib
    const isOpen = phase === 'open'
    check(phase !== 'closed', () => `a closed JITDylib, ${name}, is forgotten`)
    check((state.dylibsByName.get(name) === dylib) === isOpen, () => `${name} is found by name while it is open`)
    check(isOpen || dylib.symbols.size === 0, () => `${name}, which is not open, has no symbols`)
    check(isOpen || dylib.trackers.size === 0, () => `${name}, which is not open, has no live trackers`)
    check(isOpen || dylib.generators.length === 0, () => `${name}, which is not open, has no generators`)
    for (const entry of dylib.linkOrder) {
      check(entry.dylib.phase === 'open', () => `${name} links against ${entry.dylib.name}, which is open`)
    }
    for (const unit of dylib.initUnits) {
      check(unit.phase !== unitPhase.gone, () => `${name} initializes unit ${unit.name}, which is there`)
    }
    for (const generator of dylib.generators) {
      check(!generator.removed, () => `generator ${generator.id} of ${name} was not removed`)
      const isIdle = generator.inside.size === 0
      const isAlone = generator.inside.size < 2 || generator.kind === 'reexports'
      check(isAlone, () => `one lookup at a time is inside generator ${generator.id}`)
      check(!isIdle || generator.queued.length === 0, () => `nobody queues on generator ${generator.id}, which is idle`)
    }
  }
  check(state.ownWork.length === 0, () => 'the session has done its own work')
  check(state.phase !== 'ended' || state.dylibs.size === 0, () => 'a session that has ended has no JITDylibs')
}
