// What a link actor does for a dead one. The arenas say what the dead one held, the executors say what was installed: what is
// ready goes on as it is, what was in flight is freed, what was being retired is retired again and given back.
//
// Until every executor that can answer has, the successor does not know what there is to remove: whatever the session wants
// meanwhile waits. A thread that is parked or busy answers when it can; what was removed by then is retired when it does. When all
// have answered, the session is told what is held: what is not among that is nobody's code any more, and has failed.
import type { InstalledUnit, LinkedUnitId, LinkerId, PeerId, ResourceKey, SessionNotification } from '@worc/protocol'
import type { ClaimState, FunctionSlot, RangeDescription } from '@worc/executor-memory'
import { firstRegionTag } from './executor-regions.js'
import type { Arenas } from './link-config.js'
import type { LinkedUnitRecord, LinkedUnits } from './linked-units.js'

type UnitsHeld = Extract<SessionNotification, { type: 'unitsHeld' }>

export class Succession {
  readonly #arenas: Arenas
  readonly #linker: LinkerId
  readonly #units: LinkedUnits
  /** The last unit that the dead linker made. */
  readonly #lastUnit: number
  /** Held by an executor although the dead linker had begun to retire them. */
  readonly #stale = new Map<LinkedUnitId, LinkedUnitRecord>()
  readonly #removed = new Set<ResourceKey>()
  /** Keys that held units are filed under, since the session said so. */
  readonly #asked = new Set<ResourceKey>()
  /** The dead linker's units that this one has retired. */
  readonly #retired = new Set<LinkedUnitId>()
  /** The dead linker's units of which all was given back: whoever answers late may still have them. */
  readonly #gone = new Set<LinkedUnitId>()
  readonly #answering = new Set<PeerId>()
  /** What each executor has of the dead linker's. */
  readonly #held = new Map<PeerId, Set<LinkedUnitId>>()
  /** Executors that will be introduced and have not been. */
  #expected = 0
  #isPatient = true

  constructor(arenas: Arenas, dead: LinkerId, linker: LinkerId, units: LinkedUnits) {
    this.#arenas = arenas
    this.#linker = linker
    this.#units = units
    this.#lastUnit = Atomics.load(new Int32Array(arenas.buffers.counters), 0)
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
    if (answers && this.#isPatient) this.#answering.add(executor)
  }

  /** There was no place for an executor that was to be introduced. */
  refused(): void {
    this.#expected -= 1
  }

  /** It has told all that it holds, or is gone. */
  answered(executor: PeerId): void {
    this.#answering.delete(executor)
  }

  /** The executor was given all that is installed. */
  completed(executor: PeerId): void {
    for (const { id } of this.#units.installed()) this.#unitsOf(executor).add(id)
  }

  /** What other executors hold and this one, which has told what it holds, does not. */
  missingIn(executor: PeerId): readonly LinkedUnitRecord[] {
    const held = this.#unitsOf(executor)
    return [...this.#units.installed()].filter(({ id }) => id <= this.#lastUnit && !held.has(id))
  }

  #unitsOf(executor: PeerId): Set<LinkedUnitId> {
    const known = this.#held.get(executor) ?? new Set()
    this.#held.set(executor, known)
    return known
  }

  forget(executor: PeerId): void {
    this.#held.delete(executor)
    this.answered(executor)
  }

  /**
   * No longer waits for whoever has not answered. Introductions are on their way, and are waited for: of an executor that is not
   * known yet nobody could tell whether it is inside what is given back.
   */
  stopWaiting(): void {
    this.#isPatient = false
    this.#answering.clear()
  }

  /** Whether it still waits for answers. */
  get isPatient(): boolean {
    return this.#isPatient
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

  /** The executor has this unit. */
  hold(executor: PeerId, installed: InstalledUnit, module: WebAssembly.Module | undefined): void {
    // An executor hears all that is on its way to it before it tells: some of that is this linker's own.
    if (installed.unit > this.#lastUnit) return
    this.#unitsOf(executor).add(installed.unit)
    const known = this.#units.get(installed.unit)
    if ((known !== undefined && known.lost !== true) || this.#stale.has(installed.unit)) return
    // One that answers late: what it holds was retired meanwhile, and it hears of that too.
    if (this.#retired.has(installed.unit)) return
    if (known !== undefined) this.#units.remove(known)
    const data = this.#rangeOf(this.#arenas.ranges.rangesOf(this.#linker), installed.unit)
    const tls = this.#rangeOf(this.#arenas.tls.rangesOf(this.#linker), installed.unit)
    const slots = new Map<number, FunctionSlot>()
    for (const [slot, index] of installed.slots as readonly (readonly [FunctionSlot, number])[]) {
      if (this.#arenas.slots.describe(slot)?.unit === installed.unit) slots.set(index, slot)
    }
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
      nameFrame: undefined,
      unconfirmed: new Set(slots.keys()),
    }
    if (known !== undefined) keepUntold(record, known.slots.values())
    if (states.includes('retired') || this.#removed.has(record.key) || this.#gone.has(record.id))
      this.#stale.set(record.id, record)
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
        nameFrame: undefined,
        lost: true,
      })
    }
    this.#keepUntold()
    return [...keys]
  }

  /** Pointers that the dead linker had reserved for units and told to no executor: they go with their units. */
  #keepUntold(): void {
    for (const { slot, unit } of this.#arenas.slots.slotsOf(this.#linker, 'ready')) {
      const record = this.#units.get(unit)
      if (record !== undefined) keepUntold(record, [slot])
    }
  }

  /** For the session, when all have told: what somebody holds, and the memory of what nobody does. */
  account(): UnitsHeld {
    const units = [...this.#units.installed()].map(({ id }) => id).filter((id) => id <= this.#lastUnit)
    const lost = [...this.#units.lost()].flatMap(({ data }) =>
      data === undefined ? [] : [[data.address, data.sizeBytes] as const],
    )
    return { type: 'unitsHeld', last: this.#lastUnit as LinkedUnitId, units, lost }
  }

  #unaccounted<T extends { readonly unit: LinkedUnitId }>(claims: readonly T[]): readonly T[] {
    return claims.filter(({ unit }) => unit !== 0 && unit < firstRegionTag && this.#units.get(unit) === undefined)
  }

  /** Keys that held units are filed under: what became of them is the session's to say. */
  keys(): readonly ResourceKey[] {
    return [...new Set([...this.#units.installed()].map(({ key }) => key))]
  }

  /** Those of `keys` that the session was not asked about: an executor told of units and ended before it had told all. */
  unaskedKeys(): readonly ResourceKey[] {
    return this.keys().filter((key) => !this.#asked.has(key))
  }

  /** The dead linker may have missed removals and transfers. */
  refile(keys: readonly ResourceKey[], current: readonly (ResourceKey | null)[]): void {
    for (const [index, key] of keys.entries()) {
      const now = current[index] ?? null
      this.#asked.add(now ?? key)
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
    this.retiring(stale)
    return stale
  }

  /** These units are retired now, or will be before anything else is told. */
  retiring(units: readonly LinkedUnitRecord[]): void {
    for (const { id } of units) if (id <= this.#lastUnit) this.#retired.add(id)
  }

  /**
   * What the dead linker had retired and no executor's unit accounts for; call it once, when all have answered. The result
   * gives it back, for when every executor is quiescent: what one that answers late still holds is retired with its unit.
   */
  takeOrphans(): () => void {
    const isOrphan = ({ unit }: { readonly unit: LinkedUnitId }): boolean =>
      !this.#retired.has(unit) && !this.#stale.has(unit)
    const { ranges, tls, slots } = this.#arenas
    const orphans = {
      ranges: ranges.rangesOf(this.#linker, 'retired').filter(isOrphan),
      tls: tls.rangesOf(this.#linker, 'retired').filter(isOrphan),
      slots: slots.slotsOf(this.#linker, 'retired').filter(isOrphan),
    }
    return () => {
      for (const orphan of orphans.ranges) if (isOrphan(orphan)) ranges.release(orphan.id)
      for (const orphan of orphans.tls) if (isOrphan(orphan)) tls.release(orphan.id)
      for (const orphan of orphans.slots) if (isOrphan(orphan)) slots.release(orphan.slot)
      for (const { unit } of [...orphans.ranges, ...orphans.tls, ...orphans.slots])
        if (isOrphan({ unit })) this.#gone.add(unit)
    }
  }

  #rangeOf(ranges: readonly RangeDescription[], unit: LinkedUnitId): RangeDescription | undefined {
    return ranges.find((range) => range.unit === unit)
  }
}

/** Pointers that no executor has told of: no function's, and to be given back with the unit. */
function keepUntold({ slots }: LinkedUnitRecord, own: Iterable<FunctionSlot>): void {
  const told = new Set(slots.values())
  for (const slot of own) if (!told.has(slot)) slots.set(-slot, slot)
}
