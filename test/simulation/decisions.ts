// A schedule as a list of decisions: which event came next, who did what, what broke. Done again in a world that is not quite
// the same, a decision that is not possible there is passed over.
import { JITError } from '@worc/protocol'
import { MemoryChecks } from './memory-checks.js'
import type { Operation } from './operations.js'
import { isPossible, perform } from './operations.js'
import type { SimHouse } from './sim-house.js'
import type { SimThread } from './sim-thread.js'
import type { Lane } from './strategy.js'
import type { World } from './world.js'

export type Fault =
  | { readonly type: 'kill'; readonly thread: string }
  | {
      readonly type: 'die-in-turn'
      readonly thread: string
      readonly sends: number
      readonly when: 'before' | 'after'
      readonly lost: number
    }
  | { readonly type: 'pressure'; readonly level: 'none' | 'soft' | 'hard' }
  | { readonly type: 'end-house' }
  /** An ask or an answer comes again: the last one that came over the channel, or so many before. */
  | { readonly type: 'repeat'; readonly channel: string; readonly back: number }

export type Decision =
  | readonly ['deliver', channel: string]
  | readonly ['tick']
  | readonly ['idle', thread: string]
  /** Action 0 returns, then come calls through slots, then calls through pointers; others go on. */
  | readonly ['code', thread: string, action: number]
  | readonly ['operation', Operation]
  | readonly ['fault', Fault]

const timeLane: Lane = { name: 'time', threadName: 'time' }

/** Of the choices that code has, so many are to go on with what it does: calls that return at once meet nothing. */
const idleChoices = 4

/** Calls that may be on a stack: more would only take longer. */
const deepestStack = 4

export class Stage {
  readonly world: World
  readonly house: SimHouse
  readonly memory: MemoryChecks

  constructor(world: World, house: SimHouse) {
    this.world = world
    this.house = house
    this.memory = new MemoryChecks(world, house)
  }

  /** Where something could happen next. */
  lanes(): readonly Lane[] {
    const lanes: Lane[] = []
    for (const end of this.world.pending) if (end.deliverable) lanes.push(end)
    for (const { thread } of this.house.users) {
      if (!thread.alive) continue
      if (thread.frames.length > 0) lanes.push(thread.codeLane)
      else if (thread.idle.length > 0) lanes.push(thread.idleLane)
    }
    if (this.world.hasTimer) lanes.push(timeLane)
    return lanes
  }

  /** What to do on a lane; `draw` chooses an integer below its argument where there is a choice. */
  decisionOn(lane: Lane, draw: (limit: number) => number): Decision {
    if (lane === timeLane) return ['tick']
    const thread = this.world.threads.get(lane.threadName)
    if (lane === thread?.idleLane) return ['idle', lane.threadName]
    if (lane === thread?.codeLane) return ['code', lane.threadName, draw(choicesOf(thread))]
    return ['deliver', lane.name]
  }

  /** Whether it was possible. */
  do(decision: Decision): boolean {
    const { world } = this
    switch (decision[0]) {
      case 'deliver': {
        const end = world.pending.find(({ name }) => name === decision[1])
        if (end?.deliverable !== true) return false
        world.deliver(end)
        return true
      }
      case 'tick':
        if (!world.hasTimer) return false
        world.tick()
        return true
      case 'idle': {
        const thread = world.threads.get(decision[1])
        if (thread?.canHear !== true || thread.idle.length === 0) return false
        world.runIdle(thread)
        return true
      }
      case 'code': {
        const thread = world.threads.get(decision[1])
        if (thread === undefined || thread.frames.length === 0) return false
        this.#runCode(thread, decision[2])
        return true
      }
      case 'operation':
        if (!isPossible(this.house, decision[1])) return false
        perform(world, this.house, decision[1])
        return true
      case 'fault':
        return this.#break(decision[1])
    }
  }

  #runCode(thread: SimThread, action: number): void {
    this.world.within(thread, () => {
      const frame = thread.frames.at(-1)
      if (frame === undefined) return
      const { slots, pointers } = frame
      if (action === 0) return void thread.frames.pop()
      if (action > slots + pointers) return
      try {
        if (action <= slots) frame.callSlot(action - 1)
        else frame.callPointer(action - slots - 1)
      } catch (thrown) {
        if (!(thrown instanceof JITError)) throw thrown
        if (thrown.code === 'CodeRemoved') this.world.probes.hit('code-removed-in-call')
        thread.frames.length = 0
      }
    })
  }

  #break(fault: Fault): boolean {
    const { world, house } = this
    if (fault.type === 'end-house') {
      house.end()
      return true
    }
    if (fault.type === 'pressure') {
      house.pressure = fault.level
      return true
    }
    if (fault.type === 'repeat') return world.repeat(fault.channel, fault.back)
    const thread = world.threads.get(fault.thread)
    if (thread?.alive !== true) return false
    if (fault.type === 'kill') {
      world.probes.hit('crash-between-turns')
      world.kill(thread)
    } else {
      world.arm(thread, { sends: fault.sends, when: fault.when, lost: fault.lost })
    }
    return true
  }
}

function choicesOf({ frames }: SimThread): number {
  const frame = frames.at(-1)
  const calls = frame === undefined || frames.length >= deepestStack ? 0 : frame.slots + frame.pointers
  return 1 + calls + idleChoices
}
