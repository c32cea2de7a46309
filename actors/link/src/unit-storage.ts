// What a linked unit occupies: data memory, thread-local storage and slots, from the reservation to the release. All of it
// is in shared arenas, under the linker's name and the unit's key.
import type { Expected, LinkedUnitId, ResourceKey } from '@worc/protocol'
import { success } from '@worc/protocol'
import type { Segment } from '@worc/executor-memory'
import type { FunctionPointers } from './function-pointers.js'
import type { Arenas, LinkConfig } from './link-config.js'
import type { Allocation } from './link-job.js'
import type { LinkedUnitRecord, LinkedUnits } from './linked-units.js'
import type { StorageRequest } from './target.js'

export class UnitStorage {
  readonly #owner: LinkConfig['linker']
  readonly #arenas: Arenas
  readonly #units: LinkedUnits
  readonly #pointers: FunctionPointers
  #retiredBytes = 0

  constructor(owner: LinkConfig['linker'], arenas: Arenas, units: LinkedUnits, pointers: FunctionPointers) {
    this.#owner = owner
    this.#arenas = arenas
    this.#units = units
    this.#pointers = pointers
  }

  /** Data memory that threads may still read. */
  get retiredBytes(): number {
    return this.#retiredBytes
  }

  /** The unit is among the linker's units, though not installed. */
  reserve(id: LinkedUnitId, request: StorageRequest, key: ResourceKey): Expected<Allocation> {
    const claim = { owner: this.#owner, key, unit: id }
    const data =
      request.dataSizeBytes === 0
        ? undefined
        : this.#arenas.mapper.reserve(request.dataSizeBytes, request.dataAlignmentBytes, claim)
    if (data !== undefined && !data.ok) return data
    const tls =
      request.threadLocalSizeBytes === 0
        ? undefined
        : this.#arenas.tls.allocate(request.threadLocalSizeBytes, request.threadLocalAlignmentBytes, claim)
    const record: LinkedUnitRecord = {
      id,
      key,
      installed: undefined,
      module: undefined,
      data: data?.value,
      tls: tls?.ok === true ? tls.value.id : undefined,
      slots: new Map(),
      signatureOf: (index) => request.functions[index]?.[1] ?? ':',
      nameFrame: undefined,
    }
    if (tls !== undefined && !tls.ok) {
      this.#release(record)
      return tls
    }
    for (const index of request.addressTaken) {
      const slot = this.#pointers.reserve(record, index, record.signatureOf(index))
      if (slot.ok) continue
      this.#release(record)
      return slot
    }
    this.#units.add(record)
    const slots = request.addressTaken.map((index) => record.slots.get(index) ?? 0)
    return success({
      record,
      placement: { dataAddress: data?.value.address ?? 0, threadLocalOffsetBytes: tls?.value.address ?? 0, slots },
    })
  }

  abandon(record: LinkedUnitRecord): void {
    this.#units.remove(record)
    this.#release(record)
  }

  initialize({ data, tls, slots }: LinkedUnitRecord, segments: readonly Segment[]): void {
    if (data !== undefined) {
      const written = this.#arenas.mapper.initialize(data, segments)
      if (!written.ok) throw new Error(written.error.message)
    }
    if (tls !== undefined) this.#arenas.tls.commit(tls)
    for (const slot of slots.values()) this.#arenas.slots.commit(slot)
  }

  transfer(source: ResourceKey, destination: ResourceKey): void {
    this.#units.transfer(source, destination)
    this.#arenas.ranges.transfer(source, destination)
    this.#arenas.tls.transfer(source, destination)
    this.#arenas.slots.transfer(source, destination)
  }

  /** Until every thread has seen this epoch, some may be inside. */
  retire(units: readonly LinkedUnitRecord[], epoch: number): void {
    for (const { data, tls, slots } of units) {
      if (data !== undefined) this.#arenas.mapper.deinitialize(data, epoch)
      if (tls !== undefined) this.#arenas.tls.retire(tls, epoch)
      for (const slot of slots.values()) this.#arenas.slots.retire(slot, epoch)
      this.#retiredBytes += data?.sizeBytes ?? 0
    }
  }

  releaseRetired(units: readonly LinkedUnitRecord[]): void {
    for (const unit of units) {
      this.#release(unit)
      this.#retiredBytes -= unit.data?.sizeBytes ?? 0
    }
  }

  #release({ data, tls, slots }: LinkedUnitRecord): void {
    if (data !== undefined) this.#arenas.mapper.release(data)
    if (tls !== undefined) this.#arenas.tls.release(tls)
    for (const slot of slots.values()) this.#arenas.slots.release(slot)
  }
}
