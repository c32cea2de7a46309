// Bugs of those who make code callable and take it away again: link actors, executors, and the arenas they share.
import type { Mutant } from './mutant.js'

const link = 'actors/link/dist'
const executor = 'actors/executor/dist'
const memory = 'packages/executor-memory/dist'

const linking: readonly Mutant[] = [
  {
    name: 'transfer-to-unknown-key',
    origin: 'what is transferred to a key that the manager never saw is lost [S01] (xferLost)',
    file: `${link}/linked-units.js`,
    find: 'for (const unit of moved) {',
    replace: 'if (this.#byKey.has(destination)) for (const unit of moved) {',
  },
  {
    name: 'frees-the-first',
    origin: 'of several units under a key one is given to its removal (nofree)',
    file: `${link}/linked-units.js`,
    find: 'return filed;',
    replace: 'return filed.slice(0, 1);',
  },
  {
    name: 'removes-in-flight',
    origin: 'a removal takes what is still being linked, and so does its job',
    file: `${link}/linked-units.js`,
    find: '.filter((unit) => unit.installed !== undefined || unit.lost === true);',
    replace: ';',
  },
  {
    name: 'abandon-keeps',
    origin: 'a link that fails keeps its memory (leakErr) [S11]',
    file: `${link}/unit-storage.js`,
    find: 'abandon(record) {\n        this.#units.remove(record);\n        this.#release(record);',
    replace: 'abandon(record) {\n        this.#units.remove(record);',
  },
  {
    name: 'refused-stays',
    origin: 'what is installed when its emission is refused stays installed',
    file: `${link}/link-job.js`,
    find: 'this.#site.retract(ctx, record);',
    replace: '',
  },
  {
    name: 'emits-before-install',
    origin: 'symbols are ready before their code is anywhere [S19]',
    file: `${link}/link-job.js`,
    find:
      'this.#site.install(ctx, record, linked.value);\n' +
      '        this.#finish(ctx, object, record, linked.value, definitions);',
    replace:
      'this.#finish(ctx, object, record, linked.value, definitions);\n' +
      '        ctx.timer(20, () => this.#site.install(ctx, record, linked.value));',
  },
  {
    name: 'refused-claim-unheard',
    origin: 'a unit whose claim is refused stays (assocDead)',
    file: `${link}/link-job.js`,
    find: 'else\n                this.#refused(ctx, record, result.error);\n        });\n        const initializers',
    replace: '});\n        const initializers',
  },
  {
    name: 'filed-as-it-was',
    origin: 'a unit that was transferred while it was linked is filed under its old key (xferMR)',
    file: `${link}/link-job.js`,
    find: 'this.#site.refile(record, result.value.key);',
    replace: '{ }',
  },
  {
    name: 'depends-on-nothing',
    origin: 'a linker does not say what its units depend on',
    file: `${link}/link-job.js`,
    find: 'return [...groups, ...all].map(',
    replace: 'return [].map(',
  },
  {
    name: 'arenas-not-refiled',
    origin: 'a transfer moves units and not what they hold: a successor finds it under a dead key',
    file: `${link}/unit-storage.js`,
    find: 'this.#arenas.ranges.transfer(source, destination);',
    replace: '',
  },
  {
    name: 'publishes-before-posting',
    origin: 'a version is published that nobody can catch up to',
    file: `${link}/publication.js`,
    find: 'const version = this.#nextVersion();\n        for (const { peer } of this.#executors.values())\n            this.#sendInstall',
    replace:
      'const version = this.#nextVersion();\n        this.#publish(ctx, version);\n        for (const { peer } of this.#executors.values())\n            this.#sendInstall',
  },
  {
    name: 'frees-at-once',
    origin: 'memory comes back while threads are inside [S34]',
    file: `${link}/publication.js`,
    find: 'if (holdouts.length === 0)',
    replace: 'if (holdouts.length >= 0)',
  },
  {
    name: 'retraction-not-posted',
    origin: 'executors do not hear of a removal',
    file: `${link}/publication.js`,
    find: 'ctx.send(peer, message);\n        this.#retirements',
    replace: '{ }\n        this.#retirements',
  },
  {
    name: 'reclaims-one',
    origin: 'of several retractions that one acknowledgement ends, one is given back',
    file: `${link}/publication.js`,
    find: 'next.release();',
    replace: 'next.release(); break;',
  },
  {
    name: 'newcomer-has-nothing',
    origin: 'a thread that attaches late is not told what there is',
    file: `${link}/link-actor.js`,
    find: 'this.#publication.replay(ctx, executor, this.#units.installed());',
    replace: 'this.#publication.replay(ctx, executor, []);',
  },
  {
    name: 'dead-thread-holds',
    origin: 'a thread that died holds back what was removed',
    file: `${link}/link-actor.js`,
    find: 'this.#publication.forget(peer);',
    replace: '',
  },
  {
    name: 'successor-hurries',
    origin: 'a successor removes before it knows what there is',
    file: `${link}/succession.js`,
    find: 'return this.#expected > 0 || this.#answering.size > 0;',
    replace: 'return false;',
  },
  {
    name: 'successor-refiles-nothing',
    origin: 'a removal that the dead link actor missed is never made up for',
    file: `${link}/link-actor.js`,
    find: 'succession.refile(keys, result.ok ? result.value : []);',
    replace: '{ }',
  },
  {
    name: 'successor-keeps-in-flight',
    origin: 'what a dead link actor was linking is never freed',
    file: `${link}/succession.js`,
    find: 'arena.release(id);',
    replace: '{ }',
  },
  {
    name: 'successor-keeps-orphans',
    origin: 'what a dead link actor had retired is never freed',
    file: `${link}/succession.js`,
    find: 'ranges.release(orphan.id);',
    replace: '{ }',
  },
]

const executing: readonly Mutant[] = [
  {
    name: 'handle-outlives-code',
    origin: 'a handle calls what was removed [S34]',
    file: `${executor}/installed-units.js`,
    find: 'unit.gate.closed = 1;',
    replace: '',
  },
  {
    name: 'caller-stays-bound',
    origin: 'a caller still calls what was removed [PD] [S34]',
    file: `${executor}/installed-units.js`,
    find: 'caller.unbind(slot);',
    replace: '{ }',
  },
  {
    name: 'pointer-stays-bound',
    origin: 'a function pointer still leads to what was removed',
    file: `${executor}/installed-units.js`,
    find: 'this.#host.dispatchers.unbind(slot);',
    replace: '',
  },
  {
    name: 'unbinds-anothers-pointer',
    origin: 'a parked thread clears a slot that was given out anew',
    file: `${executor}/installed-units.js`,
    find: 'if (this.#slotHolders.get(slot) !== unit)',
    replace: 'if (false)',
  },
  {
    name: 'holdings-without-slots',
    origin: 'a successor is not told of pointers that were made after the installation',
    file: `${executor}/installed-units.js`,
    find: 'yield { facts: { ...facts, slots }, module };',
    replace: 'yield { facts, module };',
  },
  {
    name: 'miss-does-not-catch-up',
    origin: 'a thread that is behind takes code for removed',
    file: `${executor}/installed-units.js`,
    find: 'if (!this.#units.has(unitOfCode(target)))',
    replace: 'if (false)',
  },
  {
    name: 'quiescent-inside-a-call',
    origin: 'a thread acknowledges a retraction from inside a call (nolease)',
    file: `${executor}/executor-actor.js`,
    find: 'if (this.#catchingUp)',
    replace: 'if (false)',
  },
  {
    name: 'unparks-without-catching-up',
    origin: 'a thread that comes back calls before it has drained its ports',
    file: `${executor}/executor-actor.js`,
    find: 'this.#setup.epochs.leavePark(this.#setup.index);\n        this.catchUp();',
    replace: 'this.#setup.epochs.leavePark(this.#setup.index);',
  },
  {
    name: 'never-acknowledges-pulled',
    origin: 'a retraction that was pulled in from inside a call is never acknowledged',
    file: `${executor}/executor-actor.js`,
    find: 'this.#setup.atDepthZero(() => this.#acknowledge(ctx));',
    replace: '{ }',
  },
]

const arenas: readonly Mutant[] = [
  {
    name: 'key-has-two-accounts',
    origin: 'a transfer to a key that has ranges makes a second account of it',
    file: `${memory}/claim-ledger.js`,
    find: 'if (to === 0)',
    replace: 'if (to >= 0)',
  },
  {
    name: 'first-claim-stays-listed',
    origin: 'the newest claim of a key stays in its list when it is released',
    file: `${memory}/claim-ledger.js`,
    find: 'this.accounts.setFirstRecord(account, next);',
    replace: '{ }',
  },
  {
    name: 'counted-twice',
    origin: 'what changes its state is counted in both',
    file: `${memory}/claim-ledger.js`,
    find: 'this.#count(account, journal.load(record + recordWord.state), -amount);',
    replace: '',
  },
  {
    name: 'free-neighbours-stay-apart',
    origin: 'free memory is not joined',
    file: `${memory}/address-space.js`,
    find: 'if (this.#isFree(after))\n            this.#melt(range, after);\n        const before',
    replace: 'const before',
  },
  {
    name: 'acknowledges-ahead',
    origin: 'an acknowledgement counts for the next retraction too',
    file: `${memory}/epochs.js`,
    find: 'Atomics.store(this.#words, word, epoch);',
    replace: 'Atomics.store(this.#words, word, epoch + 1);',
  },
  {
    name: 'parked-holds-back',
    origin: 'a parked thread holds back what was removed',
    file: `${memory}/epochs.js`,
    find: 'if (Atomics.load(this.#words, this.#executorRow(executor)) !== status.running)',
    replace: 'if (Atomics.load(this.#words, this.#executorRow(executor)) === status.absent)',
  },
  {
    name: 'newcomer-is-not-waited-for',
    origin: 'who was introduced counts as having acknowledged what comes next',
    file: `${memory}/epochs.js`,
    find: 'this.currentEpoch(linker));',
    replace: 'this.currentEpoch(linker) + 1);',
  },
]

export const codeMutants: readonly Mutant[] = [...linking, ...executing, ...arenas]
