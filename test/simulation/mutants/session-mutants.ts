// Bugs of the session: most are ORC's own, as measured or as reported (facts are in the tests of `test/orc` and
// `test/scenarios`), some are what a rewrite as turns and messages invites. Tags like [P05] and [S20] are those of the
// tests that hold the right behaviour.
import type { Mutant } from './mutant.js'

const orc = 'packages/orc/dist'

/** Whatever tracker is remembered, live or not. */
function any(name: string, id: string): string {
  return `const ${name} = state.trackers.has(${id}) ? success(state.trackers.get(${id})) : findLiveTracker(state, ${id});`
}

const ownership: readonly Mutant[] = [
  {
    name: 'transfer-overwrites',
    origin: 'a transfer from the default tracker overwrites what the destination owned [S20]',
    file: `${orc}/chain.js`,
    find: 'this.#last.next = other.first;',
    replace: 'this.first = other.first;',
  },
  {
    name: 'transfer-leaves-units',
    origin: 'what is materializing is not re-pointed by a transfer (xferMR)',
    file: `${orc}/transfer.js`,
    find: 'unit.tracker = destination;',
    replace: 'if (unit.responsibilities.size === 0) unit.tracker = destination;',
  },
  {
    name: 'transfer-to-removed',
    origin: 'a removed tracker is accepted as a destination [P18]',
    file: `${orc}/transfer.js`,
    find: 'const destination = findLiveTracker(state, message.destination);',
    replace: any('destination', 'message.destination'),
  },
  {
    name: 'default-stays-defunct',
    origin: 'the default tracker stays defunct after it was transferred from [P05] [S21]',
    file: `${orc}/resource-tracker.js`,
    find: 'dylib.defaultTracker = null;',
    replace: '{ }',
  },
  {
    name: 'define-into-removed',
    origin: 'a definition under a removed tracker is accepted [P04] [S22]',
    file: `${orc}/define.js`,
    find: 'const found = findLiveTracker(state, id);',
    replace: any('found', 'id'),
  },
  {
    name: 'weak-override-leaves-both',
    origin: 'two trackers list a symbol whose weak definition was overridden [P23] [S26]',
    file: `${orc}/define.js`,
    find: 'discardSymbol(state, existing, symbolEvent.define);',
    replace: 'sendDiscard(state, existing.unit, place.name); state.counts.symbols--;',
  },
  {
    name: 'weak-in-flight-overridden',
    origin: 'a weak definition that began to materialize gives way all the same',
    file: `${orc}/define.js`,
    find: 'return isWeak(entry.flags) && entry.state === entryState.neverSearched;',
    replace: 'return isWeak(entry.flags);',
  },
  {
    name: 'discard-not-told',
    origin: 'a unit is not told that a name of its gave way',
    file: `${orc}/define.js`,
    find: 'sendDiscard(state, entry.unit, entry.name);',
    replace: '',
  },
  {
    name: 'duplicate-accepted',
    origin: 'a strong definition replaces another',
    file: `${orc}/define.js`,
    find: 'if (duplicates.length > 0)',
    replace: 'if (duplicates.length > 1)',
  },
  {
    name: 'last-handle-forgets',
    origin: 'the implicit transfer of a tracker that nobody holds is forgotten',
    file: `${orc}/tracker-handles.js`,
    find: 'if (tracker.used)',
    replace: 'if (tracker.used && tracker.firstUnit === null)',
  },
  {
    name: 'first-drop-transfers',
    origin: 'a tracker is transferred while somebody else still holds it',
    file: `${orc}/tracker-handles.js`,
    find: 'if (tracker.handleCount > 0)',
    replace: 'if (tracker.handleCount > 1)',
  },
  {
    name: 'clear-spares-default',
    origin: 'clear leaves the default tracker alone',
    file: `${orc}/remove-tracker.js`,
    find: 'trackers.push(dylib.defaultTracker);',
    replace: '{ }',
  },
  {
    name: 'absorbed-once',
    origin: 'after two transfers the first key is taken for removed',
    file: `${orc}/transfer.js`,
    find: 'for (const key of source.absorbed ?? [])',
    replace: 'for (const key of [])',
  },
]

const readiness: readonly Mutant[] = [
  {
    name: 'ready-before-dependences',
    origin: 'what is emitted is ready (early)',
    file: `${orc}/notify-emitted.js`,
    find: 'return success(read.every(isWaiting) ? read : read.filter(isWaiting));',
    replace: 'return success([]);',
  },
  {
    name: 'emitted-is-enough',
    origin: 'a dependence counts as satisfied once it is emitted: cycles are ready early',
    file: `${orc}/waiting-on-graph.js`,
    find: 'dependency.state >= entryState.ready',
    replace: 'dependency.state >= entryState.emitted',
  },
  {
    name: 'cycles-never-ready',
    origin: 'groups that wait for each other wait for ever',
    file: `${orc}/waiting-on-graph.js`,
    find: 'if (!isBelow(holder, group)) {',
    replace: 'if (rootOf(holder) === group) return false; else {',
  },
  {
    name: 'failure-stops-at-first',
    origin: 'what depends on a failed symbol does not fail [S29]',
    file: `${orc}/fail-symbols.js`,
    find: 'for (const dependant of pending.dependants ?? [])',
    replace: 'for (const dependant of [])',
  },
  {
    name: 'depends-on-removed',
    origin: 'a dependence on what is not there is dropped [I16]',
    file: `${orc}/notify-emitted.js`,
    find: 'if (entry === undefined || entry.state === entryState.failed)\n        return false;',
    replace: 'if (entry === undefined || entry.state === entryState.failed)\n        return true;',
  },
  {
    name: 'dependences-not-set-to-work',
    origin: 'what an emission depends on is materialized by nobody',
    file: `${orc}/notify-emitted.js`,
    find: 'materializeUnsearched(state, dependencies);',
    replace: '{ }',
  },
]

const queries: readonly Mutant[] = [
  {
    name: 'partial-query',
    origin: 'a query hands out the address of a symbol that was removed while it waited for another [S25]',
    file: `${orc}/fail-symbols.js`,
    find: 'noteFailed(failedOf, query, entry);',
    replace: 'if (entry.state !== entryState.ready) noteFailed(failedOf, query, entry);',
  },
  {
    name: 'query-forgets-half',
    origin: 'one symbol of a query is taken for all of them',
    file: `${orc}/queries.js`,
    find: '--query.waiting === 0)',
    replace: '(query.waiting = 0) === 0)',
  },
  {
    name: 'cancelled-query-stays',
    origin: 'a cancelled lookup stays with its symbols',
    file: `${orc}/asks.js`,
    find: 'detachQuery(state, ask.query);',
    replace: '{ }',
  },
  {
    name: 'hidden-is-found',
    origin: 'a search for exported symbols finds hidden ones',
    file: `${orc}/search.js`,
    find: 'if (entry !== undefined && isVisible(entry, match))',
    replace: 'if (entry !== undefined)',
  },
  {
    name: 'last-match-wins',
    origin: 'a search order is gone through from its end',
    file: `${orc}/search.js`,
    find: 'for (const { dylib, match } of order) {\n        const entry',
    replace: 'for (const { dylib, match } of order.toReversed()) {\n        const entry',
  },
  {
    name: 'generator-stays',
    origin: 'a generator outlives its tracker',
    file: `${orc}/remove-tracker.js`,
    find: 'removeGenerator(state, generator, whyErased(tracker));',
    replace: '{ }',
  },
  {
    name: 'generator-not-transferred',
    origin: 'a generator stays with the tracker that was transferred',
    file: `${orc}/transfer.js`,
    find: 'moveGenerators(source, destination);',
    replace: '',
  },
  {
    name: 'stream-stays-parked',
    origin: 'who waits for a message of somebody who died waits for ever',
    file: `${orc}/clients.js`,
    find: 'state.awakened.push(client);',
    replace: '',
  },
]

const responsibilities: readonly Mutant[] = [
  {
    name: 'death-strands',
    origin: 'what somebody who died was working on never fails [S04]',
    file: `${orc}/clients.js`,
    find: 'failResponsibility(state, responsibility, actorDied(client, error));',
    replace: '{ }',
  },
  {
    name: 'dropped-strands',
    origin: 'a responsibility that is dropped leaves its queries waiting [P32] [S31]',
    file: `${orc}/fail-materialization.js`,
    find: 'failResponsibility(state, found.value, message.cause ?? dropped);',
    replace: '',
  },
  {
    name: 'refusal-forgotten',
    origin: 'after a removal its responsibilities are told that they never were',
    file: `${orc}/responsibility.js`,
    find: 'holder.refused.set(responsibility.id, error);',
    replace: '',
  },
  {
    name: 'claimed-is-nobodys',
    origin: 'a name claimed late is not among those that are answered for [P26] [S28]',
    file: `${orc}/divide-responsibility.js`,
    find: 'responsibility.symbols.push(entry);',
    replace: '',
  },
  {
    name: 'replaced-is-left',
    origin: 'symbols that were given back while somebody waits for them are set to work by nobody',
    file: `${orc}/divide-responsibility.js`,
    find: 'materializeUnsearched(state, awaited);',
    replace: '',
  },
  {
    name: 'delegate-takes-nothing',
    origin: 'names that are delegated are answered for by both',
    file: `${orc}/divide-responsibility.js`,
    find: 'if (takesInit)',
    replace:
      "for (const entry of symbols.value) if (entry.name < 'C') entry.pending.responsibility = responsibility; if (takesInit)",
  },
]

const removals: readonly Mutant[] = [
  {
    name: 'managers-in-order',
    origin: 'managers are asked first registered first',
    file: `${orc}/removal.js`,
    find: 'state.managers.map(callOf).reverse()',
    replace: 'state.managers.map(callOf)',
  },
  {
    name: 'queries-fail-first',
    origin: 'queries fail before the managers have let go',
    file: `${orc}/removal.js`,
    find: 'startRemoval(state, tracker, removal);',
    replace: 'failQueries(state, failures); startRemoval(state, tracker, removal);',
  },
  {
    name: 'removal-answers-early',
    origin: 'a second removal does not wait for the first',
    file: `${orc}/remove-tracker.js`,
    find: 'if (removal === undefined)',
    replace: 'if (removal !== null)',
  },
  {
    name: 'manager-error-lost',
    origin: 'what a manager could not remove is not said',
    file: `${orc}/removal.js`,
    find: 'call.error = result.error;',
    replace: '{ }',
  },
  {
    name: 'reclaimed-is-retired',
    origin: 'who waits for memory to come back does not',
    file: `${orc}/removal.js`,
    find: "waiter.wait === 'reclaimed' && !isReclaimed",
    replace: 'false',
  },
  {
    name: 'deregistered-is-asked',
    origin: 'a manager that has left is asked',
    file: `${orc}/removal.js`,
    find: 'if (manager.registered) {',
    replace: 'if (manager.client.connected) {',
  },
  {
    name: 'no-lease',
    origin: 'managers hear of a removal before what was granted is filed (nolease)',
    file: `${orc}/key-operations.js`,
    find: 'return leases.size > 1 || !leases.has(manager.client);',
    replace: 'return false;',
  },
  {
    name: 'removal-overtakes-transfer',
    origin: 'a key is removed while a transfer that was held up has yet to bring more under it (sidechan)',
    file: `${orc}/key-operations.js`,
    find: 'if (held === null || tracker.heldInto > 0)',
    replace: 'if (held === null)',
  },
  {
    name: 'dead-holds-lease',
    origin: 'a lease does not end with its claimer',
    file: `${orc}/clients.js`,
    find: 'endAllLeases(state, client);',
    replace: '',
  },
  {
    name: 'key-of-removed',
    origin: 'the key of a removed tracker is granted (assocDead)',
    file: `${orc}/leases.js`,
    find: 'const found = findLiveTracker(state, message.tracker);',
    replace: any('found', 'message.tracker'),
  },
]

export const sessionMutants: readonly Mutant[] = [
  ...ownership,
  ...readiness,
  ...queries,
  ...responsibilities,
  ...removals,
]
