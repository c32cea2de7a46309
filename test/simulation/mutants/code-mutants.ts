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
      'this.#site.install(ctx, record, this.#event, code.value);\n' +
      '        this.#finish(ctx, object, record, code.value, definitions);',
    replace:
      'this.#finish(ctx, object, record, code.value, definitions);\n' +
      '        ctx.timer(20, () => this.#site.install(ctx, record, this.#event, code.value));',
  },
  {
    name: 'refused-claim-unheard',
    origin: 'a unit whose claim is refused stays (assocDead)',
    file: `${link}/link-job.js`,
    find: 'else\n                this.#refused(ctx, record, result.error);\n        });\n        const groups',
    replace: '});\n        const groups',
  },
  {
    name: 'filed-as-it-was',
    origin: 'a unit that was transferred while it was linked is filed under its old key (xferMR)',
    file: `${link}/link-job.js`,
    find: 'this.#site.refile(record, result.value.key);',
    replace: '{ }',
  },
  {
    name: 'arenas-not-refiled',
    origin: 'a transfer moves units and not what they hold: a successor finds it under a dead key',
    file: `${link}/unit-storage.js`,
    find: 'this.#arenas.ranges.transfer(source, destination);',
    replace: '',
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
  {
    name: 'successor-tells-no-loss',
    origin: 'what no thread held when its link actor died stays ready, without code',
    file: `${link}/link-actor.js`,
    find: 'ctx.send(this.#session, succession.account());',
    replace: '{ }',
  },
  {
    name: 'successor-tells-early',
    origin: 'what a thread still had to tell of is taken for lost',
    file: `${link}/link-actor.js`,
    find: '|| this.#publication.awaitsWord)',
    replace: ')',
  },
]

const executing: readonly Mutant[] = [
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
]

export const codeMutants: readonly Mutant[] = [...linking, ...executing, ...arenas]
