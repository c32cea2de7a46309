/*
 * Two real directories for one test file: `inside` is what a guest is given, `outside` what it must never reach.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class Sandbox {
  readonly #root: string = realpathSync(mkdtempSync(join(tmpdir(), 'worc-wasi-')))
  readonly outside: string = join(this.#root, 'outside')
  inside: string = this.#newInside(0)
  #count = 0

  /** A fresh, empty `inside` for the next test. */
  renew(): void {
    this.inside = this.#newInside(++this.#count)
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }

  #newInside(index: number): string {
    const path = join(this.#root, `inside-${String(index)}`)
    mkdirSync(path)
    mkdirSync(this.outside, { recursive: true })
    return path
  }
}
