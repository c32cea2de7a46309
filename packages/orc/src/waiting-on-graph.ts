// Which emitted symbols are ready: those that reach, along dependences, only emitted ones. A group is the symbols that
// were emitted with the same dependences; it is one node here.
//
// A waiting group keeps an eye on one dependence only, the first of its list that is not ready: it is *blocked on* that
// one, which gives it one parent. So the groups form trees, and at each root is a symbol that nobody emitted yet:
//
//     a -> b -> c -> x        x not emitted: the root        d -> b is a second branch
//
// When x is emitted its own group takes the root's place and looks for its first unready dependence in turn. If that
// one's root is the group itself, the path between is a cycle: its groups are merged into one, which goes on with the
// dependences of all of them. A group that finds nothing left is ready, with all that was merged into it, and whoever
// was blocked on it looks further. Each dependence is passed once, each merge is for ever, and roots are found by a
// link-cut tree: near linear in any order of emission. Failure goes the other way, along every dependence that is not
// ready yet: `dependants`. Source: WaitingOnGraph (WaitingOnGraph.h), whose semantics this has; the method is our own.
import { entryState, pendingOf } from './symbol-entry.js'
import type { PendingInfo, SymbolEntry } from './symbol-entry.js'
import type { ForestNode } from './rooted-forest.js'
import { cut, link, rootOf } from './rooted-forest.js'

export interface WaitingNode extends ForestNode {
  /** Empty for a symbol that is depended on and not emitted: it stands in for the group to come. */
  symbols: readonly SymbolEntry[]
  dependencies: readonly SymbolEntry[]
  /** Dependencies before this one are ready, or in the same cycle. */
  passed: number
  blockedOn: SymbolEntry | null
  /** The group that this one is part of since a cycle was found. */
  mergedInto: WaitingNode | null
  /** Whether anything was ever blocked on it: only then can the way up from a dependence lead to it. */
  wasWaitedFor: boolean
  /** Of a group that others were merged into: all its parts, and those of them with dependencies left to pass. */
  nextMember: WaitingNode | null
  lastMember: WaitingNode
  nextUnpassed: WaitingNode | null
  firstUnpassed: WaitingNode | null
  lastUnpassed: WaitingNode | null
  withdrawn: boolean
}

/** A group of emitted symbols, and what it waits for: entries that were not ready when it was emitted. */
export interface EmittedGroup {
  readonly symbols: readonly SymbolEntry[]
  readonly dependencies: readonly SymbolEntry[]
}

/**
 * Symbols of one emission enter: `free` depend on nothing that is not ready. `becomeReady` is called for each symbol
 * that is ready now, in an order where, cycles aside, dependencies come first; it sets the symbol's state.
 */
export function enterGraph(
  free: readonly SymbolEntry[],
  groups: readonly EmittedGroup[],
  becomeReady: (entry: SymbolEntry) => void,
): void {
  const ready = [...free]
  const searching = groups.map(createGroup)
  let announced = 0
  let searched = 0
  for (;;) {
    for (; announced < ready.length; announced++) announce(ready[announced], searching, becomeReady)
    const node = searching[searched++]
    if (node === undefined) return
    if (node.mergedInto === null && passDependencies(node)) appendSymbols(ready, node)
  }
}

/** Takes a group out because one of its symbols, or something it depends on, failed; the symbols that fail with it. */
export function withdraw(node: WaitingNode): readonly SymbolEntry[] {
  if (node.withdrawn) return []
  node.withdrawn = true
  const whole = representative(node)
  if (whole.blockedOn !== null) unblock(whole)
  for (const { pending } of node.dependencies) if (pending !== null) oneWithdrawn(pending)
  return node.symbols
}

export function hasDependants({ dependants, withdrawnDependants }: PendingInfo): boolean {
  return dependants !== null && dependants.length > withdrawnDependants
}

/** The group that stands for a node since cycles were merged. */
export function representative(node: WaitingNode): WaitingNode {
  let top = node
  while (top.mergedInto !== null) top = top.mergedInto
  while (node.mergedInto !== null && node !== top) {
    const next: WaitingNode = node.mergedInto
    if (next !== top) node.mergedInto = top
    node = next
  }
  return top
}

/** To leave costs no search: those that were withdrawn are swept when they outnumber the rest. */
function oneWithdrawn(pending: PendingInfo): void {
  const { dependants } = pending
  if (dependants === null) return
  pending.withdrawnDependants++
  if (2 * pending.withdrawnDependants <= dependants.length) return
  pending.dependants = dependants.filter(({ withdrawn }) => !withdrawn)
  // Below zero for a moment where a dependence was named twice.
  pending.withdrawnDependants -= dependants.length - pending.dependants.length
}

/** A stand-in, until a group takes its place. */
function createNode(): WaitingNode {
  const node: Omit<WaitingNode, 'lastMember'> & { lastMember: WaitingNode | null } = {
    up: null,
    nearer: null,
    farther: null,
    symbols: none,
    dependencies: none,
    passed: 0,
    blockedOn: null,
    mergedInto: null,
    wasWaitedFor: false,
    nextMember: null,
    lastMember: null,
    nextUnpassed: null,
    firstUnpassed: null,
    lastUnpassed: null,
    withdrawn: false,
  }
  node.lastMember = node as WaitingNode
  return node as WaitingNode
}

const none: readonly SymbolEntry[] = []

function createGroup({ symbols, dependencies }: EmittedGroup): WaitingNode {
  const node = standInOf(symbols) ?? createNode()
  node.symbols = symbols
  node.dependencies = dependencies
  node.firstUnpassed = node
  node.lastUnpassed = node
  for (const symbol of symbols) {
    const pending = pendingOf(symbol)
    if (pending.node !== null && pending.node !== node) takePlaceOf(pending.node, node)
    pending.node = node
  }
  for (const dependency of dependencies) {
    addDependant(pendingOf(dependency), node)
  }
  return node
}

/** Mostly there are a few. A list that is pushed to has room for many more, so it is copied until it is long. */
function addDependant(pending: PendingInfo, node: WaitingNode): void {
  const { dependants } = pending
  if (dependants === null) pending.dependants = [node]
  else if (dependants.length < fewDependants) pending.dependants = dependants.concat(node)
  else dependants.push(node)
}

const fewDependants = 8

/** Where one of the symbols is waited for already: what stood in for it becomes the group. */
function standInOf(symbols: readonly SymbolEntry[]): WaitingNode | null {
  for (const { pending } of symbols) if (pending !== null && pending.node !== null) return pending.node
  return null
}

/** Another of the symbols was waited for, too: that is waiting for the group now. */
function takePlaceOf(standIn: WaitingNode, node: WaitingNode): void {
  standIn.mergedInto = node
  hang(standIn, node)
}

function nodeOf(dependency: SymbolEntry): WaitingNode {
  const pending = pendingOf(dependency)
  pending.node ??= createNode()
  return representative(pending.node)
}

/**
 * Passes what is ready or in a cycle with the group; whether nothing is left. Otherwise the group is blocked on what
 * is.
 */
function passDependencies(group: WaitingNode): boolean {
  for (let part = group.firstUnpassed; part !== null; part = group.firstUnpassed) {
    for (; part.passed < part.dependencies.length; part.passed++) {
      const dependency = part.dependencies[part.passed]
      // Removed is: was ready. Had it not been, this group would have been withdrawn.
      if (dependency === undefined || dependency.state >= entryState.ready) continue
      const holder = nodeOf(dependency)
      if (holder === group) continue
      if (!isBelow(holder, group)) {
        group.blockedOn = dependency
        hang(group, holder)
        return false
      }
      mergePath(holder, group)
    }
    group.firstUnpassed = part.nextUnpassed
  }
  return true
}

/** Whether the way up from a node ends at the group, which is a root. Mostly it need not be walked. */
function isBelow(node: WaitingNode, group: WaitingNode): boolean {
  return node.blockedOn !== null && group.wasWaitedFor && rootOf(node) === group
}

function hang(root: WaitingNode, parent: WaitingNode): void {
  parent.wasWaitedFor = true
  link(root, parent)
}

/** Everything on the way up from a node to the group is in one cycle with it. */
function mergePath(from: WaitingNode, group: WaitingNode): void {
  for (let node = from; node !== group;) {
    if (node.blockedOn === null) throw new Error('a group on a path to its root is blocked on nothing')
    const parent = nodeOf(node.blockedOn)
    node.blockedOn = null
    node.mergedInto = group
    group.lastMember.nextMember = node
    group.lastMember = node.lastMember
    if (node.firstUnpassed !== null) {
      if (group.firstUnpassed === null || group.lastUnpassed === null) group.firstUnpassed = node.firstUnpassed
      else group.lastUnpassed.nextUnpassed = node.firstUnpassed
      group.lastUnpassed = node.lastUnpassed
    }
    node = parent
  }
}

function appendSymbols(ready: SymbolEntry[], group: WaitingNode): void {
  for (let member: WaitingNode | null = group; member !== null; member = member.nextMember) {
    for (const symbol of member.symbols) ready.push(symbol)
  }
}

/** A symbol is ready: groups blocked on it will look further. */
function announce(
  entry: SymbolEntry | undefined,
  searching: WaitingNode[],
  becomeReady: (entry: SymbolEntry) => void,
): void {
  if (entry === undefined) return
  const { pending } = entry
  const dependants = pending?.dependants ?? null
  if (pending !== null) {
    pending.dependants = null
    pending.withdrawnDependants = 0
    pending.node = null
  }
  becomeReady(entry)
  if (dependants === null) return
  for (const dependant of dependants) {
    const whole = representative(dependant)
    if (whole.blockedOn !== entry) continue
    unblock(whole)
    searching.push(whole)
  }
}

function unblock(group: WaitingNode): void {
  group.blockedOn = null
  cut(group)
}
