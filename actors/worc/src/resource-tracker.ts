// A tracker: the handle by which everything defined under it is removed or moved. Made without a round trip; its last handle,
// disposed or collected, moves what it holds to the dylib's default tracker. Source: ORC's ResourceTracker (Core.h).
import type { ResourceKey, TrackerId } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'
import type { Synchronous } from './materialization-unit.js'
import type { SessionClient } from './session-client.js'

export interface RemoveOptions {
  /** 'retired' (the default): symbols gone, resources unreachable. 'reclaimed': memory, slots and modules are back. */
  readonly wait?: 'retired' | 'reclaimed'
  readonly signal?: AbortSignal
}

export class ResourceTracker implements Disposable {
  readonly dylib: JITDylib
  /** Names the tracker in messages. */
  readonly id: TrackerId
  readonly #client: SessionClient

  constructor(client: SessionClient, dylib: JITDylib, id: TrackerId) {
    this.#client = client
    this.dylib = dylib
    this.id = id
  }

  /** Idempotent. Rejects with the joined errors of resource managers that failed; the symbols are gone nevertheless. */
  async remove(options: RemoveOptions = {}): Promise<void> {
    await this.#client.request({ type: 'removeTracker', tracker: this.id, wait: options.wait ?? 'retired' }, options)
  }

  /** Moves everything to another tracker of the same dylib; this one is defunct afterwards. */
  async transferTo(destination: ResourceTracker): Promise<void> {
    if (destination.dylib.session.name !== this.dylib.session.name) {
      throw new JITError(plainError('WrongOwner', 'the destination tracker belongs to another session'))
    }
    await this.#client.request({ type: 'transferTo', source: this.id, destination: destination.id })
  }

  /**
   * Runs the body with the tracker's key, in this thread: a removal comes before, and the body is not run (ResourceTrackerDefunct),
   * or after, and managers hear of what was filed under the key.
   */
  withResourceKeyDo<T>(body: Synchronous<T>): Promise<T> {
    return this.#client.withTrackerKey(this.id, body)
  }

  /** Whether it was removed, or transferred to another. */
  isDefunct(): Promise<boolean> {
    return this.#client.request({ type: 'isDefunct', tracker: this.id })
  }

  /** The key without a lease: it may be removed before the caller has used it. */
  keyUnsafe(): Promise<ResourceKey> {
    return this.#client.request({ type: 'keyUnsafe', tracker: this.id })
  }

  /** A token under which a client in another thread may take up a handle of its own; until then it holds the tracker. */
  retain(): number {
    return this.#client.retainTracker(this)
  }

  /** Drops this handle; the last one's drop transfers what the tracker holds to the dylib's default tracker. */
  [Symbol.dispose](): void {
    this.#client.dropTracker(this)
  }
}
