// Whether some order of a history's operations explains what each of them answered: an order that a sequential model can
// follow, and in which nothing comes after what began when it was over. It knows times and results only, and so depends on
// nothing that the system says of itself.
//
// The search is Wing and Gong's as Lowe made it fast: calls are tried from the front of a list in which each operation has two
// entries, its call and its return; a return that is reached before its call was taken means that an earlier choice was wrong.
// What was tried is remembered as (operations taken, state). An operation that nobody else notices is taken as soon as it can be,
// and that choice is never reconsidered: whatever could follow without it can follow after it. Sources: Lowe, Testing for linearizability; porcupine.

/** In any unit of time that all clients share, and without ties. `returned` is Infinity where nobody saw the end. */
export interface Interval {
  readonly invoked: number
  readonly returned: number
}

export interface SequentialModel<State, Operation> {
  readonly initial: State
  /** The state after the operation, with the result it had; undefined where it could not have had that result there. */
  step(state: State, operation: Operation): State | undefined
  /** Equal for equal states. */
  keyOf(state: State): string
  /** Whether no other operation can ever tell that this one, with its result, took effect. */
  isUnnoticed?(operation: Operation): boolean
}

interface Verdict {
  /** `unknown`: the budget was spent before the search was over. */
  readonly outcome: 'linearizable' | 'violation' | 'unknown'
  /** Steps of the model. */
  readonly nodes: number
}

const defaultBudgetNodes = 5_000_000

/** What has not returned may have taken effect or not. */
export function checkLinearizability<State, Operation extends Interval>(
  model: SequentialModel<State, Operation>,
  history: readonly Operation[],
  budgetNodes = defaultBudgetNodes,
): Verdict {
  const head = entriesOf(history)
  const taken = new TakenSet(history.length)
  const tried = new Set<string>()
  const choices: { readonly call: Call<Operation>; readonly state: State; readonly final: boolean }[] = []
  let unreturned = history.filter(({ returned }) => returned !== Infinity).length
  let state = model.initial
  let nodes = 0
  let at = head.next
  while (unreturned > 0) {
    if (at?.kind === 'call') {
      if (++nodes > budgetNodes) return { outcome: 'unknown', nodes }
      const next = model.step(state, at.operation)
      if (next !== undefined && isNew(tried, taken.keyWith(at.index), model.keyOf(next))) {
        choices.push({ call: at, state, final: model.isUnnoticed?.(at.operation) === true })
        taken.add(at.index)
        state = next
        take(at)
        if (at.return !== undefined) unreturned--
        at = head.next
      } else at = at.next
      continue
    }
    for (;;) {
      const last = choices.pop()
      if (last === undefined) return { outcome: 'violation', nodes }
      state = last.state
      taken.delete(last.call.index)
      putBack(last.call)
      if (last.call.return !== undefined) unreturned++
      at = last.call.next
      if (!last.final) break
    }
  }
  return { outcome: 'linearizable', nodes }
}

/** Each part on its own: where a history is that of several objects that share nothing, it is linearizable if each part is. */
export function checkParts<State, Operation extends Interval>(
  model: SequentialModel<State, Operation>,
  history: readonly Operation[],
  partOf: (operation: Operation) => string,
  budgetNodes = defaultBudgetNodes,
): Verdict {
  const parts = new Map<string, Operation[]>()
  for (const operation of history) {
    const part = parts.get(partOf(operation))
    if (part === undefined) parts.set(partOf(operation), [operation])
    else part.push(operation)
  }
  let nodes = 0
  let outcome: Verdict['outcome'] = 'linearizable'
  for (const part of parts.values()) {
    const verdict = checkLinearizability(model, part, budgetNodes - nodes)
    nodes += verdict.nodes
    if (verdict.outcome === 'violation') return { outcome: 'violation', nodes }
    if (verdict.outcome === 'unknown') outcome = 'unknown'
  }
  return { outcome, nodes }
}

// ---- calls and returns, in order of time

interface Links<Operation> {
  previous: Head<Operation> | Entry<Operation>
  next: Entry<Operation> | undefined
}

interface Head<Operation> {
  readonly kind: 'head'
  next: Entry<Operation> | undefined
}

interface Call<Operation> extends Links<Operation> {
  readonly kind: 'call'
  readonly index: number
  readonly operation: Operation
  return: Return<Operation> | undefined
}

interface Return<Operation> extends Links<Operation> {
  readonly kind: 'return'
}

type Entry<Operation> = Call<Operation> | Return<Operation>

function entriesOf<Operation extends Interval>(history: readonly Operation[]): Head<Operation> {
  const head: Head<Operation> = { kind: 'head', next: undefined }
  const timed: { readonly time: number; readonly entry: Entry<Operation> }[] = []
  for (const [index, operation] of history.entries()) {
    const call: Call<Operation> = {
      kind: 'call',
      index,
      operation,
      return: undefined,
      previous: head,
      next: undefined,
    }
    timed.push({ time: operation.invoked, entry: call })
    if (operation.returned === Infinity) continue
    call.return = { kind: 'return', previous: head, next: undefined }
    timed.push({ time: operation.returned, entry: call.return })
  }
  let last: Head<Operation> | Entry<Operation> = head
  for (const { entry } of timed.sort((a, b) => a.time - b.time)) {
    last.next = entry
    entry.previous = last
    last = entry
  }
  return head
}

function take<Operation>(call: Call<Operation>): void {
  unlink(call)
  if (call.return !== undefined) unlink(call.return)
}

/** In the reverse order of the taking, so that neighbours are who they were. */
function putBack<Operation>(call: Call<Operation>): void {
  if (call.return !== undefined) link(call.return)
  link(call)
}

function unlink<Operation>(entry: Entry<Operation>): void {
  entry.previous.next = entry.next
  if (entry.next !== undefined) entry.next.previous = entry.previous
}

function link<Operation>(entry: Entry<Operation>): void {
  entry.previous.next = entry
  if (entry.next !== undefined) entry.next.previous = entry
}

// ---- what was tried

class TakenSet {
  readonly #words: Uint16Array

  constructor(size: number) {
    this.#words = new Uint16Array((size + 15) >> 4)
  }

  add(index: number): void {
    this.#words[index >> 4] = this.#word(index) | (1 << (index & 15))
  }

  delete(index: number): void {
    this.#words[index >> 4] = this.#word(index) & ~(1 << (index & 15))
  }

  /** Names the set as it would be with one more. */
  keyWith(index: number): string {
    this.add(index)
    const key = String.fromCharCode(...this.#words)
    this.delete(index)
    return key
  }

  #word(index: number): number {
    return this.#words[index >> 4] ?? 0
  }
}

function isNew(tried: Set<string>, taken: string, state: string): boolean {
  const key = `${taken}${state}`
  if (tried.has(key)) return false
  tried.add(key)
  return true
}
