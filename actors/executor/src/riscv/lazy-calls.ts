// Calls of functions that are linked when they are first called. A stub asks its thread where to go on: to what its symbol stands
// for now, which may be a stub again. What a thread has found it remembers until that is gone; then the symbol is looked up
// anew. A stub that is removed is no code any more, and a removal that is heard of while a call waits is that call's answer.
import type { ExecutorAddr, JITDylibId } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { LookupBody } from '../installed-units.js'
import type { UnresolvedStub } from '../thread-code.js'
import { removed } from '../unit-gate.js'
import type { MappedUnit } from './code-map.js'
import { indexAt } from './code-map.js'

/** What a unit of stubs remembers, by function index. */
export type Bodies<U> = Map<number, Body<U>>

interface Body<U> {
  readonly address: ExecutorAddr
  /** Undefined for code that no linker has made. */
  readonly owner: MappedUnit<U> | undefined
}

interface Remembers<U> {
  readonly bodies: Bodies<U>
}

interface LazySite<U> {
  readonly ownerOf: (address: ExecutorAddr) => MappedUnit<U> | undefined
  readonly isExecutable: (address: ExecutorAddr) => boolean
  readonly catchUp: () => void
  readonly lookupBody: LookupBody
}

interface Stub<U> {
  readonly stub: MappedUnit<U>
  readonly index: number
}

/** Stubs for stubs for stubs: past this many, they lead in a ring. */
const maximumStubs = 64

export class LazyCalls<U extends Remembers<U>> {
  readonly #site: LazySite<U>

  constructor(site: LazySite<U>) {
    this.#site = site
  }

  /** Where a call goes that is at the stub at this address; undefined where no stub is. Waits for what is not linked yet. */
  bodyOf(address: ExecutorAddr): ExecutorAddr | undefined {
    const first = this.#stubAt(address)
    if (first === undefined) return undefined
    let at = first
    for (let passed = 0; passed < maximumStubs; passed += 1) {
      const body = this.#known(at) ?? this.#lookUp(at)
      const next = this.#stubAt(body.address)
      if (next === undefined) return body.address
      at = next
    }
    const name = nameOf(first)
    const message = `lazy re-export "${name}" of ${first.stub.facts.dylib} leads back to itself`
    throw new JITError(plainError('WouldDeadlock', message))
  }

  unresolved(address: ExecutorAddr): UnresolvedStub | undefined {
    let at = this.#stubAt(address)
    for (let passed = 0; at !== undefined && passed < maximumStubs; passed += 1) {
      const { stub, index } = at
      const body = this.#known(at)
      if (body === undefined) return { ...wantedBy(at), resolve: (found) => void this.#remember(stub, index, found) }
      at = this.#stubAt(body.address)
    }
    return undefined
  }

  #stubAt(address: ExecutorAddr): Stub<U> | undefined {
    const stub = this.#site.ownerOf(address)
    if (stub === undefined || stub.gone || stub.facts.lazy === null) return undefined
    return { stub, index: indexAt(stub.facts, address) }
  }

  #known({ stub, index }: Stub<U>): Body<U> | undefined {
    const body = stub.unit.bodies.get(index)
    return body !== undefined && this.#isThere(body) ? body : undefined
  }

  /** Its pages may be gone before this thread hears of it. */
  #isThere({ address, owner }: Body<U>): boolean {
    return this.#site.ownerOf(address) === owner && owner?.gone !== true && this.#site.isExecutable(address)
  }

  #lookUp(at: Stub<U>): Body<U> {
    const { stub, index } = at
    const { dylib, symbol } = wantedBy(at)
    const name = nameOf(at)
    const { lookupBody, catchUp } = this.#site
    let found: ExecutorAddr
    try {
      found = lookupBody(name, dylib, symbol)
    } catch (thrown) {
      catchUp()
      throw stub.gone ? new JITError(removed(stub.facts, name)) : thrown
    }
    catchUp()
    const body = this.#remember(stub, index, found)
    if (stub.gone || !this.#isThere(body)) throw new JITError(removed(stub.facts, name))
    return body
  }

  #remember({ unit }: MappedUnit<U>, index: number, address: ExecutorAddr): Body<U> {
    const body = { address, owner: this.#site.ownerOf(address) }
    unit.bodies.set(index, body)
    return body
  }
}

function wantedBy<U>({ stub, index }: Stub<U>): { readonly dylib: JITDylibId; readonly symbol: string } {
  const { dylib, symbols } = stub.facts.lazy ?? { dylib: 0 as JITDylibId, symbols: [] }
  return { dylib, symbol: symbols[index] ?? '' }
}

function nameOf<U>({ stub, index }: Stub<U>): string {
  return stub.facts.functions[index]?.[0] ?? ''
}
