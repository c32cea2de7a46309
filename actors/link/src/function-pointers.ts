// C function pointers. A function whose address is taken gets one slot of its signature's dispatcher, the same for whoever
// takes it; the slot goes with the function's unit.
import type { Context, Expected, ExecutorAddr, LinkerId, SignatureCode } from '@worc/protocol'
import { failure, indexOfCode, success, symbolError, unitOfCode } from '@worc/protocol'
import type { FunctionSlot } from '@worc/executor-memory'
import type { Arenas } from './link-config.js'
import type { LinkedUnitRecord, LinkedUnits } from './linked-units.js'
import type { Dispatcher, Publication } from './publication.js'
import type { LinkTarget } from './target.js'

export class FunctionPointers {
  readonly #arenas: Arenas
  readonly #units: LinkedUnits
  readonly #publication: Publication
  readonly #linker: LinkerId
  readonly #target: LinkTarget
  readonly #watch: (module: WebAssembly.Module) => void

  constructor(
    arenas: Arenas,
    units: LinkedUnits,
    publication: Publication,
    linker: LinkerId,
    target: LinkTarget,
    watch: (module: WebAssembly.Module) => void,
  ) {
    this.#arenas = arenas
    this.#units = units
    this.#publication = publication
    this.#linker = linker
    this.#target = target
    this.#watch = watch
  }

  /** A slot of the arena for a function of a unit that is being allocated. */
  reserve(unit: LinkedUnitRecord, index: number, signature: SignatureCode): Expected<FunctionSlot> {
    const id = this.#arenas.slots.intern(signature)
    if (!id.ok) return id
    const slot = this.#arenas.slots.allocate(id.value, { owner: this.#linker, key: unit.key, unit: unit.id })
    if (slot.ok) unit.slots.set(index, slot.value)
    return slot
  }

  /** The pointer that stands for a function anywhere, installed in every executor by the time this returns. */
  pointerTo(ctx: Context, address: ExecutorAddr): Expected<number> {
    const unit = this.#units.get(unitOfCode(address))
    if (unit === undefined || unit.lost === true)
      return failure(symbolError('CodeRemoved', `the function at ${address} was removed`, []))
    const index = indexOfCode(address)
    const known = unit.slots.get(index)
    if (known !== undefined && unit.unconfirmed?.delete(index) === true) return this.#post(ctx, unit, index, known)
    if (known !== undefined) return success(known)
    const slot = this.reserve(unit, index, unit.signatureOf(index))
    if (!slot.ok) return slot
    if (unit.installed === undefined) return slot
    this.#arenas.slots.commit(slot.value)
    unit.installed = { ...unit.installed, slots: [...unit.installed.slots, [slot.value, index]] }
    return this.#post(ctx, unit, index, slot.value)
  }

  #post(ctx: Context, unit: LinkedUnitRecord, index: number, slot: FunctionSlot): Expected<number> {
    const dispatcher = this.dispatcherFor(unit.signatureOf(index))
    if (!dispatcher.ok) return dispatcher
    this.#publication.installSlot(ctx, unit.id, slot, index, dispatcher.value)
    return success(slot)
  }

  dispatcherFor(signature: SignatureCode): Expected<Dispatcher> {
    const id = this.#arenas.slots.intern(signature)
    if (!id.ok) return id
    return success(
      this.#publication.dispatcher(signature, () => {
        const module = this.#target.dispatcher(signature, id.value)
        this.#watch(module)
        return { signature, signatureId: id.value, module }
      }),
    )
  }
}
