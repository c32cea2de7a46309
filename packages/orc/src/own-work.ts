// What the session does itself where others are asked by message: it materializes aliases and generates re-exports. A step
// is done after the message that made it possible, one after the other, so that a chain of any length needs no stack.
import type { Expected, FlagsEntry } from '@worc/protocol'
import { aliaseeFound, lookUpAliasee } from './aliases.js'
import type { WaitingGeneration } from './generators.js'
import { lookThroughSource, reexportsFound } from './reexports.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { SessionState } from './session-state.js'
import type { SymbolEntry } from './symbol-entry.js'

export type OwnStep =
  | { readonly type: 'lookUpAliasee'; readonly responsibility: MaterializationResponsibility }
  | {
      readonly type: 'aliaseeFound'
      readonly responsibility: MaterializationResponsibility
      readonly found: Expected<readonly SymbolEntry[]>
    }
  | { readonly type: 'lookThroughSource'; readonly generation: WaitingGeneration }
  | {
      readonly type: 'reexportsFound'
      readonly generation: WaitingGeneration
      readonly found: Expected<readonly FlagsEntry[]>
    }

export function doOwnWork(state: SessionState): void {
  const { ownWork } = state
  if (ownWork.length === 0) return
  for (let next = 0; next < ownWork.length; next++) {
    const step = ownWork[next]
    if (step !== undefined) doStep(state, step)
  }
  ownWork.length = 0
}

function doStep(state: SessionState, step: OwnStep): void {
  switch (step.type) {
    case 'lookUpAliasee':
      return lookUpAliasee(state, step.responsibility)
    case 'aliaseeFound':
      return aliaseeFound(state, step.responsibility, step.found)
    case 'lookThroughSource':
      return lookThroughSource(state, step.generation)
    case 'reexportsFound':
      return reexportsFound(state, step.generation, step.found)
  }
}
