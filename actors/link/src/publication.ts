// Tells executors what there is to call and what is no longer. Publication needs no barrier: the messages are posted to every
// executor first, then the version words say so, and only then does anybody learn the symbol's address. Removal needs one:
// memory and slots come back when every executor has acknowledged the epoch of the retraction, or is parked outside.
import type {
  Attachment,
  Context,
  DispatcherDescription,
  ExecutorId,
  LinkEvent,
  LinkedUnitId,
  LinkerId,
  PeerId,
  SignatureCode,
} from '@worc/protocol'
import type { EpochTable, ExecutorIndex, LinkerIndex } from '@worc/executor-memory'
import type { LinkedUnitRecord } from './linked-units.js'
import { publishedWord } from './link-config.js'

interface Executor {
  readonly peer: PeerId
  readonly index: ExecutorIndex
}

interface Retirement {
  readonly epoch: number
  readonly release: () => void
}

export interface Dispatcher extends DispatcherDescription {
  readonly module: WebAssembly.Module
}

export class Publication {
  readonly #linker: LinkerIndex
  readonly #epochs: EpochTable
  readonly #memory: WebAssembly.Memory
  readonly #executors = new Map<PeerId, Executor>()
  readonly #dispatchers = new Map<SignatureCode, Dispatcher>()
  /** A parked thread is outside, but may come back before it has heard that there is another link actor to be heard. */
  readonly #silent = new Set<PeerId>()
  /** Oldest first: epochs complete in order. */
  readonly #retirements: Retirement[] = []
  #version: number

  constructor(linker: LinkerId, epochs: EpochTable, memory: WebAssembly.Memory) {
    this.#linker = linker as number as LinkerIndex
    this.#epochs = epochs
    this.#memory = memory
    this.#version = epochs.published(this.#linker)
  }

  get executors(): number {
    return this.#executors.size
  }

  /**
   * From now on the executor's acknowledgements count. Whoever calls this then sends it all that is installed. `mayHold`: what a
   * dead link actor installed; until it has told, nothing is given back.
   */
  introduce(peer: PeerId, executor: ExecutorId, mayHold: boolean): void {
    const index = executor as number as ExecutorIndex
    this.#epochs.introduce(index, this.#linker)
    this.#executors.set(peer, { peer, index })
    if (mayHold) this.#silent.add(peer)
  }

  /** It has told what it holds, and hears this link actor. */
  hasTold(peer: PeerId): void {
    if (this.#silent.delete(peer)) this.reclaim()
  }

  /** Whether somebody may hold what is not known here. */
  get awaitsWord(): boolean {
    return this.#silent.size > 0
  }

  forget(peer: PeerId): void {
    this.#executors.delete(peer)
    this.#silent.delete(peer)
    this.reclaim()
  }

  knows(peer: PeerId): boolean {
    return this.#executors.has(peer)
  }

  dispatcher(signature: SignatureCode, make: () => Dispatcher): Dispatcher {
    const known = this.#dispatchers.get(signature) ?? make()
    this.#dispatchers.set(signature, known)
    return known
  }

  install(ctx: Context, unit: LinkedUnitRecord, dispatchers: readonly Dispatcher[]): void {
    const version = this.#nextVersion()
    for (const { peer } of this.#executors.values()) this.#sendInstall(ctx, peer, version, unit, dispatchers)
    this.#publish(ctx, version)
  }

  /** A new executor catches up: everything installed, with the dispatchers it will need. */
  replay(ctx: Context, peer: PeerId, units: Iterable<LinkedUnitRecord>): void {
    const dispatchers = [...this.#dispatchers.values()]
    let first = true
    for (const unit of units) {
      this.#sendInstall(ctx, peer, this.#version, unit, first ? dispatchers : [])
      first = false
    }
    ctx.send(peer, { type: 'replayed' } satisfies LinkEvent)
    ctx.flush(peer)
  }

  installSlot(ctx: Context, unit: LinkedUnitId, slot: number, index: number, dispatcher: Dispatcher): void {
    const version = this.#nextVersion()
    const message: LinkEvent = {
      type: 'installSlot',
      version,
      unit,
      binding: [slot, index],
      dispatchers: [describe(dispatcher)],
    }
    for (const { peer } of this.#executors.values()) ctx.send(peer, message, [dispatcher.module])
    this.#publish(ctx, version)
  }

  /** `release` runs when no thread can be inside any of the units; at once where there are no executors. */
  retract(ctx: Context, units: readonly LinkedUnitRecord[], release: () => void): void {
    const version = this.#nextVersion()
    const epoch = this.#epochs.nextEpoch(this.#linker)
    const message: LinkEvent = { type: 'retract', version, epoch, units: units.map(({ id }) => id) }
    for (const { peer } of this.#executors.values()) ctx.send(peer, message)
    this.#retirements.push({ epoch, release })
    this.#publish(ctx, version)
    this.reclaim()
  }

  /** The epoch that the next retraction will be given back at; for marking ranges before it is posted. */
  get epoch(): number {
    return this.#epochs.currentEpoch(this.#linker)
  }

  reclaim(): void {
    for (
      let next = this.#retirements[0];
      next !== undefined && this.#isQuiescent(next.epoch);
      next = this.#retirements[0]
    ) {
      this.#retirements.shift()
      next.release()
    }
  }

  /** An executor whose port is closed cannot be inside anything, whether or not it has left the table yet. */
  #isQuiescent(epoch: number): boolean {
    if (this.#silent.size > 0) return false
    const holdouts = this.#epochs.holdouts(this.#linker, epoch)
    if (holdouts.length === 0) return true
    const connected = new Set([...this.#executors.values()].map(({ index }) => index))
    return !holdouts.some((index) => connected.has(index))
  }

  get waiting(): boolean {
    return this.#retirements.length > 0
  }

  collect(ctx: Context, urgent: boolean): void {
    for (const { peer } of this.#executors.values()) ctx.send(peer, { type: 'collect', urgent } satisfies LinkEvent)
  }

  #sendInstall(
    ctx: Context,
    peer: PeerId,
    version: number,
    unit: LinkedUnitRecord,
    dispatchers: readonly Dispatcher[],
  ): void {
    if (unit.installed === undefined) throw new Error(`unit ${unit.id} is published before it was installed`)
    const message: LinkEvent = {
      type: 'install',
      version,
      unit: unit.installed,
      dispatchers: dispatchers.map(describe),
    }
    const attachments: Attachment[] = [
      ...(unit.module === undefined ? [] : [unit.module]),
      ...dispatchers.map(({ module }) => module),
    ]
    ctx.send(peer, message, attachments)
  }

  #nextVersion(): number {
    this.#version = (this.#version + 1) | 0
    return this.#version
  }

  #publish(ctx: Context, version: number): void {
    for (const { peer } of this.#executors.values()) ctx.flush(peer)
    this.#epochs.publish(this.#linker, version)
    Atomics.add(new Int32Array(this.#memory.buffer), publishedWord / 4, 1)
  }
}

function describe({ signature, signatureId }: Dispatcher): DispatcherDescription {
  return { signature, signatureId }
}
