// The units a link actor answers for: what each holds in the arenas, under which key, and how far it has come. A unit's life
// here is in flight (allocated) → installed (in every executor) → retired (retracted, waiting for quiescence) → gone.
import type { InstalledUnit, LinkedUnitId, ResourceKey, SignatureCode, UnitId } from '@worc/protocol'
import type { FunctionSlot, RangeId, Reservation } from '@worc/executor-memory'
import type { NameFrame } from './symbolizer.js'

export interface LinkedUnitRecord {
  readonly id: LinkedUnitId
  key: ResourceKey
  /** The session's unit that it was installed for; unknown of a dead link actor's. */
  of?: UnitId
  /** As executors know it; absent while it is in flight, and where a dead link actor's unit is in no executor. */
  installed: InstalledUnit | undefined
  module: WebAssembly.Module | undefined
  readonly data: Reservation | undefined
  readonly tls: RangeId | undefined
  /** By function index: the pointer that stands for it. */
  readonly slots: Map<number, FunctionSlot>
  /** Its functions' signatures by index: known before it is installed. */
  readonly signatureOf: (index: number) => SignatureCode
  nameFrame: NameFrame | undefined
  /** A dead link actor's pointers, by function index, that some executor may not have heard of. */
  readonly unconfirmed?: Set<number>
  /** A dead link actor's: memory and slots are all that is left of it, until its key is removed. */
  readonly lost?: true
}

export class LinkedUnits {
  readonly #units = new Map<LinkedUnitId, LinkedUnitRecord>()
  readonly #byKey = new Map<ResourceKey, Set<LinkedUnitRecord>>()

  add(unit: LinkedUnitRecord): void {
    this.#units.set(unit.id, unit)
    this.#file(unit)
  }

  get(id: LinkedUnitId): LinkedUnitRecord | undefined {
    return this.#units.get(id)
  }

  get size(): number {
    return this.#units.size
  }

  *installed(): Iterable<LinkedUnitRecord> {
    for (const unit of this.#units.values()) if (unit.installed !== undefined) yield unit
  }

  *lost(): Iterable<LinkedUnitRecord> {
    for (const unit of this.#units.values()) if (unit.lost === true) yield unit
  }

  /** Takes the installed units filed under the key; those still in flight find out by themselves. */
  takeInstalled(key: ResourceKey): readonly LinkedUnitRecord[] {
    const filed = [...(this.#byKey.get(key) ?? [])].filter((unit) => unit.installed !== undefined || unit.lost === true)
    for (const unit of filed) this.remove(unit)
    return filed
  }

  installedFor(unit: UnitId): readonly LinkedUnitRecord[] {
    return [...this.installed()].filter(({ of }) => of === unit)
  }

  remove(unit: LinkedUnitRecord): void {
    this.#units.delete(unit.id)
    const filed = this.#byKey.get(unit.key)
    filed?.delete(unit)
    if (filed?.size === 0) this.#byKey.delete(unit.key)
  }

  transfer(source: ResourceKey, destination: ResourceKey): void {
    const moved = this.#byKey.get(source)
    if (moved === undefined) return
    this.#byKey.delete(source)
    for (const unit of moved) {
      unit.key = destination
      if (unit.installed !== undefined) unit.installed = { ...unit.installed, key: destination }
      this.#file(unit)
    }
  }

  #file(unit: LinkedUnitRecord): void {
    const filed = this.#byKey.get(unit.key)
    if (filed === undefined) this.#byKey.set(unit.key, new Set([unit]))
    else filed.add(unit)
  }
}
