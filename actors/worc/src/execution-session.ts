// The session as its clients see it. Everything here is one message to the session actor. Source: ORC's ExecutionSession (Core.h).
import type {
  JITDylibId,
  JITErrorData,
  LookupKind,
  LookupSetEntry,
  RequiredState,
  SessionRequest,
} from '@worc/protocol'
import { JITError, errorData, joinErrors } from '@worc/protocol'
import { dylibIdIn, searchOrderEntry } from './jit-dylib.js'
import type { SearchOrderItem, JITDylib } from './jit-dylib.js'
import type { LookupState } from './definition-generator.js'
import type { MaterializationResponsibility } from './materialization-unit.js'
import type { ResourceManager } from './resource-manager.js'
import type { SessionClient } from './session-client.js'
import type { ExecutorSymbolDef, JITSymbolFlags, SymbolName } from './symbol-records.js'
import { definitionMap, flagsMap } from './symbol-records.js'

export interface LookupRequest {
  /** Default: 'static'. A 'dlsym' lookup does not ask archives for members. */
  readonly kind?: LookupKind
  /** First match wins, symbol by symbol. */
  readonly searchOrder: readonly SearchOrderItem[]
  /** A name alone is required: SymbolsNotFound where it is not there. One that is not required is left out of the answer then. */
  readonly symbols: readonly (SymbolName | { readonly name: SymbolName; readonly required: boolean })[]
  /** How far symbols must have come for an answer. Default: 'ready', what they depend on included. */
  readonly requiredState?: RequiredState
  /** Aborted, the lookup rejects with Aborted and lets go of its symbols; what it has set in motion goes on. */
  readonly signal?: AbortSignal
  /**
   * Who will not go on without the answer: a responsibility, or a generator that has a lookup inside. Where the lookup would wait
   * for that one, and so for itself, it is refused with WouldDeadlock. A sync lookup from inside `materialize` or `tryToGenerate`
   * says so by itself, and so does every lookup that `tryToGenerate` makes before it has answered, also after an await. Null says
   * that nobody waits for it, where a generator only sets it going.
   */
  readonly onBehalfOf?: MaterializationResponsibility | LookupState | null
  /** Hears, before the lookup resolves, what it still waits for. Not called where there is nothing. */
  readonly onDependenciesRegistered?: (pending: ReadonlyMap<JITDylib, readonly SymbolName[]>) => void
}

type FlagsRequest = Omit<LookupRequest, 'requiredState' | 'onDependenciesRegistered'>

export class ExecutionSession implements AsyncDisposable {
  /** Hears errors that nobody waits for. */
  onError: (error: JITError) => void = (error) => console.error(error)
  /** The same in every thread that has joined the session. */
  readonly name: string
  readonly #client: SessionClient

  constructor(client: SessionClient) {
    this.#client = client
    this.name = client.sessionName
  }

  /** With the session's usual link order: itself, then the runtime libraries. BadArgument where the name is taken. */
  async createJITDylib(name: string): Promise<JITDylib> {
    return this.#client.dylib(await this.#client.request({ type: 'createJITDylib', name, bare: false }), name)
  }

  /** With itself alone in its link order. BadArgument where the name is taken. */
  async createBareJITDylib(name: string): Promise<JITDylib> {
    return this.#client.dylib(await this.#client.request({ type: 'createJITDylib', name, bare: true }), name)
  }

  /** Of those that are open. */
  async getJITDylibByName(name: string): Promise<JITDylib | undefined> {
    const id = await this.#client.request({ type: 'getJITDylibByName', name })
    return id === null ? undefined : this.#client.dylib(id, name)
  }

  /**
   * Removes all that is in them, in the order given, as `clear` does; destructors are not run. Other dylibs forget them, and
   * whatever waits for them fails. Rejects with the joined errors of resource managers; they are gone nevertheless.
   */
  async removeJITDylibs(dylibs: readonly JITDylib[]): Promise<void> {
    await this.#client.request({ type: 'removeJITDylibs', dylibs: this.#idsOf(dylibs) })
    this.#client.forgetDylibs(dylibs)
  }

  /** These and all they link against, each once, depth first. JITDylibDefunct where one of these is gone. */
  getDFSLinkOrder(dylibs: readonly JITDylib[]): Promise<readonly JITDylib[]> {
    return this.#dfsLinkOrder(dylibs, false)
  }

  /** The same the other way round. */
  getReverseDFSLinkOrder(dylibs: readonly JITDylib[]): Promise<readonly JITDylib[]> {
    return this.#dfsLinkOrder(dylibs, true)
  }

  async #dfsLinkOrder(dylibs: readonly JITDylib[], reverse: boolean): Promise<readonly JITDylib[]> {
    const order = await this.#client.request({ type: 'dfsLinkOrder', dylibs: this.#idsOf(dylibs), reverse })
    return order.map(([id, name]) => this.#client.dylib(id, name))
  }

  #idsOf(dylibs: readonly JITDylib[]): JITDylibId[] {
    return dylibs.map((dylib) => dylibIdIn(this, dylib))
  }

  /** Managers are told in reverse order of registration. */
  async registerResourceManager(manager: ResourceManager): Promise<void> {
    await this.#client.request({ type: 'registerResourceManager', manager: this.#client.managerId(manager) })
  }

  /** It hears of no removal or transfer that begins after this. */
  async deregisterResourceManager(manager: ResourceManager): Promise<void> {
    await this.#client.request({ type: 'deregisterResourceManager', manager: this.#client.managerId(manager) })
    this.#client.forgetManager(manager)
  }

  /**
   * Finds symbols, materializes them, and answers when all have come far enough; asks generators for what is missing. All or
   * nothing: SymbolsNotFound names what is missing, FailedToMaterialize what failed, with the root cause. What exists for its
   * side effects has no address and is not in the answer.
   */
  async lookup(request: LookupRequest): Promise<Map<SymbolName, ExecutorSymbolDef>> {
    const options = {
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(request.onDependenciesRegistered === undefined
        ? {}
        : { onDependenciesRegistered: request.onDependenciesRegistered }),
    }
    return definitionMap(await this.#client.request(lookupMessage(this.#client, request), options))
  }

  /** For worker threads: waits in Atomics.wait, serving what the session asks of this thread; WouldDeadlock where that could not end. */
  lookupSync(request: LookupRequest): Map<SymbolName, ExecutorSymbolDef> {
    return definitionMap(this.#client.requestSync(lookupMessage(this.#client, request)))
  }

  /** Runs generators, materializes nothing. */
  async lookupFlags(request: FlagsRequest): Promise<Map<SymbolName, JITSymbolFlags>> {
    const message = { type: 'lookupFlags', ...lookedUp(this.#client, request) } as const
    return flagsMap(await this.#client.request(message, request.signal === undefined ? {} : { signal: request.signal }))
  }

  /**
   * Materializes every init symbol that is pending in these dylibs, and runs nothing; resolves with their names when all are
   * ready. Errors of several are joined, in the order of the dylibs. Source: Platform::lookupInitSymbols (Core.cpp).
   */
  async lookupInitSymbols(
    dylibs: readonly JITDylib[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Map<JITDylib, readonly SymbolName[]>> {
    const pending = await this.#client.request({ type: 'initSymbols', dylibs: this.#idsOf(dylibs) }, options)
    const lookups = pending.map(([dylib, names]) =>
      this.#client.request(
        {
          type: 'lookup',
          kind: 'static',
          searchOrder: [[dylib, 'all']],
          symbols: names.map((name) => [name, false]),
          requiredState: 'ready',
          silent: true,
        },
        options,
      ),
    )
    const outcomes = await Promise.allSettled(lookups)
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [errorData(outcome.reason)] : []))
    const error = joinErrors(failed)
    if (error !== undefined) throw new JITError(error)
    return new Map(pending.map(([dylib, names]) => [this.#client.dylibById(dylib), names]))
  }

  /** Resolves when everything sent before it was handled and nothing is in flight that needs no outside event. */
  async drain(): Promise<void> {
    await this.#client.request({ type: 'drain' })
  }

  /** Dylibs, trackers and symbols with their states, for people. */
  dump(): Promise<string> {
    return this.#client.request({ type: 'dump' })
  }

  /** Checks the session's invariants; rejects with what does not hold. */
  async verify(): Promise<void> {
    await this.#client.request({ type: 'verify' })
  }

  /** Closes all dylibs, last created first. Every request that is outstanding or comes later answers SessionClosed. */
  async endSession(): Promise<void> {
    await this.#client.request({ type: 'endSession' })
  }

  /** Hands an error that nobody waits for to `onError`. */
  report(error: JITErrorData): void {
    this.onError(new JITError(error))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.endSession()
  }
}

function lookupMessage(client: SessionClient, request: LookupRequest): Extract<SessionRequest, { type: 'lookup' }> {
  const { kind, searchOrder, symbols, ...asker } = lookedUp(client, request)
  const requiredState = request.requiredState ?? 'ready'
  const silent = request.onDependenciesRegistered === undefined
  return { type: 'lookup', kind, searchOrder, symbols, requiredState, silent, ...asker }
}

/** What to look up where, and who asks. */
function lookedUp(client: SessionClient, { kind = 'static', searchOrder, symbols, onBehalfOf }: FlagsRequest) {
  return {
    kind,
    searchOrder: searchOrder.map((item) => searchOrderEntry(client.session, item)),
    symbols: symbols.map((symbol): LookupSetEntry =>
      typeof symbol === 'string' ? [symbol, true] : [symbol.name, symbol.required],
    ),
    ...client.askerOf(onBehalfOf),
  }
}
