// Resource managers of users: told when what they filed under a key is to go, or moves. Source: ORC's ResourceManager (Core.h).
import type { ResourceKey } from '@worc/protocol'
import type { JITDylib } from './jit-dylib.js'

export interface ResourceManager {
  /**
   * Retires what is filed under `key`. What it throws is joined into the removal's error; the removal goes on. It may use the
   * session, but not wait for this removal or for `clear` of the dylib: they wait for its answer.
   */
  handleRemoveResources(dylib: JITDylib, key: ResourceKey): void | Promise<void>
  /** Cannot fail. */
  handleTransferResources(dylib: JITDylib, destination: ResourceKey, source: ResourceKey): void
}
