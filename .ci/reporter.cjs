// Mocha's spec reporter, which also writes the counts to the file that test.mjs reads, and to another the test that is running. It
// does not wait for ever for a process that a test keeps alive: a worker, a port or a socket left open is one more failure.
const { writeFileSync } = require('node:fs')
const Mocha = require('mocha')

const patienceMs = 20_000

module.exports = class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const write = (counts) => writeFileSync(options.reporterOptions.output, JSON.stringify(counts))
    const isRunning = (runnable) => writeFileSync(`${options.reporterOptions.output}.now`, runnable.fullTitle())
    runner.on('hook', isRunning).on('test', isRunning)
    runner.once('end', () => {
      const { passes, pending, failures } = this.stats
      write({ passes, pending, failures })
      const end = () => {
        write({ passes, pending, failures: failures + 1 })
        process.stdout.write(`the tests are over, but one left ${openKinds()} open\n`)
        process.exit()
      }
      setTimeout(end, patienceMs).unref()
    })
  }
}

/** Node lists no worker threads. */
function openKinds() {
  const kinds = process.getActiveResourcesInfo().filter((kind) => kind !== 'TTYWrap' && kind !== 'PipeWrap')
  return kinds.join(', ') || 'a worker'
}
