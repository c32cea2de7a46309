// Mocha's spec reporter, which also writes the counts to the file that test.mjs reads.
const { writeFileSync } = require('node:fs')
const Mocha = require('mocha')

module.exports = class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => writeFileSync(options.reporterOptions.output, JSON.stringify({ passes: this.stats.passes, pending: this.stats.pending, failures: this.stats.failures })))
  }
}
