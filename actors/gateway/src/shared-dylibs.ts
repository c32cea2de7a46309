// Dylibs that connections have made, and who holds each: it goes when nobody does any more. A token that nobody can guess gives
// another connection a hold on it.
import { randomBytes } from 'node:crypto'
import type { JITDylibId } from '@worc/protocol'

export class SharedDylibs {
  readonly #holders = new Map<JITDylibId, Set<object>>()
  readonly #tokens = new Map<string, JITDylibId>()

  hold(dylib: JITDylibId, holder: object): void {
    const holders = this.#holders.get(dylib)
    if (holders === undefined) this.#holders.set(dylib, new Set([holder]))
    else holders.add(holder)
  }

  share(dylib: JITDylibId): string {
    const token = randomBytes(32).toString('hex')
    this.#tokens.set(token, dylib)
    return token
  }

  sharedAs(token: string): JITDylibId | undefined {
    return this.#tokens.get(token)
  }

  heldBy(holder: object): readonly JITDylibId[] {
    return [...this.#holders].filter(([, holders]) => holders.has(holder)).map(([dylib]) => dylib)
  }

  /** Those that nobody holds any more. */
  release(holder: object): readonly JITDylibId[] {
    const orphans = this.heldBy(holder)
    for (const dylib of orphans) this.#holders.get(dylib)?.delete(holder)
    return orphans.filter((dylib) => this.#holders.get(dylib)?.size === 0)
  }

  forget(dylib: JITDylibId): void {
    this.#holders.delete(dylib)
    for (const [token, shared] of this.#tokens) if (shared === dylib) this.#tokens.delete(token)
  }
}
