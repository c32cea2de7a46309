// The trackers that a client holds: its own, by slot, and those that other clients have given it.
import type { JITDylib, ResourceTracker } from 'worc'
import { installTransferHandlers } from 'worc'
import type { TransferHandler } from 'comlink'
import { defaultSlot, dylibCount, trackerSlots } from './program.js'

/** A tracker on its way to another client, as a transfer handler has written it. */
export type SentTracker = unknown

/** Of a dylib, by number. */
interface Slot {
  readonly dylib: number
  readonly tracker: number
}

const handlers = new Map<string, TransferHandler<unknown, unknown>>()
installTransferHandlers(handlers)
const handler = handlers.get('worc.ResourceTracker') as TransferHandler<ResourceTracker, SentTracker>

export function send(tracker: ResourceTracker): SentTracker {
  return handler.serialize(tracker)[0]
}

export function receive(sent: SentTracker): ResourceTracker {
  return handler.deserialize(sent)
}

export class HeldTrackers {
  readonly #dylibs: readonly JITDylib[]
  #own: (ResourceTracker | undefined)[] = []
  #others: ResourceTracker[] = []

  constructor(dylibs: readonly JITDylib[]) {
    this.#dylibs = dylibs
  }

  dylib(index: number): JITDylib {
    const dylib = this.#dylibs[index % dylibCount]
    if (dylib === undefined) throw new Error(`a storm has no dylib ${index}`)
    return dylib
  }

  /** What is in the slot; else what another client gave; else a new one. */
  tracker({ dylib: index, tracker: slot }: Slot): ResourceTracker {
    const dylib = this.dylib(index)
    if (slot === defaultSlot) return dylib.defaultResourceTracker
    const known = this.#own[index * trackerSlots + slot]
    if (known !== undefined) return known
    const given = this.#others.findIndex((tracker) => tracker.dylib === dylib)
    const tracker = this.#others.splice(given, given < 0 ? 0 : 1)[0] ?? dylib.createResourceTracker()
    this.#own[index * trackerSlots + slot] = tracker
    return tracker
  }

  /** To be let go of with the others. */
  hold(...trackers: readonly ResourceTracker[]): void {
    this.#others.push(...trackers)
  }

  /** What was in the slot, which nobody holds any more. */
  letGo({ dylib, tracker }: Slot): ResourceTracker | undefined {
    if (tracker === defaultSlot) return undefined
    const held = this.#own[dylib * trackerSlots + tracker]
    this.#own[dylib * trackerSlots + tracker] = undefined
    return held
  }

  disposeAll(): void {
    for (const tracker of [...this.#own, ...this.#others]) tracker?.[Symbol.dispose]()
    this.#own = []
    this.#others = []
  }
}
