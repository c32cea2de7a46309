// Where resources are filed by now. A manager that died may have missed removals and transfers; who takes its place asks for
// the keys it finds. Live trackers know which keys were transferred to them; every other key was removed.
import type { Expected, ResourceKey } from '@worc/protocol'
import { success } from '@worc/protocol'
import type { SessionState } from './session-state.js'

interface CurrentKeys {
  readonly keys: readonly ResourceKey[]
}

export function currentKeys(state: SessionState, { keys }: CurrentKeys): Expected<readonly (ResourceKey | null)[]> {
  const current = new Map<ResourceKey, ResourceKey>()
  for (const dylib of state.dylibs.values()) {
    for (const { key, absorbed } of dylib.trackers) {
      current.set(key, key)
      for (const source of absorbed ?? []) current.set(source, key)
    }
  }
  return success(keys.map((key) => current.get(key) ?? null))
}
