// What the scenarios of ORC's core start from: four names with addresses of their own, lookups that can be watched, and the
// manager that keeps a ledger of what is filed under which key.
import type { ByName, ExecutorSymbolDef, JITDylib, JITSymbolFlags, ResourceKey, ResourceManager } from 'worc'
import { JITError } from 'worc'
import type { ExecutionSession, LookupRequest } from 'worc'

export const exported = { exported: true }
export const weak = { exported: true, weak: true }

export const fooAddress = 0x1000
export const barAddress = 0x2000
export const bazAddress = 0x3000
export const quxAddress = 0x4000

const addresses: Readonly<Record<string, number>> = {
  Foo: fooAddress,
  Bar: barAddress,
  Baz: bazAddress,
  Qux: quxAddress,
}

/** Foo, Bar, Baz and Qux at their addresses. */
export function definitionsOf(
  names: readonly string[],
  flags: JITSymbolFlags = exported,
): Record<string, ExecutorSymbolDef> {
  return Object.fromEntries(names.map((name) => [name, { address: addresses[name] ?? 0, flags }]))
}

/** A promise of the session's and what has become of it by now. */
export interface Watched<T> {
  readonly promise: Promise<T>
  /** Undefined until it settles; then 'ok' or the code of the error. */
  outcome: string | undefined
}

export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { promise, outcome: undefined }
  promise.then(
    () => (watched.outcome = 'ok'),
    (thrown: unknown) => (watched.outcome = thrown instanceof JITError ? thrown.code : String(thrown)),
  )
  return watched
}

/** A lookup in one dylib, exported symbols only, that a test watches. */
export function watchLookup(
  session: ExecutionSession,
  dylib: JITDylib,
  names: readonly string[],
  requiredState: LookupRequest['requiredState'] = 'ready',
): Watched<Map<string, ExecutorSymbolDef>> {
  return watch(session.lookup({ searchOrder: [dylib], symbols: names, requiredState }))
}

/** Which of these names a dylib exports. */
export async function defined(
  session: ExecutionSession,
  dylib: JITDylib,
  names: readonly string[],
): Promise<readonly string[]> {
  const symbols = names.map((name) => ({ name, required: false }))
  return [...(await session.lookupFlags({ searchOrder: [dylib], symbols })).keys()]
}

/** A resource manager whose resources are numbers, filed under keys and added up when keys are merged. */
export class Ledger implements ResourceManager {
  readonly entries = new Map<ResourceKey, number>()
  readonly removed: ResourceKey[] = []
  readonly transferred: (readonly [from: ResourceKey, to: ResourceKey])[] = []

  record(key: ResourceKey, amount = 1): void {
    this.entries.set(key, (this.entries.get(key) ?? 0) + amount)
  }

  handleRemoveResources(_dylib: JITDylib, key: ResourceKey): void {
    this.removed.push(key)
    this.entries.delete(key)
  }

  handleTransferResources(_dylib: JITDylib, destination: ResourceKey, source: ResourceKey): void {
    this.transferred.push([source, destination])
    const amount = this.entries.get(source)
    if (amount === undefined) return
    this.entries.delete(source)
    this.record(destination, amount)
  }
}

/** Defines names at their addresses in its own time: files one resource under its key, resolves and emits. */
export function filedUnit(
  ledger: Ledger,
  names: readonly string[],
): {
  name: string
  symbols: ByName<JITSymbolFlags>
  materialize: (responsibility: import('worc').MaterializationResponsibility) => Promise<void>
} {
  return {
    name: `filed unit of ${names.join(', ')}`,
    symbols: Object.fromEntries(names.map((name) => [name, exported])),
    materialize: async (responsibility) => {
      await responsibility.withResourceKeyDo((key) => ledger.record(key))
      await responsibility.notifyResolved(definitionsOf(names))
      await responsibility.notifyEmitted()
    },
  }
}
