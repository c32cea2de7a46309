// Hands sources to the compile pool: each actor compiles one at a time, so the rest waits here for whoever is free first. A
// compiler at work hears nothing: where nobody waits for its answer any more, it has a little time to come to an end by itself.
import type { AskId, Attachment, CompileJob, Context, PeerId, TimerId } from '@worc/protocol'

interface CompileAsk {
  readonly from: PeerId
  readonly ask: AskId
  readonly message: { readonly type: 'compile' } & CompileJob
  readonly attachments: readonly Attachment[]
}

interface Compiler {
  /** The keeper's name for its thread. */
  readonly worker: string
  job: CompileAsk | undefined
  /** Runs where nobody waits for the job. */
  patience: TimerId | undefined
}

interface CompileBrokerEvents {
  /** Once, when there is more to do than the house's first compile actor can: the rest of the pool is due. */
  onWanted(ctx: Context): void
  /** The worker does not come to an end with what nobody wants. */
  onStuck(ctx: Context, worker: string): void
}

/** Longer than nearly every compilation: replacing a warm compiler costs more than letting it finish. */
const patienceMs = 2000

export class CompileBroker {
  readonly #events: CompileBrokerEvents
  readonly #compilers = new Map<PeerId, Compiler>()
  #waiting: CompileAsk[] = []
  #wanted = false

  constructor(events: CompileBrokerEvents) {
    this.#events = events
  }

  submit(ctx: Context, job: CompileAsk): void {
    this.#waiting.push(job)
    this.#dispatch(ctx)
    if (this.#wanted || this.#waiting.length + this.#compilers.size < 2) return
    this.#wanted = true
    this.#events.onWanted(ctx)
  }

  /** The asker has its answer: that it does not wait any more. */
  cancel(ctx: Context, from: PeerId, ask: AskId): void {
    this.#abandon(ctx, (job) => job.from === from && job.ask === ask)
  }

  /** A client is gone, and waits for nothing. */
  forget(ctx: Context, from: PeerId): void {
    this.#abandon(ctx, (job) => job.from === from)
  }

  join(ctx: Context, actor: PeerId, worker: string): void {
    this.#compilers.set(actor, { worker, job: undefined, patience: undefined })
    this.#dispatch(ctx)
  }

  leave(actor: PeerId): void {
    this.#compilers.delete(actor)
  }

  #abandon(ctx: Context, which: (job: CompileAsk) => boolean): void {
    this.#waiting = this.#waiting.filter((job) => !which(job))
    for (const [actor, compiler] of this.#compilers) {
      if (compiler.job === undefined || compiler.patience !== undefined || !which(compiler.job)) continue
      compiler.patience = ctx.timer(patienceMs, () => {
        // It is about to be ended, and gets no other.
        this.#compilers.delete(actor)
        this.#events.onStuck(ctx, compiler.worker)
      })
    }
  }

  #dispatch(ctx: Context): void {
    for (const [actor, compiler] of this.#compilers) {
      if (compiler.job !== undefined) continue
      const job = this.#waiting.shift()
      if (job === undefined) return
      compiler.job = job
      const settle: Parameters<Context['ask']>[2] = (result, attachments) => {
        // A dead actor's jobs fail before its channel's end is known: it gets no other.
        if (!result.ok && result.error.code === 'ActorDied') this.#compilers.delete(actor)
        compiler.job = undefined
        if (compiler.patience !== undefined) ctx.cancel(compiler.patience)
        compiler.patience = undefined
        ctx.reply(job.from, job.ask, result, attachments)
        this.#dispatch(ctx)
      }
      ctx.ask(actor, job.message, settle, job.attachments)
    }
  }
}
