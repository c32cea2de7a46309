// Between a unit's handles and its code. Handles outlive their unit: their gate knows its facts and keeps nothing else of it.
import type { InstalledUnit, JITErrorData } from '@worc/protocol'
import { JITError, symbolError } from '@worc/protocol'
import type { Gate } from './jit-function.js'

/** The thread that calls. */
interface GateKeeper {
  readonly isParked: () => boolean
  readonly unpark: () => void
}

export function createGate(facts: InstalledUnit, { isParked, unpark }: GateKeeper): Gate {
  const gate: Gate = {
    closed: isParked() ? 1 : 0,
    open: (symbol) => {
      if (isParked()) unpark()
      // Unparked, the thread has caught up, which may be how it heard that the unit is gone.
      if (gate.closed !== 0) throw new JITError(removed(facts, symbol))
    },
  }
  return gate
}

export function removed({ dylib, name }: InstalledUnit, symbol: string): JITErrorData {
  return symbolError('CodeRemoved', `"${symbol}" of ${name} was removed from ${dylib}`, [[dylib, [symbol]]])
}
