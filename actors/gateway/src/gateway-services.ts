// What all connections of a gateway share.
import type { CompiledObject, ExecutorAddr, Expected, GatewayStatus, JITErrorCode, JITErrorData } from '@worc/protocol'
import type { ExecutorPool } from './executor-pool.js'
import type { HouseLink } from './house-link.js'
import type { RunProgram } from './programs.js'
import type { Account, GatewayLimits } from './quotas.js'
import type { SharedDylibs } from './shared-dylibs.js'

export interface GatewayServices {
  readonly house: HouseLink
  readonly pool: ExecutorPool
  readonly dylibs: SharedDylibs
  readonly limits: GatewayLimits
  readonly account: Account
  readonly counters: Counters
  readonly runProgram: RunProgram
  /** What an object defines, for clients that do not read objects. */
  readonly describeObject: (bytes: Uint8Array) => Expected<Pick<CompiledObject, 'symbols' | 'hasInitializers'>>
  /** A view of the guest's memory, which may have grown since this thread looked. */
  readonly bytesAt: (memory: WebAssembly.Memory, address: ExecutorAddr, sizeBytes: number) => Uint8Array
  readonly status: () => GatewayStatus
}

/** What has happened since the start. */
export class Counters {
  connected = 0
  asks = 0
  tells = 0
  readonly #errors = new Map<JITErrorCode, number>()

  count({ code }: JITErrorData): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1)
  }

  get errors(): readonly (readonly [JITErrorCode, number])[] {
    return [...this.#errors]
  }
}
