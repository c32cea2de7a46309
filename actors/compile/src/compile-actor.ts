// A compile actor: sources in, objects out. It answers the pool's jobs, and materializes units that carry a source: it holds
// their responsibilities, learns from the session when one is refused, and hands the object to a link actor through `emit`.
import type {
  Actor,
  CompileJob,
  CompiledObject,
  Context,
  Expected,
  HouseRequest,
  Incoming,
  JITErrorData,
  PayloadRange,
  PeerId,
  SessionEvent,
  SessionRequest,
} from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { CompileRequest } from '@worc/compilers'
import type { InterfaceSymbols } from '@worc/jitlink'

/** The compiler itself, as the actor sees it: answers later, in a turn of its own. */
export interface CompilePort {
  compile(
    request: CompileRequest,
    settle: (
      outcome: Expected<{ readonly object: Uint8Array; readonly diagnostics: string; readonly fromCache: boolean }>,
    ) => void,
  ): void
  /** What an object offers. */
  interfaceSymbols(object: Uint8Array): Expected<InterfaceSymbols>
}

interface Compiled {
  readonly facts: CompiledObject
  readonly object: SharedArrayBuffer
}

export class CompileActor implements Actor {
  readonly #port: CompilePort
  #running = 0

  constructor(port: CompilePort) {
    this.#port = port
  }

  /** The session is there: become one of its compile actors. `worker` is the keeper's name for this thread. */
  join(ctx: Context, session: PeerId, worker: string): void {
    ctx.ask(session, { type: 'join', worker } satisfies HouseRequest, ignore)
  }

  on(ctx: Context, { from, message, ask, attachments }: Incoming): void {
    const event = message as Extract<HouseRequest, { type: 'compile' }> | SessionEvent
    if (event.type === 'compile') {
      if (ask === undefined) throw new Error('a compile job that expects no answer')
      this.#compile(event, attachments, (outcome) => {
        if (outcome.ok) ctx.reply(from, ask, success(outcome.value.facts), [outcome.value.object])
        else ctx.reply(from, ask, outcome)
      })
    } else if (event.type === 'materialize') {
      this.#materialize(ctx, from, event, attachments)
    }
  }

  onPeerClosed(_ctx: Context, _peer: PeerId, _error: JITErrorData): void {
    return undefined
  }

  snapshot(): unknown {
    return { running: this.#running }
  }

  #materialize(
    ctx: Context,
    session: PeerId,
    event: Extract<SessionEvent, { type: 'materialize' }>,
    attachments: readonly object[],
  ): void {
    const { responsibility, source } = event
    const fail = (cause: JITErrorData): void => {
      ctx.ask(session, { type: 'failMaterialization', responsibility, cause } satisfies SessionRequest, ignore)
    }
    if (source.kind !== 'source')
      return fail(plainError('Unsupported', `a compile actor cannot materialize ${source.kind} units`))
    this.#compile({ ...source, name: event.name }, attachments, (outcome) => {
      if (!outcome.ok) return fail(outcome.error)
      const payload: PayloadRange = { attachment: 0, offsetBytes: 0, sizeBytes: outcome.value.facts.sizeBytes }
      ctx.ask(
        session,
        { type: 'emit', responsibility, source: { kind: 'object', payload } } satisfies SessionRequest,
        ignore,
        [outcome.value.object],
      )
    })
  }

  #compile(job: CompileJob, attachments: readonly object[], settle: (outcome: Expected<Compiled>) => void): void {
    const buffer = attachments[job.payload.attachment]
    if (!(buffer instanceof SharedArrayBuffer))
      return settle(failure(plainError('BadArgument', `the source of ${job.name} did not come with the job`)))
    const text = new Uint8Array(buffer, job.payload.offsetBytes, job.payload.sizeBytes)
    this.#running += 1
    this.#port.compile(
      { language: job.language, fileName: job.name, source: text.slice(), directory: job.directory, flags: job.flags },
      (outcome) => {
        this.#running -= 1
        settle(outcome.ok ? this.#describe(outcome.value) : outcome)
      },
    )
  }

  #describe({
    object,
    diagnostics,
    fromCache,
  }: {
    readonly object: Uint8Array
    readonly diagnostics: string
    readonly fromCache: boolean
  }): Expected<Compiled> {
    const contents = this.#port.interfaceSymbols(object)
    if (!contents.ok) return contents
    const shared = new SharedArrayBuffer(object.byteLength)
    new Uint8Array(shared).set(object)
    const facts = { sizeBytes: object.byteLength, ...contents.value, diagnostics, cached: fromCache }
    return success({ facts, object: shared })
  }
}

/** Whether the responsibility was refused is the session's to say; nothing is left to do here. */
function ignore(): void {
  return undefined
}
