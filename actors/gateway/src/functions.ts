// The functions that a connection has opened, and its calls: jobs of the executor pool, with deadlines, accounted for.
import type {
  Expected,
  ExecutorAddr,
  GatewayReplies,
  GatewayRequest,
  JITErrorData,
  RemoteFunctionId,
} from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { ExecutorPool } from './executor-pool.js'
import type { DylibPlace, FunctionPlace, JobResults } from './executor-messages.js'
import type { PoolJob } from './pool-executor.js'
import type { Account } from './quotas.js'

/** Settles with the error as soon as it can; undefined where it is settled already. */
export type Cancel = (error: JITErrorData) => void

type Answer<T> = (result: Expected<T>) => void

export class Functions {
  readonly #pool: ExecutorPool
  readonly #account: Account
  readonly #places = new Map<RemoteFunctionId, FunctionPlace>()
  #next = 1

  constructor(pool: ExecutorPool, account: Account) {
    this.#pool = pool
    this.#account = account
  }

  /** What was looked up becomes something to call. */
  open(
    address: ExecutorAddr,
    { name, signature }: Extract<GatewayRequest, { type: 'openFunction' }>,
    answer: Answer<GatewayReplies['openFunction']>,
  ): Cancel {
    const refusal = this.#account.take('functions')
    if (refusal !== undefined) return refuse(refusal, answer)
    const place: FunctionPlace = { address, name, signature, unit: null }
    return this.#submit({ type: 'open', place }, (result) => {
      if (!result.ok) {
        this.#account.give('functions')
        return answer(result)
      }
      const id = this.#next++ as RemoteFunctionId
      this.#places.set(id, { ...place, ...result.value })
      answer(success({ function: id, address, signature: result.value.signature }))
    })
  }

  close(id: RemoteFunctionId): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#places.delete(id)
    this.#account.give('functions')
    this.#pool.forget(place)
  }

  call(
    { function: id, arguments: args, deadlineMs }: Extract<GatewayRequest, { type: 'call' }>,
    answer: Answer<GatewayReplies['call']>,
  ): Cancel {
    const place = this.#places.get(id)
    if (place === undefined) return refuse(notOpen(id), answer)
    const refusal = this.#account.take('executorMs', 0)
    if (refusal !== undefined) return refuse(refusal, answer)
    if (deadlineMs === null) return this.#submit({ type: 'call', place, arguments: args }, answer)
    if (!(deadlineMs >= 0))
      return refuse(plainError('BadArgument', `deadline ${deadlineMs} ms: expected at least 0`), answer)
    const cancel = this.#submit({ type: 'call', place, arguments: args }, (result) => {
      clearTimeout(timer)
      answer(result)
    })
    const late = plainError('Interrupted', `"${place.name}" was interrupted: it ran longer than ${deadlineMs} ms`)
    const timer = setTimeout(() => cancel(late), Math.min(deadlineMs, longestTimerMs))
    return cancel
  }

  pointerOf(id: RemoteFunctionId, answer: Answer<ExecutorAddr>): Cancel {
    const place = this.#places.get(id)
    if (place === undefined) return refuse(notOpen(id), answer)
    return this.#submit({ type: 'pointerOf', place }, answer)
  }

  initialize(place: DylibPlace, answer: Answer<null>): Cancel {
    return this.#submit({ type: 'initialize', place }, answer)
  }

  deinitialize(place: DylibPlace, answer: Answer<null>): Cancel {
    return this.#submit({ type: 'deinitialize', place }, answer)
  }

  closeAll(): void {
    for (const id of [...this.#places.keys()]) this.close(id)
  }

  #submit<T extends PoolJob['work']>(work: T, answer: Answer<JobResults[T['type']]>): Cancel {
    const job = this.#pool.submit(work, (result, elapsedMs) => {
      this.#account.charge('executorMs', elapsedMs)
      answer(result)
    })
    return (error) => this.#pool.cancel(job, error)
  }
}

const longestTimerMs = 0x7fff_ffff

function refuse(error: JITErrorData, answer: Answer<never>): Cancel {
  answer(failure(error))
  return () => undefined
}

function notOpen(id: RemoteFunctionId): JITErrorData {
  return plainError('PermissionDenied', `function ${id} was not given to this connection, or was closed`)
}
