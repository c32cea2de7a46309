// What a link actor does for a dead one. The arenas say what the dead one held, the executors say what was installed: what is
// ready goes on as it is, what was in flight is freed, what was being retired is retired again and given back.
//
// Until every executor that can answer has, the successor does not know what there is to remove: whatever the session wants
// meanwhile waits. A thread that is parked or busy answers when it can; what was removed by then is retired when it does.
import type { InstalledUnit, LinkedUnitId, LinkerId, PeerId, ResourceKey } from '@worc/protocol'
import type { ClaimState, FunctionSlot, RangeDescription } from '@worc/executor-memory'
import { firstThreadTag } from './executor-places.js'
import type { Arenas } from './link-config.js'
import type { LinkedUnitRecord, LinkedUnits } from './linked-units.js'

export class Succession {
  readonly #arenas: Arenas
  readonly #linker: LinkerId
  readonly #units: LinkedUnits
  /** Held by an executor although the dead linker had begun to retire them. */
  readonly #stale = new Map<LinkedUnitId, LinkedUnitRecord>()
  readonly #removed = new Set<ResourceKey>()
  /** Units that were retired anew. */
  readonly #retired = new Set<LinkedUnitId>()
  readonly #answering = new Set<PeerId>()
  /** Executors that will be introduced and have not been. */
  #expected = 0

  constructor(arenas: Arenas, dead: LinkerId, linker: LinkerId, units: LinkedUnits) {
    this.#arenas = arenas
    this.#linker = linker
    this.#units = units
    for (const arena of [arenas.ranges, arenas.tls]) {
      for (const { id } of arena.rangesOf(dead, 'in-flight')) arena.release(id)
      if (dead !== linker) arena.adopt(dead, linker)
    }
    for (const { slot } of arenas.slots.slotsOf(dead, 'in-flight')) arenas.slots.release(slot)
    if (dead !== linker) arenas.slots.adopt(dead, linker)
  }

  expect(executors: number): void {
    this.#expected = executors
  }

  /** `answers` is false for a thread that cannot answer now. */
  introduced(executor: PeerId, answers: boolean): void {
    this.#expected -= 1
    if (answers) this.#answering.add(executor)
  }

  answered(executor: PeerId): void {
    this.#answering.delete(executor)
  }

  /** No longer waits for whoever has not answered. */
  stopWaiting(): void {
    this.#expected = 0
    this.#answering.clear()
  }

  /** Whether the executors that were there before are still being introduced. */
  get expecting(): boolean {
    return this.#expected > 0
  }

  get waiting(): boolean {
    return this.#expected > 0 || this.#answering.size > 0
  }

  removed(key: ResourceKey): void {
    this.#removed.add(key)
  }

  /** An executor has this unit. */
  hold(installed: InstalledUnit, module: WebAssembly.Module): void {
    if (this.#units.get(installed.unit) !== undefined || this.#stale.has(installed.unit)) return
    const data = this.#rangeOf(this.#arenas.ranges.rangesOf(this.#linker), installed.unit)
    const tls = this.#rangeOf(this.#arenas.tls.rangesOf(this.#linker), installed.unit)
    const slots = new Map(installed.slots.map(([slot, index]) => [index, slot as FunctionSlot]))
    const states: (ClaimState | undefined)[] = [
      data?.state,
      tls?.state,
      ...[...slots.values()].map((slot) => this.#arenas.slots.describe(slot)?.state),
    ]
    const record: LinkedUnitRecord = {
      id: installed.unit,
      key: data?.key ?? tls?.key ?? installed.key,
      installed,
      module,
      data,
      tls: tls?.id,
      slots,
      signatureOf: (index) => installed.functions[index]?.[1] ?? ':',
      symbols: undefined,
    }
    if (states.includes('retired') || this.#removed.has(record.key)) this.#stale.set(record.id, record)
    else this.#units.add(record)
  }

  /**
   * What the dead linker had installed and no executor holds: its code is gone, and what it occupies is kept as a unit's, so
   * that removing its key gives it back. The keys that such units are filed under.
   */
  keepLost(): readonly ResourceKey[] {
    const { ranges, tls, slots } = this.#arenas
    const data = this.#unaccounted(ranges.rangesOf(this.#linker, 'ready'))
    const offsets = this.#unaccounted(tls.rangesOf(this.#linker, 'ready'))
    const pointers = this.#unaccounted(slots.slotsOf(this.#linker, 'ready'))
    const keys = new Set<ResourceKey>()
    for (const { unit, key } of [...data, ...offsets, ...pointers]) {
      if (this.#units.get(unit) !== undefined) continue
      keys.add(key)
      const own = pointers.filter((slot) => slot.unit === unit)
      this.#units.add({
        id: unit,
        key,
        installed: undefined,
        module: undefined,
        data: this.#rangeOf(data, unit),
        tls: this.#rangeOf(offsets, unit)?.id,
        slots: new Map(own.map(({ slot }, index) => [index, slot])),
        signatureOf: () => ':',
        symbols: undefined,
        lost: true,
      })
    }
    return [...keys]
  }

  #unaccounted<T extends { readonly unit: LinkedUnitId }>(claims: readonly T[]): readonly T[] {
    return claims.filter(({ unit }) => unit !== 0 && unit < firstThreadTag && this.#units.get(unit) === undefined)
  }

  /** Keys that held units are filed under: what became of them is the session's to say. */
  keys(): readonly ResourceKey[] {
    return [...new Set([...this.#units.installed()].map(({ key }) => key))]
  }

  /** The dead linker may have missed removals and transfers. */
  refile(keys: readonly ResourceKey[], current: readonly (ResourceKey | null)[]): void {
    for (const [index, key] of keys.entries()) {
      const now = current[index] ?? null
      if (now === null) for (const unit of this.#units.takeInstalled(key)) this.#stale.set(unit.id, unit)
      else if (now !== key) this.#transfer(key, now)
    }
  }

  #transfer(source: ResourceKey, destination: ResourceKey): void {
    this.#units.transfer(source, destination)
    this.#arenas.ranges.transfer(source, destination)
    this.#arenas.tls.transfer(source, destination)
    this.#arenas.slots.transfer(source, destination)
  }

  /** The units to retract anew. */
  takeStale(): readonly LinkedUnitRecord[] {
    const stale = [...this.#stale.values()]
    this.#stale.clear()
    for (const { id } of stale) this.#retired.add(id)
    return stale
  }

  /**
   * What the dead linker had retired and no executor's unit accounts for; call it once, when all have answered. The result
   * gives it back, for when every executor is quiescent.
   */
  takeOrphans(): () => void {
    const isOrphan = ({ unit }: { readonly unit: LinkedUnitId }): boolean => !this.#retired.has(unit)
    const { ranges, tls, slots } = this.#arenas
    const orphans = {
      ranges: ranges.rangesOf(this.#linker, 'retired').filter(isOrphan),
      tls: tls.rangesOf(this.#linker, 'retired').filter(isOrphan),
      slots: slots.slotsOf(this.#linker, 'retired').filter(isOrphan),
    }
    return () => {
      for (const { id } of orphans.ranges) ranges.release(id)
      for (const { id } of orphans.tls) tls.release(id)
      for (const { slot } of orphans.slots) slots.release(slot)
    }
  }

  #rangeOf(ranges: readonly RangeDescription[], unit: LinkedUnitId): RangeDescription | undefined {
    return ranges.find((range) => range.unit === unit)
  }
}
