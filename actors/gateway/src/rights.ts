// What a connection may name. Numbers that a client makes say whose they are; those that the session makes it must have been given,
// in an answer or an event that went to this connection. What is named without that right is refused, and nothing is applied.
import type { ClientId, JITDylibId, JITErrorData, ReferenceVisitor, WireMessage, WireType } from '@worc/protocol'
import { clientOf, plainError, visitMessage, visitReply } from '@worc/protocol'

/** Made by clients for themselves: their numbers say whose. */
const clientScoped: ReadonlySet<string> = new Set(['tracker', 'unit', 'manager', 'generator'])

export class Rights {
  readonly #client: ClientId
  /** Made by it, or shared with it: it may define there, and remove. */
  readonly #own = new Set<JITDylibId>()
  /** Met in a link order, an answer or an event: it may link against them. */
  readonly #used = new Set<JITDylibId>()
  readonly #given = { responsibility: new Set<number>(), lease: new Set<number>() }

  constructor(client: ClientId, own: readonly JITDylibId[]) {
    this.#client = client
    for (const dylib of own) this.#own.add(dylib)
  }

  owns(dylib: JITDylibId): boolean {
    return this.#own.has(dylib)
  }

  mayUse(dylib: JITDylibId): boolean {
    return this.#own.has(dylib) || this.#used.has(dylib)
  }

  own(dylib: JITDylibId): void {
    this.#own.add(dylib)
  }

  disown(dylib: JITDylibId): void {
    this.#own.delete(dylib)
    this.#used.delete(dylib)
  }

  /** The first thing that the message names without a right to. */
  refusal(message: WireMessage): JITErrorData | undefined {
    let refused: JITErrorData | undefined
    const visitor: ReferenceVisitor = (thing, id, claim) => {
      if (refused !== undefined || this.#allows(thing, id, claim)) return
      refused = plainError('PermissionDenied', `${message.type}: ${thing} ${id} was not given to this connection`)
    }
    visitMessage(message, visitor)
    return refused
  }

  /** An answer of the session's is about to be given. */
  learnReply(type: WireType, value: unknown): void {
    visitReply(type, value, this.#learner)
  }

  learnEvent(message: WireMessage): void {
    visitMessage(message, this.#learner)
  }

  /** The client has finished with it. */
  forgetResponsibility(id: number): void {
    this.#given.responsibility.delete(id)
  }

  #allows(thing: string, id: number, claim: string): boolean {
    switch (thing) {
      case 'dylib':
        return claim === 'own' ? this.owns(id as JITDylibId) : this.mayUse(id as JITDylibId)
      case 'tracker':
        // A default tracker is named by its dylib.
        return id < 0 ? this.owns(-id as JITDylibId) : clientOf(id) === this.#client
      case 'responsibility':
      case 'lease': {
        const given = this.#given[thing]
        return claim === 'end' ? given.delete(id) : given.has(id)
      }
    }
    return !clientScoped.has(thing) || clientOf(id) === this.#client
  }

  readonly #learner: ReferenceVisitor = (thing, id, claim) => {
    if (thing === 'dylib') (claim === 'own' ? this.#own : this.#used).add(id as JITDylibId)
    else if (thing === 'responsibility' || thing === 'lease') this.#given[thing].add(id)
  }
}
