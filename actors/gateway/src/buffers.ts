// Executor memory that a connection has asked for by hand, to pass addresses in it to calls.
import type { ExecutorAddr, Expected, GatewayRequest, JITErrorData } from '@worc/protocol'
import { failure, plainError, success } from '@worc/protocol'
import type { GatewayServices } from './gateway-services.js'
import type { Account } from './quotas.js'

type Answer<T> = (result: Expected<T>) => void

const alignmentBytes = 16

export class Buffers {
  readonly #services: GatewayServices
  readonly #account: Account
  readonly #sizes = new Map<ExecutorAddr, number>()

  constructor(services: GatewayServices, account: Account) {
    this.#services = services
    this.#account = account
  }

  allocate(
    { sizeBytes, bytes }: Extract<GatewayRequest, { type: 'allocateBuffer' }>,
    answer: Answer<ExecutorAddr>,
  ): void {
    if (sizeBytes < 1 || (bytes !== null && bytes.length > sizeBytes))
      return answer(
        failure(
          plainError('BadArgument', `a buffer of ${sizeBytes} bytes: expected at least 1, and room for what it holds`),
        ),
      )
    const refusal = this.#account.take('bufferBytes', sizeBytes)
    if (refusal !== undefined) return answer(failure(refusal))
    const refused = (error: JITErrorData): void => {
      this.#account.give('bufferBytes', sizeBytes)
      answer(failure(error))
    }
    this.#services.house.ask({ type: 'allocate', sizeBytes, alignmentBytes, executable: false }, (allocated) => {
      if (!allocated.ok) return refused(allocated.error)
      const { address } = allocated.value
      this.#services.house.ask({ type: 'finalizeAllocation', address }, (finalized) => {
        if (!finalized.ok) return refused(finalized.error)
        this.#sizes.set(address, sizeBytes)
        if (bytes === null) return answer(success(address))
        this.#withBytes(address, 0, sizeBytes, answer, (memory) => {
          memory.set(bytes)
          return address
        })
      })
    })
  }

  read(
    { address, offsetBytes, sizeBytes }: Extract<GatewayRequest, { type: 'readBuffer' }>,
    answer: Answer<Uint8Array>,
  ): void {
    this.#withBytes(address, offsetBytes, sizeBytes, answer, (memory) => new Uint8Array(memory))
  }

  write({ address, offsetBytes, bytes }: Extract<GatewayRequest, { type: 'writeBuffer' }>, answer: Answer<null>): void {
    this.#withBytes(address, offsetBytes, bytes.length, answer, (memory) => {
      memory.set(bytes)
      return null
    })
  }

  free(address: ExecutorAddr, answer: Answer<null>): void {
    const sizeBytes = this.#sizes.get(address)
    if (sizeBytes === undefined) return answer(failure(notGiven(address)))
    this.#sizes.delete(address)
    this.#account.give('bufferBytes', sizeBytes)
    this.#services.house.ask({ type: 'deallocate', address }, (freed) => answer(freed.ok ? success(null) : freed))
  }

  freeAll(): void {
    for (const address of [...this.#sizes.keys()]) this.free(address, () => undefined)
  }

  #withBytes<T>(
    address: ExecutorAddr,
    offsetBytes: number,
    sizeBytes: number,
    answer: Answer<T>,
    body: (memory: Uint8Array) => T,
  ): void {
    const size = this.#sizes.get(address)
    if (size === undefined) return answer(failure(notGiven(address)))
    const end = offsetBytes + sizeBytes
    if (end > size)
      return answer(failure(plainError('BadArgument', `bytes ${offsetBytes} to ${end} of a buffer of ${size} bytes`)))
    const { pool, bytesAt } = this.#services
    pool.memory.then(
      (memory) => {
        // It may have been freed while there was no executor yet.
        if (!this.#sizes.has(address)) return answer(failure(notGiven(address)))
        answer(success(body(bytesAt(memory, address + offsetBytes, sizeBytes))))
      },
      () => answer(failure(plainError('ActorDied', 'the pool has no executor'))),
    )
  }
}

function notGiven(address: ExecutorAddr): JITErrorData {
  return plainError('PermissionDenied', `buffer ${address} was not given to this connection, or was freed`)
}
