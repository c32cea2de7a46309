// The archive's own index: which member defines a symbol. GNU archives keep it in a member called "/" (big endian, 32
// bits) or "/SYM64/" (64), BSD and Darwin in "__.SYMDEF" (little endian) or "__.SYMDEF_64". All give pairs of a name
// and the offset of the member's header.
import { formatProblem, Malformed } from './malformed.js'
import type { RawMember } from './member-headers.js'
import { decodeName, StringTable } from './string-table.js'

type Layout = { readonly style: 'gnu' | 'bsd'; readonly wordBytes: 4 | 8 }

const layouts: ReadonlyMap<string, Layout> = new Map([
  ['/', { style: 'gnu', wordBytes: 4 }],
  ['/SYM64/', { style: 'gnu', wordBytes: 8 }],
  ['__.SYMDEF', { style: 'bsd', wordBytes: 4 }],
  ['__.SYMDEF SORTED', { style: 'bsd', wordBytes: 4 }],
  ['__.SYMDEF_64', { style: 'bsd', wordBytes: 8 }],
  ['__.SYMDEF_64 SORTED', { style: 'bsd', wordBytes: 8 }],
])

/** True for members that hold an index or the table of long names, which no user asked to store. */
export function isSpecialMember(name: string): boolean {
  return name === '//' || layouts.has(name)
}

/** Calls `add` for each entry in order. Throws Malformed, also for an entry that `add` refuses by returning false. */
export function readSymbolIndex(
  bytes: Uint8Array,
  member: RawMember,
  add: (symbol: string, headerOffset: number) => boolean,
): void {
  const layout = layouts.get(member.name)
  if (layout === undefined) throw new Error(`member ${member.name} is no symbol index`)
  const words = new Words(bytes, member, layout)
  if (layout.style === 'gnu') readGnuIndex(bytes, words, add)
  else readBsdIndex(bytes, words, add)
}

type Add = (symbol: string, headerOffset: number) => boolean

/** count, that many offsets, then as many names one after the other. */
function readGnuIndex(bytes: Uint8Array, words: Words, add: Add): void {
  const count = words.next('symbol count')
  if (count > words.remaining / (words.wordBytes + 1))
    throw words.problem(`symbol count ${count} is more than the ${words.remaining} bytes left can hold`)
  const offsets: number[] = []
  for (let i = 0; i < count; i++) offsets.push(words.next('member offset'))
  let at = words.position
  for (const offset of offsets) {
    const end = bytes.indexOf(0, at)
    if (end < 0 || end >= words.end) throw words.problem(`truncated: it lists ${count} symbols, fewer have names`)
    addEntry(words, add, decodeName(bytes, at, end, 'symbol index', at), offset)
    at = end + 1
  }
}

/** Size of the pairs, pairs of (name offset, member offset), size of the names, names. */
function readBsdIndex(bytes: Uint8Array, words: Words, add: Add): void {
  const pairsBytes = words.next('size of the entries')
  const pairBytes = 2 * words.wordBytes
  if (pairsBytes > words.remaining || pairsBytes % pairBytes !== 0)
    throw words.problem(`${pairsBytes} bytes of entries: ${words.remaining} are left and an entry has ${pairBytes}`)
  const pairs: (readonly [nameOffset: number, headerOffset: number])[] = []
  for (let i = 0; i < pairsBytes / pairBytes; i++) pairs.push([words.next('name offset'), words.next('member offset')])
  const namesBytes = words.next('size of the names')
  if (namesBytes > words.remaining)
    throw words.problem(`truncated: it says ${namesBytes} bytes of names, ${words.remaining} are left`)
  const names = new StringTable(bytes, words.position, words.position + namesBytes, [0])
  for (const [nameOffset, offset] of pairs)
    addEntry(words, add, names.nameAt(nameOffset, 'symbol index', words.position), offset)
}

function addEntry(words: Words, add: Add, symbol: string, headerOffset: number): void {
  if (add(symbol, headerOffset)) return
  throw words.problem(
    `symbol ${JSON.stringify(symbol.slice(0, 128))} is at offset ${headerOffset}, where no member begins`,
  )
}

/** A cursor over the words of an index. */
class Words {
  readonly wordBytes: 4 | 8
  readonly end: number
  readonly #bytes: Uint8Array
  readonly #bigEndian: boolean
  position: number

  constructor(bytes: Uint8Array, member: RawMember, layout: Layout) {
    this.#bytes = bytes
    this.#bigEndian = layout.style === 'gnu'
    this.wordBytes = layout.wordBytes
    this.position = member.offset
    this.end = member.offset + member.sizeBytes
  }

  get remaining(): number {
    return this.end - this.position
  }

  next(what: string): number {
    if (this.remaining < this.wordBytes)
      throw this.problem(`truncated: ${what} needs ${this.wordBytes} bytes, ${this.remaining} are left`)
    let value = 0
    for (let i = 0; i < this.wordBytes; i++) {
      const byte = this.#bytes[this.#bigEndian ? this.position + i : this.position + this.wordBytes - 1 - i] ?? 0
      value = value * 256 + byte
    }
    this.position += this.wordBytes
    return value
  }

  problem(problem: string): Malformed {
    return new Malformed(formatProblem(`symbol index: ${problem}`, this.position))
  }
}
