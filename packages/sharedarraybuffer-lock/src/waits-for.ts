// The deadlock graph. A thread that is about to sleep without a time limit writes into its row which lock it waits for; lock
// words say who holds them. Together that is a waits-for graph, and the last thread to close a cycle finds it:
//
//   row of 3: waits for lock 7        lock 7: owner 5
//   row of 5: waits for lock 9        lock 9: owner 3      3 -> 7 -> 5 -> 9 -> 3
//
// Only threads on the slow path pay. The walk reads words that change meanwhile, so it must see the same cycle twice: a
// thread whose wait episode did not change between the walks released nothing in between. Waits with a time limit end by
// themselves and have no edge; neither have semaphores and conditions, which anybody may end.
import { findRow, rowAt } from './agent.js'
import type { Agent } from './agent.js'
import { abandonedOwner, header, kind, lineStart, lockWord, ownerMask, rowWord } from './layout.js'
import type { LockAddress } from './layout.js'
import { LockError } from './lock-error.js'
import type { WaitLink } from './lock-error.js'

const addressMask = 0xffff
const episodeShift = 16

interface WalkedLink {
  readonly self: number
  /** The thread's waits-for word: lock address and wait episode. */
  readonly word: number
}

export function publishWait(agent: Agent, address: LockAddress): void {
  agent.waitEpisode = (agent.waitEpisode + 1) & 0x7fff
  Atomics.store(agent.words, agent.row + rowWord.waitsFor, address | (agent.waitEpisode << episodeShift))
}

export function retractWait(agent: Agent): void {
  Atomics.store(agent.words, agent.row + rowWord.waitsFor, 0)
}

/** The cycle that this thread, whose wait is published, is part of; or undefined. */
export function findDeadlock(agent: Agent): readonly WaitLink[] | undefined {
  let seen = findCycle(agent)
  while (seen !== undefined) {
    const again = findCycle(agent)
    if (again !== undefined && sameCycle(seen, again)) return linksOf(seen)
    seen = again
  }
  return undefined
}

/** Throws LockError Deadlock if this thread already owns the word at `stateIndex`: locks are not recursive. */
export function refuseOwnLock(agent: Agent, address: LockAddress, stateIndex: number): void {
  if ((Atomics.load(agent.words, stateIndex) & ownerMask) !== agent.self) return
  const cycle = [{ threadId: agent.platform.threadId, waitsFor: address }]
  throw new LockError({ code: 'Deadlock', cycle })
}

function findCycle(agent: Agent): readonly WalkedLink[] | undefined {
  const word = Atomics.load(agent.words, agent.row + rowWord.waitsFor)
  if (!someHolderWaits(agent, agent.self, word)) return undefined
  const path: WalkedLink[] = []
  return leadsBack(agent, { self: agent.self, word }, path, new Set()) ? path : undefined
}

/** The usual case, without an allocation: the holder runs, so there is no cycle. */
function someHolderWaits(agent: Agent, self: number, word: number): boolean {
  const owner = ownerOf(agent, word & addressMask)
  if (owner === self || owner === 0 || owner === abandonedOwner) return owner === self
  return waitOf(agent, owner) !== 0
}

/** Depth first; a thread is left out of the path again where none of its holders leads back. */
function leadsBack(agent: Agent, link: WalkedLink, path: WalkedLink[], visited: Set<number>): boolean {
  path.push(link)
  visited.add(link.self)
  for (const holder of holdersOf(agent, link)) {
    if (holder === agent.self) return true
    if (visited.has(holder)) continue
    const word = waitOf(agent, holder)
    if (word !== 0 && leadsBack(agent, { self: holder, word }, path, visited)) return true
  }
  path.pop()
  return false
}

/** Who must let go before this thread can go on. A thread that waits for a rwLock it owns is a writer waiting for readers. */
function holdersOf(agent: Agent, link: WalkedLink): readonly number[] {
  const address = link.word & addressMask
  const owner = ownerOf(agent, address)
  if (owner === 0) return []
  if (owner !== link.self) return [owner]
  return Atomics.load(agent.words, lineStart(address) + lockWord.kind) === kind.rwLock ? readersOf(agent, address) : []
}

function readersOf(agent: Agent, address: number): readonly number[] {
  const { registry, words } = agent
  const readers: number[] = []
  for (let slot = 0; slot < Atomics.load(words, header.threadsHigh); slot++) {
    const row = rowAt(registry, slot)
    if (Atomics.load(words, row + rowWord.readCounts + address) > 0) readers.push(Atomics.load(words, row + rowWord.id))
  }
  return readers
}

function ownerOf(agent: Agent, address: number): number {
  return Atomics.load(agent.words, lineStart(address) + lockWord.state) & ownerMask
}

function waitOf(agent: Agent, self: number): number {
  const row = findRow(agent.registry, self)
  return row === undefined ? 0 : Atomics.load(agent.words, row + rowWord.waitsFor)
}

function sameCycle(a: readonly WalkedLink[], b: readonly WalkedLink[]): boolean {
  return a.length === b.length && a.every((link, i) => link.self === b[i]?.self && link.word === b[i].word)
}

function linksOf(cycle: readonly WalkedLink[]): readonly WaitLink[] {
  return cycle.map((link) => ({ threadId: link.self - 1, waitsFor: (link.word & addressMask) as LockAddress }))
}
