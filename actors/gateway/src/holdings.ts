// What a connection holds, as its messages say: units, trackers, dylibs, time of compilers. A message is let through where there is
// room for what it would hold, and counts when it went well.
import type {
  Expected,
  HouseRequest,
  JITDylibId,
  JITErrorData,
  SessionRequest,
  TrackerId,
  UnitSource,
} from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { Definitions } from './definitions.js'
import type { Account, Quota } from './quotas.js'
import type { Rights } from './rights.js'
import type { SharedDylibs } from './shared-dylibs.js'

/** What a gateway passes on to the session. */
export type PassedRequest = SessionRequest | Extract<HouseRequest, { type: 'compile' }>

type Taking = readonly (readonly [quota: Quota, count: number])[]

export class Holdings {
  readonly #account: Account
  readonly #dylibs: SharedDylibs
  readonly #rights: Rights
  readonly #holder: object
  readonly #definitions: Definitions

  /** `holder` is who holds the dylibs. */
  constructor(account: Account, dylibs: SharedDylibs, rights: Rights, holder: object) {
    this.#account = account
    this.#dylibs = dylibs
    this.#rights = rights
    this.#holder = holder
    this.#definitions = new Definitions(account)
  }

  /** Those that the client made and has not let go of. */
  get trackers(): readonly TrackerId[] {
    return this.#definitions.trackers
  }

  addTracker(tracker: TrackerId, dylib: JITDylibId): JITErrorData | undefined {
    const refusal = this.#account.take('trackers')
    if (refusal === undefined) this.#definitions.addTracker(tracker, dylib)
    return refusal
  }

  dropTracker(tracker: TrackerId): void {
    this.#definitions.dropTracker(tracker)
  }

  /** Makes room for what the message will hold; the value gives it back. */
  take(message: PassedRequest): Expected<() => void> {
    switch (message.type) {
      case 'createJITDylib':
        return this.#taken([['dylibs', 1]])
      case 'define':
      case 'replace':
        return this.#taken([
          ['units', 1],
          ['definedBytes', sizeOf(message.unit.source)],
        ])
      case 'addGenerator':
      case 'addReexportsGenerator':
        return this.#taken([['units', 1]])
      case 'compile':
        return this.#taken([['compileMs', 0]])
      default:
        return success(() => undefined)
    }
  }

  #taken(wanted: Taking): Expected<() => void> {
    const taken: (readonly [quota: Quota, count: number])[] = []
    const giveBack = (): void => {
      for (const [quota, count] of taken) this.#account.give(quota, count)
    }
    for (const [quota, count] of wanted) {
      const refusal = this.#account.take(quota, count)
      if (refusal !== undefined) {
        giveBack()
        return failure(refusal)
      }
      taken.push([quota, count])
    }
    return success(giveBack)
  }

  /** The message went well. */
  settle(message: PassedRequest, value: unknown, elapsedMs: number): void {
    switch (message.type) {
      case 'createJITDylib':
        return this.#dylibs.hold(value as JITDylibId, this.#holder)
      case 'define':
        return this.#definitions.add(trackerOf(message), sizeOf(message.unit.source))
      case 'addGenerator':
      case 'addReexportsGenerator':
        return this.#definitions.add(trackerOf(message), 0)
      case 'removeTracker':
        return this.#definitions.remove(message.tracker)
      case 'transferTo':
        return this.#definitions.move(message.source, message.destination)
      case 'clear':
        return this.#definitions.clear(message.dylib)
      case 'removeJITDylibs':
        return message.dylibs.forEach((dylib) => this.#forget(dylib))
      case 'compile':
        return this.#account.charge('compileMs', elapsedMs)
      default:
    }
  }

  #forget(dylib: JITDylibId): void {
    this.#definitions.clear(dylib)
    this.#dylibs.forget(dylib)
    this.#rights.disown(dylib)
    this.#account.give('dylibs')
  }
}

function trackerOf({ tracker, dylib }: { readonly tracker: TrackerId | null; readonly dylib: JITDylibId }): TrackerId {
  return tracker ?? (-dylib as TrackerId)
}

/** How many bytes of the unit the session keeps. */
function sizeOf(source: UnitSource): number {
  return 'payload' in source ? source.payload.sizeBytes : 0
}
