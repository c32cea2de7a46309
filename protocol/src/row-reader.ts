// The other end of `row-writer.ts`: the same words and values in the same order. What does not fit throws.
import { matchKinds, nameWord, valueWord } from './row-writer.js'
import type {
  Definition,
  DependenceGroup,
  FlagsEntry,
  LookupDefinition,
  LookupSetEntry,
  SearchOrderEntry,
  UnitSource,
} from './session-messages.js'

export class RowReader {
  #words: Float64Array = new Float64Array()
  #at = 0
  #values: readonly unknown[] = []
  #valueAt = 0
  #names: string[] = []

  /** Reads these from now on. Names stay. */
  begin(words: Float64Array, values: readonly unknown[]): void {
    this.#words = words
    this.#at = 0
    this.#values = values
    this.#valueAt = 0
  }

  get isAtEnd(): boolean {
    return this.#at === this.#words.length
  }

  forgetNames(): void {
    this.#names = []
  }

  number(): number {
    const word = this.#words[this.#at++]
    if (word === undefined) throw new Error('a batch ends within a frame')
    return word
  }

  numberOrNull(): number | null {
    const word = this.number()
    return Number.isNaN(word) ? null : word
  }

  flag(): boolean {
    return this.number() !== 0
  }

  oneOf<T>(choices: readonly T[]): T {
    const choice = choices[this.number()]
    if (choice === undefined) throw new Error('a word stands for no choice')
    return choice
  }

  value(): unknown {
    if (this.#valueAt >= this.#values.length) throw new Error('a batch without a value that it names')
    return this.#values[this.#valueAt++]
  }

  name(): string {
    const word = this.number()
    return word >= 0 ? this.#known(word) : this.#newName(word)
  }

  nameOrNull(): string | null {
    const word = this.number()
    if (word >= 0) return this.#known(word)
    return word === nameWord.null ? null : this.#newName(word)
  }

  names(): string[] {
    const names = this.#room<string>(1)
    for (let index = 0; index < names.length; index++) names[index] = this.name()
    return names
  }

  flagsEntries(): FlagsEntry[] {
    const entries = this.#room<FlagsEntry>(3)
    for (let index = 0; index < entries.length; index++) {
      const [name, flags, signature] = [this.name(), this.number(), this.nameOrNull()]
      entries[index] = signature === null ? [name, flags] : [name, flags, signature]
    }
    return entries
  }

  lookupSet(): LookupSetEntry[] {
    const entries = this.#room<LookupSetEntry>(2)
    for (let index = 0; index < entries.length; index++) entries[index] = [this.name(), this.flag()]
    return entries
  }

  definitions(): Definition[] {
    const definitions = this.#room<Definition>(3)
    for (let index = 0; index < definitions.length; index++)
      definitions[index] = [this.name(), this.number(), this.number()]
    return definitions
  }

  found(): LookupDefinition[] {
    const definitions = this.#room<LookupDefinition>(4)
    for (let index = 0; index < definitions.length; index++) {
      const definition: Record<keyof LookupDefinition, unknown> = {
        name: this.name(),
        dylib: this.number(),
        address: this.number(),
        flags: this.number(),
      }
      definitions[index] = definition as unknown as LookupDefinition
    }
    return definitions
  }

  searchOrder(): SearchOrderEntry[] {
    const order = this.#room<SearchOrderEntry>(2)
    for (let index = 0; index < order.length; index++)
      order[index] = [this.number() as SearchOrderEntry[0], this.oneOf(matchKinds)]
    return order
  }

  namesByDylib(): DependenceGroup['dependencies'] {
    const dylibs = this.#room<DependenceGroup['dependencies'][number]>(2)
    for (let index = 0; index < dylibs.length; index++)
      dylibs[index] = [this.number() as SearchOrderEntry[0], this.names()]
    return dylibs
  }

  dependenceGroups(): DependenceGroup[] {
    const groups = this.#room<DependenceGroup>(2)
    for (let index = 0; index < groups.length; index++)
      groups[index] = { symbols: this.names(), dependencies: this.namesByDylib() }
    return groups
  }

  list(): unknown {
    return this.number() === valueWord.usual ? [] : this.value()
  }

  source(): unknown {
    return this.number() === valueWord.usual ? ({ kind: 'user' } satisfies UnitSource) : this.value()
  }

  /** For so many things of so many words each, which must be there: a count that is none would fill the memory. */
  #room<T>(wordsOfEach: number): T[] {
    const count = this.number()
    if (!Number.isInteger(count) || count < 0 || count * wordsOfEach > this.#words.length - this.#at)
      throw new Error(`a batch has no room for ${count} things`)
    return new Array<T>(count)
  }

  #known(number: number): string {
    const name = this.#names[number]
    if (name === undefined) throw new Error(`nobody announced name ${number}`)
    return name
  }

  #newName(word: number): string {
    const name = this.value()
    if (typeof name !== 'string') throw new Error('a name that is no text')
    if (word === nameWord.announced) this.#names.push(name)
    else if (word !== nameWord.passing) throw new Error(`no name is ${word}`)
    return name
  }
}
