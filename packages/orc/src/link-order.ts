// Link orders: where a dylib's references are looked up, each entry with what it may match there. Source: JITDylib's
// setLinkOrder, addToLinkOrder, replaceInLinkOrder, removeFromLinkOrder, getDFSLinkOrder (Core.cpp).
import type { Expected, SearchOrderEntry, SessionReplies, SessionRequest } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import type { JITDylib, LinkOrderEntry } from './jit-dylib.js'
import { openDylib } from './jit-dylib.js'
import type { SessionState } from './session-state.js'

type Request<T extends SessionRequest['type']> = Extract<SessionRequest, { type: T }>

export function setLinkOrder(state: SessionState, message: Request<'setLinkOrder'>): Expected<null> {
  return edit(state, message.dylib, message.order, (dylib, order) => {
    const needsSelf = message.selfFirst && order[0]?.dylib !== dylib
    return needsSelf ? [{ dylib, match: 'all' }, ...order] : order
  })
}

/** Entries that are there already, dylib and match both, are not added again. */
export function addToLinkOrder(state: SessionState, message: Request<'addToLinkOrder'>): Expected<null> {
  return edit(state, message.dylib, message.entries, (dylib, added) => {
    const order = [...dylib.linkOrder]
    for (const entry of added) if (!order.some((known) => isSame(known, entry))) order.push(entry)
    return order
  })
}

/** Where `from` is not in the order, nothing changes. */
export function replaceInLinkOrder(state: SessionState, message: Request<'replaceInLinkOrder'>): Expected<null> {
  return edit(state, message.dylib, [message.to], (dylib, [to]) => {
    const index = dylib.linkOrder.findIndex(({ dylib: { id } }) => id === message.from)
    return to === undefined || index < 0 ? dylib.linkOrder : dylib.linkOrder.with(index, to)
  })
}

export function removeFromLinkOrder(state: SessionState, message: Request<'removeFromLinkOrder'>): Expected<null> {
  return edit(state, message.dylib, [], ({ linkOrder }) => linkOrder.filter(({ dylib }) => dylib.id !== message.entry))
}

export function linkOrder(state: SessionState, message: Request<'linkOrder'>): Expected<SessionReplies['linkOrder']> {
  const found = openDylib(state, message.dylib)
  if (!found.ok) return found
  return success(found.value.linkOrder.map(({ dylib: { id, name }, match }) => [id, match, name]))
}

export function searchOrderOf({ linkOrder }: JITDylib): readonly SearchOrderEntry[] {
  return linkOrder.map(({ dylib, match }) => [dylib.id, match])
}

/** All dylibs named must be open; otherwise nothing changes. */
function edit(
  state: SessionState,
  id: Request<'linkOrder'>['dylib'],
  named: readonly SearchOrderEntry[],
  change: (dylib: JITDylib, named: readonly LinkOrderEntry[]) => readonly LinkOrderEntry[],
): Expected<null> {
  const dylib = openDylib(state, id)
  if (!dylib.ok) return dylib
  const entries: LinkOrderEntry[] = []
  for (const [other, match] of named) {
    const found = openDylib(state, other)
    if (!found.ok) return failure(found.error)
    entries.push({ dylib: found.value, match })
  }
  dylib.value.linkOrder = change(dylib.value, entries)
  return success(null)
}

function isSame(a: LinkOrderEntry, b: LinkOrderEntry): boolean {
  return a.dylib === b.dylib && a.match === b.match
}

/** A dylib that is removed is in nobody's link order any more; ORC leaves it in the others'. */
export function leaveLinkOrders(state: SessionState, removed: ReadonlySet<JITDylib>): void {
  for (const dylib of state.dylibs.values()) {
    if (dylib.linkOrder.some((entry) => removed.has(entry.dylib))) {
      dylib.linkOrder = dylib.linkOrder.filter((entry) => !removed.has(entry.dylib))
    }
  }
}

/** All roots must be open. */
export function dfsLinkOrder(
  state: SessionState,
  message: Request<'dfsLinkOrder'>,
): Expected<SessionReplies['dfsLinkOrder']> {
  const order = new Set<JITDylib>()
  for (const id of message.dylibs) {
    const root = openDylib(state, id)
    if (!root.ok) return root
    if (!order.has(root.value)) visit(root.value, order)
  }
  const entries = [...order].map(({ id, name }) => [id, name] as const)
  return success(message.reverse ? entries.reverse() : entries)
}

/** In ORC's order: what two dylibs link against is visited from the one that comes first. */
function visit(root: JITDylib, order: Set<JITDylib>): void {
  const seen = new Set([...order, root])
  const waiting = [root]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    order.add(next)
    for (const { dylib } of next.linkOrder.toReversed()) {
      if (seen.has(dylib)) continue
      seen.add(dylib)
      waiting.push(dylib)
    }
  }
}

/** The dylib and all it links against, each once, dependencies first wherever the links are no cycle. */
export function dependenciesFirst(root: JITDylib): JITDylib[] {
  const order: JITDylib[] = []
  const seen = new Set<JITDylib>([root])
  const path = [{ dylib: root, next: 0 }]
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const entry = top.dylib.linkOrder[top.next++]
    if (entry === undefined) {
      order.push(top.dylib)
      path.pop()
    } else if (!seen.has(entry.dylib)) {
      seen.add(entry.dylib)
      path.push({ dylib: entry.dylib, next: 0 })
    }
  }
  return order
}
