// Reads a batch that a stranger sent, value by value, as its schemas ask for them: there is no tree in between, and nothing is
// made of bytes that no schema asked for. MessagePack without maps and extensions. Every length is compared with the bytes that
// are left and with what may be used before anything is made of that length, so that what a batch costs is bounded by its bytes.
import { wireLimits } from './limits.js'
import { malformed } from './malformed.js'
import { readText } from './text.js'
import type { Words } from './words.js'

export class Reader {
  /** What is being read, as errors name it. */
  what = 'a batch'
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #at: number
  #nodesLeft: number = wireLimits.batchNodes
  #depth = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = 0
    this.#end = bytes.length
  }

  /** How far it has read. */
  get offset(): number {
    return this.#at
  }

  /** Of what begins here: an array's length. `leave` ends the array. */
  enter(): number {
    const begin = this.#at
    const head = this.#byte()
    let length: number
    if (head >= 0x90 && head <= 0x9f) length = head & 0xf
    else if (head === 0xdc) length = this.#uint16()
    else if (head === 0xdd) length = this.#uint32()
    else throw this.#unexpected(begin, 'an array')
    if (length > this.#end - this.#at) throw this.#cut(begin, `an array of ${length}`)
    if (length > this.#nodesLeft) throw this.#over(begin, `more values than a batch may have`, wireLimits.batchNodes)
    this.#nodesLeft -= length
    if (++this.#depth > wireLimits.depth) throw this.#over(begin, 'arrays within arrays', wireLimits.depth)
    return length
  }

  leave(): void {
    this.#depth--
  }

  /** An array that has exactly so many elements. */
  enterExactly(length: number): void {
    const begin = this.#at
    const found = this.enter()
    if (found !== length) throw this.fail(`${found} elements instead of ${length}`, begin)
  }

  /** Whether nil comes next; then it is read. */
  nil(): boolean {
    if (this.#bytes[this.#at] !== 0xc0) return false
    this.#at++
    return true
  }

  boolean(): boolean {
    const head = this.#byte()
    if (head === 0xc3) return true
    if (head === 0xc2) return false
    throw this.#unexpected(this.#at - 1, 'a boolean')
  }

  /** A safe integer, in any of the formats that can hold it: integers of all widths, and a float64 without a fraction. */
  integer(): number {
    const head = this.#byte()
    if (head < 0x80) return head
    if (head >= 0xe0) return head - 0x100
    const begin = this.#at - 1
    switch (head) {
      case 0xcc:
        return this.#byte()
      case 0xcd:
        return this.#uint16()
      case 0xce:
        return this.#uint32()
      case 0xd0:
        return (this.#byte() << 24) >> 24
      case 0xd1:
        return (this.#uint16() << 16) >> 16
      case 0xd2:
        return this.#uint32() | 0
      case 0xcf:
      case 0xd3:
        return this.#safe(Number(this.#integer64(head)), begin)
      case 0xcb:
        return this.#safe(this.#float64(), begin)
    }
    throw this.#unexpected(begin, 'an integer')
  }

  /** Of 64 bits, whatever format it comes in. */
  bigint(): bigint {
    const head = this.#bytes[this.#at]
    if (head !== 0xcf && head !== 0xd3) return BigInt(this.integer())
    this.#at++
    return this.#integer64(head)
  }

  /** Any float or integer that a double holds. */
  float(): number {
    const head = this.#bytes[this.#at]
    if (head === 0xcb) {
      this.#at++
      return this.#float64()
    }
    if (head !== 0xca) return this.integer()
    this.#at += 1
    this.#need(4)
    this.#at += 4
    return this.#view.getFloat32(this.#at - 4)
  }

  /** A number, or, from the formats of 64 bits, a bigint. */
  scalar(): number | bigint {
    const head = this.#bytes[this.#at]
    return head === 0xcf || head === 0xd3 ? this.bigint() : this.float()
  }

  /** Whether an array comes next. */
  isArray(): boolean {
    const head = this.#bytes[this.#at] ?? 0
    return (head >= 0x90 && head <= 0x9f) || head === 0xdc || head === 0xdd
  }

  string(maximumBytes: number): string {
    const begin = this.#at
    const length = this.#stringLength(maximumBytes)
    const end = this.#at + length
    const text = readText(this.#bytes, this.#at, end)
    if (typeof text === 'number') throw this.fail('a string that is not valid UTF-8', text)
    this.#at = end
    this.#last = begin
    return text
  }

  /** A string that must be one of a list. */
  word<T extends string>(words: Words<T>): T {
    const begin = this.#at
    const length = this.#stringLength(wireLimits.stringBytes)
    const word = words.find(this.#bytes, this.#at, this.#at + length)
    if (word === undefined) throw this.fail('a word that is none of those known', begin)
    this.#at += length
    this.#last = begin
    return word
  }

  /** Bytes of their own: nothing holds on to the batch. */
  binary(maximumBytes: number): Uint8Array<ArrayBuffer> {
    const begin = this.#at
    const head = this.#byte()
    let length: number
    if (head === 0xc4) length = this.#byte()
    else if (head === 0xc5) length = this.#uint16()
    else if (head === 0xc6) length = this.#uint32()
    else throw this.#unexpected(begin, 'bytes')
    if (length > maximumBytes) throw this.#over(begin, `${length} bytes`, maximumBytes)
    if (length > this.#end - this.#at) throw this.#cut(begin, `${length} bytes`)
    this.#at += length
    return new Uint8Array(this.#bytes.subarray(this.#at - length, this.#at))
  }

  /** Passes over one value, of which only the form is looked at. */
  skip(): void {
    const head = this.#bytes[this.#at] ?? 0xc1
    if (this.isArray()) {
      for (let left = this.enter(); left > 0; left--) this.skip()
      this.leave()
    } else if (head === 0xc0) this.#at++
    else if (head === 0xc2 || head === 0xc3) this.boolean()
    else if ((head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb)) this.string(wireLimits.textBytes)
    else if (head >= 0xc4 && head <= 0xc6) this.binary(wireLimits.binaryBytes)
    else this.scalar()
  }

  /** All of it must have been read. */
  finish(): void {
    if (this.#at !== this.#end)
      throw this.fail(`${this.#end - this.#at} bytes more than the batch has values`, this.#at)
  }

  /** Where the string began that was read last: what is wrong with it is said of that place. */
  #last = 0

  /** An error about what was read last, or about the byte at `offset`. */
  fail(problem: string, offset: number = this.#last): Error {
    return malformed(`${this.what}: ${problem}`, offset)
  }

  #stringLength(maximumBytes: number): number {
    const begin = this.#at
    const head = this.#byte()
    let length: number
    if (head >= 0xa0 && head <= 0xbf) length = head & 0x1f
    else if (head === 0xd9) length = this.#byte()
    else if (head === 0xda) length = this.#uint16()
    else if (head === 0xdb) length = this.#uint32()
    else throw this.#unexpected(begin, 'a string')
    if (length > maximumBytes) throw this.#over(begin, `a string of ${length} bytes`, maximumBytes)
    if (length > this.#end - this.#at) throw this.#cut(begin, `a string of ${length} bytes`)
    return length
  }

  #byte(): number {
    if (this.#at >= this.#end) throw this.#cut(this.#at, 'a value')
    return this.#bytes[this.#at++] ?? 0
  }

  #need(count: number): void {
    if (count > this.#end - this.#at) throw this.#cut(this.#at, `a number of ${count} bytes`)
  }

  #uint16(): number {
    this.#need(2)
    this.#at += 2
    return this.#view.getUint16(this.#at - 2)
  }

  #uint32(): number {
    this.#need(4)
    this.#at += 4
    return this.#view.getUint32(this.#at - 4)
  }

  #float64(): number {
    this.#need(8)
    this.#at += 8
    return this.#view.getFloat64(this.#at - 8)
  }

  #integer64(head: 0xcf | 0xd3): bigint {
    this.#need(8)
    this.#at += 8
    return head === 0xcf ? this.#view.getBigUint64(this.#at - 8) : this.#view.getBigInt64(this.#at - 8)
  }

  #safe(value: number, begin: number): number {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value
    throw this.fail(`${Object.is(value, -0) ? '-0' : String(value)} is no safe integer`, begin)
  }

  #unexpected(begin: number, wanted: string): Error {
    this.#at = begin
    return this.fail(`${formatName(this.#bytes[begin] ?? 0)} instead of ${wanted}`, begin)
  }

  #cut(begin: number, thing: string): Error {
    return this.fail(`${thing}, but the batch ends at ${this.#end}`, begin)
  }

  #over(begin: number, thing: string, limit: number): Error {
    return this.fail(`${thing}, limit ${limit}`, begin)
  }
}

/** What a first byte announces. Source: the MessagePack specification, "Formats". */
function formatName(head: number): string {
  if (head < 0x80 || head >= 0xe0 || (head >= 0xcc && head <= 0xd3)) return 'an integer'
  if (head <= 0x8f || head === 0xde || head === 0xdf) return 'a map'
  if (head <= 0x9f || head === 0xdc || head === 0xdd) return 'an array'
  if (head <= 0xbf || (head >= 0xd9 && head <= 0xdb)) return 'a string'
  if (head === 0xc0) return 'nil'
  if (head === 0xc2 || head === 0xc3) return 'a boolean'
  if (head >= 0xc4 && head <= 0xc6) return 'bytes'
  if (head === 0xca || head === 0xcb) return 'a float'
  return head === 0xc1 ? 'a byte that begins nothing' : 'an extension'
}
