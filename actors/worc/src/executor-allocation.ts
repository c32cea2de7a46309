// Executor memory for users' own layers. An allocation in flight is finalized or abandoned, once; a finalized one must be
// deallocated. Source: JITLinkMemoryManager.h (InFlightAlloc, FinalizedAlloc).
import type { ExecutorAddr } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import { bufferReaching } from '@worc/executor'
import type { SessionClient } from './session-client.js'

/** Memory that its maker writes. It is finalized or abandoned, once: BadArgument afterwards. */
export interface InFlightAllocation {
  readonly address: ExecutorAddr
  /** The memory itself; take it anew after anything that may have grown memory. */
  readonly bytes: Uint8Array
  /** Written: it stays until it is deallocated. Where this is refused (Overloaded), it is in flight as before. */
  finalize(): Promise<FinalizedAllocation>
  /** Given back unused. */
  abandon(): Promise<void>
}

/** Memory in use. It belongs to no tracker: whoever made it files it under a key and deallocates it when the key is removed. */
export interface FinalizedAllocation {
  readonly address: ExecutorAddr
  readonly sizeBytes: number
  /** Given back as soon as no thread can be inside code that may use it. Once. */
  deallocate(): Promise<void>
}

export async function allocate(
  client: SessionClient,
  memory: WebAssembly.Memory,
  sizeBytes: number,
  options: { readonly alignment?: number; readonly executable?: boolean } = {},
): Promise<InFlightAllocation> {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1)
    throw new JITError(plainError('BadArgument', `size ${sizeBytes}: expected a whole number of bytes, at least 1`))
  const { address } = await client.request({
    type: 'allocate',
    sizeBytes,
    alignmentBytes: options.alignment ?? 16,
    executable: options.executable ?? false,
  })
  const fate = new Fate(`the allocation at ${address}`)
  const deallocate = (from: Fate, how: string): Promise<void> =>
    from.decide(how, async () => {
      await client.request({ type: 'deallocate', address })
    })
  return {
    address,
    get bytes() {
      return new Uint8Array(bufferReaching(memory, address + sizeBytes), address, sizeBytes)
    },
    finalize: () =>
      fate.decide('finalized', async () => {
        await client.request({ type: 'finalizeAllocation', address })
        const finalized = new Fate(`the finalized allocation at ${address}`)
        return { address, sizeBytes, deallocate: () => deallocate(finalized, 'deallocated') }
      }),
    abandon: () => deallocate(fate, 'abandoned'),
  }
}

/** What becomes of an allocation: one thing. What was refused has not become of it, and it can still be given back. */
class Fate {
  readonly #what: string
  #decided: string | undefined

  constructor(what: string) {
    this.#what = what
  }

  async decide<T>(how: string, carryOut: () => Promise<T>): Promise<T> {
    if (this.#decided !== undefined)
      throw new JITError(plainError('BadArgument', `${this.#what} was ${this.#decided} already; it cannot be ${how}`))
    this.#decided = how
    try {
      return await carryOut()
    } catch (thrown) {
      this.#decided = undefined
      throw thrown
    }
  }
}
