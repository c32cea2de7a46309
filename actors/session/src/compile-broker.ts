// Hands sources to the compile pool: each actor compiles one at a time, so the rest waits here for whoever is free first.
import type { AskId, Attachment, CompileJob, Context, PeerId } from '@worc/protocol'

interface CompileAsk {
  readonly from: PeerId
  readonly ask: AskId
  readonly message: { readonly type: 'compile' } & CompileJob
  readonly attachments: readonly Attachment[]
}

export class CompileBroker {
  readonly #onWanted: (ctx: Context) => void
  readonly #actors = new Map<PeerId, 'idle' | 'busy'>()
  readonly #waiting: CompileAsk[] = []
  #wanted = false

  /** `onWanted` is called once, when there is more to do than the house's first compile actor can: the rest of the pool is due. */
  constructor(onWanted: (ctx: Context) => void) {
    this.#onWanted = onWanted
  }

  submit(ctx: Context, job: CompileAsk): void {
    this.#waiting.push(job)
    this.#dispatch(ctx)
    if (this.#wanted || this.#waiting.length + this.#actors.size < 2) return
    this.#wanted = true
    this.#onWanted(ctx)
  }

  join(ctx: Context, actor: PeerId): void {
    this.#actors.set(actor, 'idle')
    this.#dispatch(ctx)
  }

  leave(actor: PeerId): void {
    this.#actors.delete(actor)
  }

  #dispatch(ctx: Context): void {
    for (const [actor, state] of this.#actors) {
      if (state === 'busy') continue
      const job = this.#waiting.shift()
      if (job === undefined) return
      this.#actors.set(actor, 'busy')
      const settle: Parameters<Context['ask']>[2] = (result, attachments) => {
        // A dead actor's jobs fail before its channel's end is known: it gets no other.
        if (!result.ok && result.error.code === 'ActorDied') this.#actors.delete(actor)
        if (this.#actors.has(actor)) this.#actors.set(actor, 'idle')
        ctx.reply(job.from, job.ask, result, attachments)
        this.#dispatch(ctx)
      }
      ctx.ask(actor, job.message, settle, job.attachments)
    }
  }
}
