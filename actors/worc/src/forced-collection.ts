// Forcing V8 to collect: it costs a few milliseconds in a worker of ours, and hundreds in a service's thread with a large heap.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { HouseConfig } from '@worc/protocol'
import type { CollectPolicy } from '@worc/executor'

let collect: (() => void) | undefined

export function forceCollection(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}

export function collectPolicy(setting: HouseConfig['collect'], ownWorker: boolean): CollectPolicy {
  return { mayForce: setting === 'all-threads' || (setting === 'own-workers' && ownWorker), force: forceCollection }
}
