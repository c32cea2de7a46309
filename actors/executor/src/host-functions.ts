// JavaScript that JIT'd code calls by name. A closure is called in the thread that defined it and refused in any other; a
// module's export is imported by each thread, when it first calls it. What the function throws passes through the frames of
// JIT'd code as it is.
import type { HostFunctions, ImportedFunction, InstalledUnit, UnitId } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { JITValue } from './jit-function.js'
import type { CodeThread } from './thread-context.js'

export type HostClosure = (...args: JITValue[]) => unknown

/** Where a thread finds the functions. */
export interface HostFunctionSite {
  /** As errors name the thread. */
  readonly threadId: number
  /** A closure that this thread has defined in a unit; undefined where another thread has. */
  closureOf(unit: UnitId, name: string): HostClosure | undefined
  /** Synchronous: a call cannot wait for a promise. Throws a JITError that names the function. */
  importFunction(name: string, from: ImportedFunction): HostClosure
}

/** What the unit's module imports as `host`, by name. */
export function hostImports(
  facts: InstalledUnit,
  host: HostFunctions,
  context: CodeThread,
  site: HostFunctionSite,
): WebAssembly.ModuleImports {
  const imports = Object.create(null) as Record<string, HostClosure>
  for (const [index, call] of hostClosures(facts, host, site).entries())
    imports[facts.functions[index]?.[0] ?? ''] = (...args) => context.fromHost(() => call(...args))
  return imports
}

/** By index of the unit's functions: what is called for each in this thread. */
export function hostClosures(
  { functions }: InstalledUnit,
  host: HostFunctions,
  site: HostFunctionSite,
): readonly HostClosure[] {
  return functions.map(([name], index) => {
    const from = host.functions[index] ?? null
    return from === null
      ? (site.closureOf(host.unit, name) ?? refuse(name, site))
      : importedAtFirstCall(name, from, site)
  })
}

function refuse(name: string, { threadId }: HostFunctionSite): () => never {
  return () => {
    const message =
      `host function "${name}" is a closure of the thread that defined it, and was called in thread ${threadId}: ` +
      'name a module and an export to have every thread import it'
    throw new JITError(plainError('WrongOwner', message))
  }
}

function importedAtFirstCall(name: string, from: ImportedFunction, site: HostFunctionSite): HostClosure {
  let target: HostClosure | undefined
  return (...args) => {
    target ??= site.importFunction(name, from)
    return target(...args)
  }
}
