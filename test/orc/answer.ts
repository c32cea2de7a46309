// What became of a request to the session, for tests to look at.
import type { Expected, JITErrorData } from '@worc/protocol'

/** What became of a request: nothing yet, a value, or an error. */
export class Answer<T> {
  #result: Expected<T> | undefined

  get settled(): boolean {
    return this.#result !== undefined
  }

  get succeeded(): boolean {
    return this.#result?.ok === true
  }

  /** 'ok', or the code of the error. */
  get outcome(): string {
    if (this.#result === undefined) throw new Error('not answered')
    return this.#result.ok ? 'ok' : this.#result.error.code
  }

  /** Throws unless it succeeded. */
  get value(): T {
    if (this.#result === undefined) throw new Error('not answered')
    if (!this.#result.ok) throw new Error(`answered with ${this.#result.error.code}: ${this.#result.error.message}`)
    return this.#result.value
  }

  /** Throws unless it failed. */
  get error(): JITErrorData {
    if (this.#result === undefined) throw new Error('not answered')
    if (this.#result.ok) throw new Error(`answered with ${JSON.stringify(this.#result.value)}`)
    return this.#result.error
  }

  settle(result: Expected<T>): void {
    if (this.#result !== undefined) throw new Error('answered twice')
    this.#result = result
  }
}
