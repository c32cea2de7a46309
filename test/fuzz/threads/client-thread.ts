// The thread of a client: attached once, it takes part in round after round until it is told to leave, or killed.
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { delayPosts } from './delays.js'
import type { DylibOperation } from './dylib-model.js'
import type { SharedTracker } from './history-round.js'
import type { Deaths } from './outcomes.js'
import { programOf } from './program.js'
import type { ProgramShape } from './program.js'
import type { SentTracker } from './held-trackers.js'
import type { StormReport } from './judge.js'
import { Storm } from './storm.js'

/** In this order in each round; trackers come in between. */
export type ToClient =
  | { readonly type: 'rage'; readonly shape: ProgramShape; readonly deaths: Deaths }
  | { readonly type: 'take'; readonly tracker: SentTracker }
  /** Make these, and handles of them for everybody. */
  | {
      readonly type: 'share'
      readonly trackers: readonly { readonly dylib: number; readonly tracker: number }[]
      readonly clients: number
    }
  | {
      readonly type: 'record'
      readonly shape: ProgramShape
      readonly clock: Int32Array
      readonly trackers: readonly SharedTracker[]
    }
  | { readonly type: 'settle' }
  | { readonly type: 'close' }
  /** What is running, should the round not end. */
  | { readonly type: 'tell' }

export type FromClient =
  | { readonly type: 'attached' }
  | { readonly type: 'give'; readonly to: number; readonly tracker: SentTracker }
  | { readonly type: 'raged' }
  | { readonly type: 'shared'; readonly trackers: readonly (readonly SharedTracker[])[] }
  | { readonly type: 'recorded'; readonly operations: readonly DylibOperation[] }
  | { readonly type: 'settled' }
  | { readonly type: 'closed'; readonly report: StormReport }
  | { readonly type: 'running'; readonly steps: readonly string[] }

if (parentPort === null) throw new Error('client-thread is a worker')
const inbox = parentPort
delayPosts('client')
const storm = await Storm.attach(workerData as MessagePort, (to, tracker) => say({ type: 'give', to, tracker }))
inbox.on('message', (message: ToClient) => void obey(message))
say({ type: 'attached' })

async function obey(message: ToClient): Promise<void> {
  switch (message.type) {
    case 'rage':
      await storm.rage(programOf(message.shape), message.deaths)
      return say({ type: 'raged' })
    case 'take':
      return storm.take(message.tracker)
    case 'share':
      return say({ type: 'shared', trackers: storm.share(message.trackers, message.clients) })
    case 'record': {
      const { shape, clock, trackers } = message
      return say({ type: 'recorded', operations: await storm.record(shape, clock, trackers) })
    }
    case 'settle':
      await storm.settle()
      return say({ type: 'settled' })
    case 'close':
      return say({ type: 'closed', report: await storm.close() })
    case 'tell':
      return say({ type: 'running', steps: storm.running })
  }
}

function say(message: FromClient): void {
  inbox.postMessage(message)
}
