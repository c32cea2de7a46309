// Units that a client materializes itself, in each way that the interface allows, the wrong ones too. Each counts its end:
// whatever became of it, the session must say once that it is done with it.
import type {
  ExecutorSymbolDef,
  JIT,
  JITSymbolFlags,
  MaterializationResponsibility,
  MaterializationUnit,
  ResourceTracker,
} from 'worc'
import { absoluteSymbols } from 'worc'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Ledger } from './ledger.js'
import { ringObject } from './objects.js'
import type { UnitMode } from './program.js'

export const unitFails = 'a unit failed, as it was told to'

interface UnitSetting {
  readonly jit: JIT
  readonly ledger: Ledger
  readonly tracker: ResourceTracker | undefined
  readonly collectGarbage: () => void
}

export class UnitCensus {
  #alive = 0
  #next = 0
  readonly #problem: (text: string) => void

  constructor(problem: (text: string) => void) {
    this.#problem = problem
  }

  userUnit(names: readonly string[], mode: UnitMode, setting: UnitSetting): MaterializationUnit {
    const definitions = this.definitions(names)
    const problem = this.#problem
    let materialized = false
    let disposed = false
    this.#alive++
    return {
      name: `${names.join(' ')} ${mode}`,
      symbols: Object.fromEntries(names.map((name) => [name, exported])),
      materialize: (responsibility) => {
        if (materialized) problem(`a unit that ${mode} was materialized twice`)
        materialized = true
        return behaviours[mode](responsibility, definitions, setting)
      },
      [Symbol.dispose]: () => {
        if (disposed) problem(`a unit that ${mode} was disposed of twice`)
        disposed = true
        this.#alive--
      },
    }
  }

  absoluteUnit(names: readonly string[]): MaterializationUnit {
    return absoluteSymbols(this.definitions(names))
  }

  /** Refused: the session never knew it. */
  forget(unit: MaterializationUnit): void {
    unit[Symbol.dispose]?.()
  }

  close(): void {
    if (this.#alive !== 0) this.#problem(`${this.#alive} units were never disposed of`)
    this.#alive = 0
  }

  definitions(names: readonly string[]): Record<string, ExecutorSymbolDef> {
    return Object.fromEntries(names.map((name) => [name, { address: this.#addressFor(name), flags: exported }]))
  }

  #addressFor(name: string): number {
    this.#next = (this.#next + 1) % perName
    return addressBase(name) + this.#next
  }
}

const exported: JITSymbolFlags = { exported: true }
const perName = 100_000

/** Each name has addresses of its own, so that one handed out for another shows. */
export function isAddressOf(name: string, address: number): boolean {
  return address >= addressBase(name) && address < addressBase(name) + perName
}

function addressBase(name: string): number {
  return (name.charCodeAt(0) * 16 + name.charCodeAt(1)) * perName
}

type Definitions = Readonly<Record<string, ExecutorSymbolDef>>
type Behaviour = (
  responsibility: MaterializationResponsibility,
  definitions: Definitions,
  setting: UnitSetting,
) => void | Promise<void>

const behaviours: Readonly<Record<UnitMode, Behaviour>> = {
  'resolves at once': (responsibility, definitions) => {
    responsibility.notifyResolvedSync(definitions)
    responsibility.notifyEmittedSync()
  },
  'resolves later': async (responsibility, definitions, { ledger }) => {
    await responsibility.withResourceKeyDo((key) => ledger.file(key))
    await responsibility.notifyResolved(definitions)
    await responsibility.notifyEmitted()
  },
  'waits long': async (responsibility, definitions, { ledger }) => {
    await nextTurn()
    await responsibility.notifyResolved(definitions)
    await nextTurn()
    await responsibility.withResourceKeyDo((key) => ledger.file(key))
    await responsibility.notifyEmitted()
  },
  fails: (responsibility) => responsibility.failMaterialization(new Error(unitFails)),
  throws: () => {
    throw new Error(unitFails)
  },
  'is dropped': (_responsibility, _definitions, { collectGarbage }) => {
    setTimeout(collectGarbage, 1)
  },
  delegates: async (responsibility, definitions) => {
    const [first] = responsibility.symbols.keys()
    const mine = first === undefined ? [] : [first]
    const theirs = [...responsibility.symbols.keys()].slice(1)
    if (theirs.length > 0) {
      const delegate = await responsibility.delegate(theirs)
      const finish = async (): Promise<void> => {
        await delegate.notifyResolved(pick(definitions, theirs))
        await delegate.notifyEmitted()
      }
      finish().catch((thrown: unknown) => delegate.failMaterialization(asError(thrown)))
    }
    await responsibility.notifyResolved(pick(definitions, mine))
    await responsibility.notifyEmitted()
  },
  replaces: (responsibility, definitions) => responsibility.replace(absoluteSymbols(definitions)),
  'claims more': async (responsibility) => {
    await responsibility.defineMaterializing({ u4: { exported: true, weak: true } })
    const all = [...responsibility.symbols].map(([name, flags]) => [name, { address: addressBase(name), flags }])
    await responsibility.notifyResolved(Object.fromEntries(all) as Definitions)
    await responsibility.notifyEmitted()
  },
  depends: async (responsibility, definitions) => {
    await responsibility.notifyResolved(definitions)
    await responsibility.notifyEmitted([
      {
        symbols: [...responsibility.symbols.keys()],
        dependencies: new Map([[responsibility.dylib, ['u0', 'u1']]]),
      },
    ])
  },
  'emits an object': (responsibility, _definitions, { jit }) => {
    const [name] = responsibility.symbols.keys()
    return jit.objects.emit(responsibility, ringObject(Number(name?.slice(1)), 1, 64))
  },
  'removes itself': async (responsibility, definitions, { tracker }) => {
    await responsibility.notifyResolved(definitions)
    await (tracker ?? responsibility.dylib.defaultResourceTracker).remove()
    await responsibility.notifyEmitted()
  },
}

function pick(definitions: Definitions, names: readonly string[]): Definitions {
  return Object.fromEntries(Object.entries(definitions).filter(([name]) => names.includes(name)))
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
