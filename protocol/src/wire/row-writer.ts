// What a message costs as it is turned into rows: the values that the other end's reader will count, and an upper bound of the
// bytes that they will take. From these a sender knows which frames still fit into a batch before any of them is encoded.
import { wireLimits } from './limits.js'
import { unsendable } from './malformed.js'

export class RowWriter {
  /** What is being written, as errors name it. */
  what = 'a batch'
  nodes = 0
  /** Of everything written since the last `begin`, at most. */
  bytes = 0

  begin(what: string): void {
    this.what = what
    this.nodes = 0
    this.bytes = 0
  }

  /** An array of so many values: its own head and the heads of the values. */
  array(length: number): void {
    this.nodes += length
    this.bytes += 5 + 9 * length
    if (this.nodes > wireLimits.batchNodes) throw this.fail(`more than ${wireLimits.batchNodes} values`)
  }

  /** A string of so many code units, which its schema has found good. */
  text(units: number): void {
    this.bytes += 3 * units
  }

  binary(sizeBytes: number): void {
    this.bytes += sizeBytes
  }

  fail(problem: string): Error {
    return unsendable(`${this.what}: ${problem}`)
  }
}
