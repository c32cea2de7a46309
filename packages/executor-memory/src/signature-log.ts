// Signatures by number, the same in every thread. The log only grows: an entry is its length and its characters, a word each;
// the nth entry is signature n. A new entry is written behind the end, then the end is published in one store, so that readers
// need no lock and a death in between leaves nothing.
//
//   words:  end | length, characters | length, characters | ...
import { maximumSignatures } from '@worc/protocol'
import type { SignatureCode } from '@worc/protocol'
import type { Int32Store } from './int32-store.js'

/** 1 to 4095. 0 would make the null pointer a slot. */
export type SignatureId = number & { readonly signatureId: unique symbol }

export class SignatureLog {
  readonly #store: Int32Store
  readonly #start: number
  readonly #limit: number
  #read: number
  readonly #codes: SignatureCode[] = ['']
  readonly #ids = new Map<SignatureCode, SignatureId>()

  /** In the `words` words from `start` on; zeroes are an empty log. */
  constructor(store: Int32Store, start: number, words: number) {
    this.#store = store
    this.#start = start
    this.#limit = start + words
    this.#read = start + 1
  }

  get count(): number {
    this.#catchUp()
    return this.#codes.length - 1
  }

  find(code: SignatureCode): SignatureId | undefined {
    const known = this.#ids.get(code)
    if (known !== undefined) return known
    this.#catchUp()
    return this.#ids.get(code)
  }

  codeOf(id: SignatureId): SignatureCode | undefined {
    if (id < 1) return undefined
    if (id >= this.#codes.length) this.#catchUp()
    return this.#codes[id]
  }

  /** With the arena's lock held, for a code that `find` does not find. undefined where the log is full. */
  append(code: SignatureCode): SignatureId | undefined {
    const end = this.#start + 1 + this.#store.loadPublished(this.#start)
    if (this.count + 1 >= maximumSignatures || end + 1 + code.length > this.#limit) return undefined
    this.#store.store(end, code.length)
    for (let index = 0; index < code.length; index++) this.#store.store(end + 1 + index, code.charCodeAt(index))
    this.#store.publish(this.#start, end + code.length - this.#start)
    return this.find(code)
  }

  #catchUp(): void {
    const end = this.#start + 1 + this.#store.loadPublished(this.#start)
    while (this.#read < end) {
      const length = this.#store.load(this.#read)
      const letters = Array.from({ length }, (_, index) => this.#store.load(this.#read + 1 + index))
      const code = String.fromCharCode(...letters)
      this.#ids.set(code, this.#codes.length as SignatureId)
      this.#codes.push(code)
      this.#read += 1 + length
    }
  }
}
