// The life of one supervised worker through all its incarnations, as a statechart without any worker in it: what happens comes
// in as events, what is to be done goes out as effects, and time is the clock it is given.
//
//   starting ──ready──► ready ──condemned──► dying
//      └─bootTimeout or condemned──────────► dying
//   starting, ready, dying ──died──► dead (of itself) or starting (on purpose)
//   dead ──► restarting ──backoff──► starting
//     └────► failed, after too many deaths
//   any of these ──stop──► stopping ──died──► stopped
import type { Clock } from '@worc/mailbox'
import { assign, createActor, setup } from 'xstate'
import type { RestartPolicy } from './restart-policy.js'
import { backoffMs, recentDeaths } from './restart-policy.js'

export interface WorkerLifeEffects {
  /** Start the next incarnation; `ready` or `died` follows. */
  startAgain(): void
  /** It did not become ready in time: end it; `died` follows. */
  bootTimedOut(): void
  /** Ask it to end by itself, and see to it that it does; `died` follows. */
  askToStop(): void
  /** It did not stop in time: end it; `died` follows. */
  stopTimedOut(): void
}

export type WorkerLifeEvent =
  | { readonly type: 'ready' }
  /** `onPurpose`: its work was to be cut short, which is no sign of ill health. */
  | { readonly type: 'died'; readonly onPurpose: boolean }
  /** It is being ended on purpose; `died` follows. */
  | { readonly type: 'condemned' }
  | { readonly type: 'stop' }

export interface WorkerLifeOptions {
  readonly restart: RestartPolicy
  readonly bootTimeoutMs: number
  readonly stopTimeoutMs: number
  readonly clock: Clock
}

/** It rests in each but `dead`, which decides between `restarting` and `failed`. */
export type WorkerState = 'starting' | 'ready' | 'dying' | 'dead' | 'restarting' | 'stopping' | 'stopped' | 'failed'

/** Begins when the first incarnation was started. */
export class WorkerLife {
  readonly #actor: { send(event: WorkerLifeEvent): void; getSnapshot(): { readonly value: WorkerState } }

  /** `onState` hears of each state entered after the first. */
  constructor(effects: WorkerLifeEffects, options: WorkerLifeOptions, onState: (state: WorkerState) => void) {
    const { clock } = options
    const actor = createActor(machine(effects, options), {
      clock: {
        setTimeout: (run: () => void, milliseconds: number) => clock.startTimer(milliseconds, run),
        clearTimeout: (cancel: () => void) => cancel(),
      },
    })
    let state: WorkerState | undefined
    actor.subscribe(({ value }) => {
      const entered = value !== state && state !== undefined
      state = value
      if (entered) onState(value)
    })
    this.#actor = actor
    actor.start()
  }

  get state(): WorkerState {
    return this.#actor.getSnapshot().value
  }

  send(event: WorkerLifeEvent): void {
    this.#actor.send(event)
  }
}

interface Memory {
  /** When it died, within the period of the restart policy. */
  readonly deaths: readonly number[]
}

function machine(effects: WorkerLifeEffects, { restart, bootTimeoutMs, stopTimeoutMs, clock }: WorkerLifeOptions) {
  return setup({
    types: { context: {} as Memory, events: {} as WorkerLifeEvent },
    actions: {
      startAgain: () => effects.startAgain(),
      bootTimedOut: () => effects.bootTimedOut(),
      askToStop: () => effects.askToStop(),
      stopTimedOut: () => effects.stopTimedOut(),
      countDeath: assign(({ context }) => ({ deaths: recentDeaths(restart, context.deaths, clock.now()) })),
    },
    guards: {
      onPurpose: ({ event }) => event.type === 'died' && event.onPurpose,
      mayRestart: ({ context }) => context.deaths.length <= restart.intensity,
    },
    delays: {
      bootTimeout: bootTimeoutMs,
      stopTimeout: stopTimeoutMs,
      backoff: ({ context }) => backoffMs(restart, context.deaths.length),
    },
  }).createMachine({
    context: { deaths: [] },
    initial: 'starting',
    on: {
      stop: '.stopping',
      died: [
        { guard: 'onPurpose', target: '.starting', actions: 'startAgain' },
        { target: '.dead', actions: 'countDeath' },
      ],
    },
    states: {
      starting: {
        after: { bootTimeout: { target: 'dying', actions: 'bootTimedOut' } },
        on: { ready: 'ready', condemned: 'dying' },
      },
      ready: { on: { condemned: 'dying' } },
      dying: {},
      dead: { always: [{ guard: 'mayRestart', target: 'restarting' }, { target: 'failed' }] },
      restarting: { after: { backoff: { target: 'starting', actions: 'startAgain' } }, on: { stop: 'stopped' } },
      stopping: {
        entry: 'askToStop',
        after: { stopTimeout: { actions: 'stopTimedOut' } },
        on: { stop: {}, died: 'stopped' },
      },
      stopped: { type: 'final' },
      failed: { type: 'final' },
    },
  })
}
