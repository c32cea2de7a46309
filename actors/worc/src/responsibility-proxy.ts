// A responsibility as its materializer holds it: a number over the client's one port, never a remote object. Dropped
// unfinished and collected, it tells the session, which fails it.
import type { FlagsEntry, JITDylibId, ResponsibilityId } from '@worc/protocol'
import { JITError, errorData, plainError } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import { dylibIdIn } from './jit-dylib.js'
import type {
  MaterializationResponsibility,
  MaterializationUnit,
  SymbolDependenceGroup,
  Synchronous,
} from './materialization-unit.js'
import type { SessionClient } from './session-client.js'
import type { ByName, ExecutorSymbolDef, JITSymbolFlags, SymbolName } from './symbol-records.js'
import { definitionEntries, flagsEntries, flagsMap } from './symbol-records.js'

export class ResponsibilityProxy implements MaterializationResponsibility {
  readonly dylib: JITDylib
  readonly id: ResponsibilityId
  readonly #client: SessionClient
  readonly #symbols: Map<SymbolName, JITSymbolFlags>
  #initSymbol: SymbolName | undefined
  #finished = false

  constructor(
    client: SessionClient,
    dylib: JITDylibId,
    id: ResponsibilityId,
    symbols: readonly FlagsEntry[],
    initSymbol: string | null,
  ) {
    this.#client = client
    this.dylib = client.dylibById(dylib)
    this.id = id
    this.#initSymbol = initSymbol ?? undefined
    this.#symbols = flagsMap(symbols)
    client.watchResponsibility(this)
  }

  get symbols(): ReadonlyMap<SymbolName, JITSymbolFlags> {
    return this.#symbols
  }

  get initSymbol(): SymbolName | undefined {
    return this.#initSymbol
  }

  /** True once it was emitted, failed, replaced or handed to a layer. */
  get finished(): boolean {
    return this.#finished
  }

  async requestedSymbols(): Promise<ReadonlySet<SymbolName>> {
    return new Set(await this.#client.request({ type: 'requestedSymbols', responsibility: this.id }))
  }

  withResourceKeyDo<T>(body: Synchronous<T>): Promise<T> {
    return this.#client.withResponsibilityKey(this.id, body)
  }

  async notifyResolved(resolved: ByName<ExecutorSymbolDef>): Promise<void> {
    await this.#client.request(this.#resolved(resolved))
  }

  notifyResolvedSync(resolved: ByName<ExecutorSymbolDef>): void {
    this.#client.requestSync(this.#resolved(resolved))
  }

  async notifyEmitted(groups: readonly SymbolDependenceGroup[] = []): Promise<void> {
    await this.#client.request(this.#emitted(groups))
    this.finish()
  }

  notifyEmittedSync(groups: readonly SymbolDependenceGroup[] = []): void {
    this.#client.requestSync(this.#emitted(groups))
    this.finish()
  }

  async defineMaterializing(symbols: ByName<JITSymbolFlags>): Promise<ReadonlySet<SymbolName>> {
    const entries = flagsEntries(symbols)
    const granted = new Set(
      await this.#client.request({ type: 'defineMaterializing', responsibility: this.id, symbols: entries }),
    )
    for (const [name, flags] of flagsMap(entries)) if (granted.has(name)) this.#symbols.set(name, flags)
    return granted
  }

  async delegate(names: readonly SymbolName[]): Promise<MaterializationResponsibility> {
    const id = await this.#client.request({ type: 'delegate', responsibility: this.id, names })
    const taken = flagsEntries(new Map(names.map((name) => [name, this.#symbols.get(name) ?? {}])))
    const initSymbol = names.find((name) => name === this.#initSymbol) ?? null
    this.#giveAway(names)
    return new ResponsibilityProxy(this.#client, this.dylib.id, id, taken, initSymbol)
  }

  async replace(unit: MaterializationUnit): Promise<void> {
    const { description, attachments } = this.#client.describe(unit)
    try {
      await this.#client.request({ type: 'replace', responsibility: this.id, unit: description }, { attachments })
    } catch (thrown) {
      this.#client.forgetUnit(description.unit)
      throw thrown
    }
    const names = description.symbols.map(([name]) => name)
    this.#giveAway(unit.initSymbol === undefined ? names : [...names, unit.initSymbol])
    if (this.#symbols.size === 0) this.finish()
  }

  #giveAway(names: readonly SymbolName[]): void {
    for (const name of names) {
      this.#symbols.delete(name)
      if (name === this.#initSymbol) this.#initSymbol = undefined
    }
  }

  async failMaterialization(cause?: Error): Promise<void> {
    await this.#client.request(this.#failed(cause))
    this.finish()
  }

  failMaterializationSync(cause?: Error): void {
    this.#client.requestSync(this.#failed(cause))
    this.finish()
  }

  /** Whoever took it over answers for it from now on. */
  finish(): void {
    this.#finished = true
    this.#client.unwatchResponsibility(this)
  }

  #resolved(resolved: ByName<ExecutorSymbolDef>) {
    return {
      type: 'notifyResolved',
      responsibility: this.id,
      definitions: definitionEntries(resolved),
    } as const
  }

  #emitted(groups: readonly SymbolDependenceGroup[]) {
    const encoded = groups.map((group) => ({
      symbols: group.symbols,
      dependencies: [...group.dependencies].map(
        ([dylib, names]) => [dylibIdIn(this.#client.session, dylib), names] as const,
      ),
    }))
    return { type: 'notifyEmitted', responsibility: this.id, groups: encoded, initializers: [] } as const
  }

  #failed(cause: Error | undefined) {
    return {
      type: 'failMaterialization',
      responsibility: this.id,
      cause: cause === undefined ? null : errorData(cause),
    } as const
  }
}

/** The door of a layer takes proxies of its own session only. */
export function proxyOf(client: SessionClient, responsibility: MaterializationResponsibility): ResponsibilityProxy {
  if (responsibility instanceof ResponsibilityProxy && responsibility.dylib.session === client.session)
    return responsibility
  throw new JITError(plainError('WrongOwner', 'the responsibility belongs to another session'))
}
