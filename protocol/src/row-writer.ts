// What is said often, as numbers. A row is made of words: a number is one, so is a choice among few, and so is a name, since each end
// of a channel knows every name that crossed it by the number of its first crossing. Whatever else a message holds lies
// beside the words, in order, as a value for MessagePack.
//
// A name costs a search only where it does not follow, as most do, on the name that it followed the last time. Names are kept until there
// are many; then both ends forget them all (`forgetNames`) and begin anew.
//
// The writer judges as it writes: what turns out to hold something that a row cannot is taken back, and travels as a value.
import type {
  Definition,
  DependenceGroup,
  FlagsEntry,
  LookupDefinition,
  LookupSetEntry,
  SearchOrderEntry,
  UnitSource,
} from './session-messages.js'

/** Where a name stands in place of its number: it is the next value, and gets the next number; or it gets none; or it is null. */
export const nameWord = { announced: -1, passing: -2, null: -3 } as const
/** For what is mostly one thing: that thing, or the next value. */
export const valueWord = { usual: 0, beside: 1 } as const
export const matchKinds = ['exported', 'all'] as const

/** Longer ones are not kept. */
const longestKept = 256
const namesKept = 0x8000
const firstWords = 1024
/** Memory past this goes back after a batch. */
const wordsKept = 0x2_0000

export class RowWriter {
  #words = new Float64Array(firstWords)
  #length = 0
  #values: unknown[] = []
  readonly #numbers = new Map<string, number>()
  #names: string[] = []
  /** The number of the name that is expected next. */
  #expected = 0
  #misfit = false

  get knowsMany(): boolean {
    return this.#names.length >= namesKept
  }

  /** Whether everything that was written could be; if not, it is as if nothing was. */
  fits(write: () => void): boolean {
    const [words, values, names] = [this.#length, this.#values.length, this.#names.length]
    this.#misfit = false
    try {
      write()
    } catch {
      this.#misfit = true
    }
    if (!this.#misfit) return true
    this.#length = words
    this.#values.length = values
    for (const name of this.#names.splice(names)) this.#numbers.delete(name)
    return false
  }

  /** What the other end must be told in the same place. */
  forgetNames(): void {
    this.#numbers.clear()
    this.#names = []
  }

  /** The batch so far, which is empty from now on: words that are good until the next is written, and values beside them. */
  take(): { readonly words: Float64Array; readonly values: readonly unknown[] } {
    const taken = { words: this.#words.subarray(0, this.#length), values: this.#values }
    if (this.#words.length > wordsKept) this.#words = new Float64Array(firstWords)
    this.#length = 0
    this.#values = []
    return taken
  }

  word(word: number): void {
    if (this.#length === this.#words.length) this.#grow()
    this.#words[this.#length++] = word
  }

  number(value: number): void {
    if (typeof value !== 'number' || Number.isNaN(value)) this.#misfit = true
    this.word(value)
  }

  numberOrNull(value: number | null): void {
    if (value === null) this.word(NaN)
    else this.number(value)
  }

  flag(value: boolean): void {
    if (typeof value !== 'boolean') this.#misfit = true
    this.word(value ? 1 : 0)
  }

  oneOf<T>(choices: readonly T[], value: T): void {
    const index = choices.indexOf(value)
    if (index < 0) this.#misfit = true
    this.word(index)
  }

  value(value: unknown): void {
    this.#values.push(value)
  }

  name(name: string): void {
    const expected = this.#expected
    if (this.#names[expected] === name) {
      this.#expected = expected + 1
      return this.word(expected)
    }
    const number = this.#numbers.get(name)
    if (number === undefined) return this.#newName(name)
    this.#expected = number + 1
    this.word(number)
  }

  /** Where a record has more keys than the row, they would be lost. */
  hasKeys(record: object, keys: number): void {
    if (keyCount(record) !== keys) this.#misfit = true
  }

  nameOrNull(name: string | null): void {
    if (name === null) this.word(nameWord.null)
    else this.name(name)
  }

  names(names: readonly string[]): void {
    this.#count(names)
    for (const name of names) this.name(name)
  }

  flagsEntries(entries: readonly FlagsEntry[]): void {
    this.#count(entries)
    for (const entry of entries) {
      const [name, flags, signature] = entry
      this.name(name)
      this.number(flags)
      this.nameOrNull(signature ?? null)
      this.#hasPlaces(entry, signature === undefined ? 2 : 3)
    }
  }

  lookupSet(entries: readonly LookupSetEntry[]): void {
    this.#count(entries)
    for (const entry of entries) {
      this.name(entry[0])
      this.flag(entry[1])
      this.#hasPlaces(entry, 2)
    }
  }

  definitions(definitions: readonly Definition[]): void {
    this.#count(definitions)
    for (const definition of definitions) {
      this.name(definition[0])
      this.number(definition[1])
      this.number(definition[2])
      this.#hasPlaces(definition, 3)
    }
  }

  found(definitions: readonly LookupDefinition[]): void {
    this.#count(definitions)
    for (const definition of definitions) {
      this.name(definition.name)
      this.number(definition.dylib)
      this.number(definition.address)
      this.number(definition.flags)
      this.hasKeys(definition, 4)
    }
  }

  searchOrder(order: readonly SearchOrderEntry[]): void {
    this.#count(order)
    for (const entry of order) {
      this.number(entry[0])
      this.oneOf(matchKinds, entry[1])
      this.#hasPlaces(entry, 2)
    }
  }

  namesByDylib(dylibs: DependenceGroup['dependencies']): void {
    this.#count(dylibs)
    for (const entry of dylibs) {
      this.number(entry[0])
      this.names(entry[1])
      this.#hasPlaces(entry, 2)
    }
  }

  dependenceGroups(groups: readonly DependenceGroup[]): void {
    this.#count(groups)
    for (const group of groups) {
      this.names(group.symbols)
      this.namesByDylib(group.dependencies)
      this.hasKeys(group, 2)
    }
  }

  /** Mostly there are none. */
  list(values: readonly unknown[]): void {
    if (Array.isArray(values) && values.length === 0) return this.word(valueWord.usual)
    this.word(valueWord.beside)
    this.value(values)
  }

  /** Mostly a user's. */
  source(source: UnitSource): void {
    if (source.kind === 'user' && keyCount(source) === 1) return this.word(valueWord.usual)
    this.word(valueWord.beside)
    this.value(source)
  }

  #count(entries: readonly unknown[]): void {
    if (!Array.isArray(entries)) this.#misfit = true
    this.word(entries.length)
  }

  #hasPlaces(entry: readonly unknown[], places: number): void {
    if (entry.length !== places) this.#misfit = true
  }

  #newName(name: string): void {
    if (typeof name !== 'string') this.#misfit = true
    else if (name.length > longestKept) this.word(nameWord.passing)
    else {
      this.word(nameWord.announced)
      this.#numbers.set(name, this.#names.length)
      this.#names.push(name)
      this.#expected = this.#names.length
    }
    this.#values.push(name)
  }

  #grow(): void {
    const words = new Float64Array(2 * this.#words.length)
    words.set(this.#words)
    this.#words = words
  }
}

/** Without a list of them. */
export function keyCount(message: object): number {
  let count = 0
  for (const key in message) count += key === '' ? 0 : 1
  return count
}
