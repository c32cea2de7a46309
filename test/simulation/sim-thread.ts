// A thread of the simulation: what lives and dies together. It hears nothing while JIT'd code is on its stack, except what
// that code pulls in.
import type { Clock } from '@worc/mailbox'
import type { SimChannel } from './sim-channel.js'
import type { Lane } from './strategy.js'

/** A turn that its thread did not survive. */
export class SimulatedDeath extends Error {}

export interface ArmedDeath {
  /** Sends left until it happens. */
  sends: number
  readonly when: 'before' | 'after'
  /** In [0, 1): how much of what the turn said and did not flush is lost. */
  readonly lost: number
}

export class SimThread {
  readonly name: string
  readonly ends: SimChannel[] = []
  readonly clock: Clock
  alive = true
  /** JIT'd functions on the stack, innermost last. */
  readonly frames: CodeFrame[] = []
  /** What waits for an empty stack. */
  readonly idle: (() => void)[] = []
  death: ArmedDeath | undefined
  /** The next step of the code on its stack, and of what waits for an empty one. */
  readonly codeLane: Lane
  readonly idleLane: Lane

  constructor(name: string, clock: (thread: SimThread) => Clock) {
    this.name = name
    this.clock = clock(this)
    this.codeLane = { name: `code of ${name}`, threadName: name }
    this.idleLane = { name: `idle ${name}`, threadName: name }
  }

  get canHear(): boolean {
    return this.alive && this.frames.length === 0
  }
}

/** A function of a unit that runs in a thread. */
interface CodeFrame {
  readonly unit: number
  readonly index: number
  /** What its unit has in executor memory. */
  readonly dataBytes: number
  /** Calls through the unit's PLT. */
  readonly callSlot: (slot: number) => void
  readonly slots: number
  /** Calls through the pointers that the unit was linked with. */
  readonly callPointer: (which: number) => void
  readonly pointers: number
}
