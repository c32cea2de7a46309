// A unit of the test's own, which materializes when the test says so: what it was given waits here.
import type { ByName, JITDylib, JITSymbolFlags, MaterializationResponsibility, MaterializationUnit } from 'worc'

export const exported = { exported: true }

export class HeldUnit implements MaterializationUnit {
  readonly name: string
  readonly symbols: ByName<JITSymbolFlags>
  readonly initSymbol?: string
  /** Names that stronger definitions or removals took. */
  readonly discarded: string[] = []
  disposed = 0
  readonly #given: MaterializationResponsibility[] = []
  #wake: () => void = () => undefined

  /** All exported where only names are given. */
  constructor(symbols: readonly string[] | Readonly<Record<string, JITSymbolFlags>>, initSymbol?: string) {
    const flags = isList(symbols) ? Object.fromEntries(symbols.map((name) => [name, exported])) : symbols
    this.symbols = flags
    this.name = `unit of ${Object.keys(flags).join(', ')}`
    if (initSymbol !== undefined) this.initSymbol = initSymbol
  }

  materialize(responsibility: MaterializationResponsibility): void {
    this.#given.push(responsibility)
    this.#wake()
  }

  discard(_dylib: JITDylib, name: string): void {
    this.discarded.push(name)
  }

  [Symbol.dispose](): void {
    this.disposed += 1
  }

  /** The responsibility that it was, or will be, given next. */
  async responsibility(): Promise<MaterializationResponsibility> {
    for (;;) {
      const next = this.#given.shift()
      if (next !== undefined) return next
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** Resolves what a responsibility has at addresses from `first` on, in order, and emits. */
export async function finish(responsibility: MaterializationResponsibility, first = 0x100): Promise<void> {
  await resolve(responsibility, first)
  await responsibility.notifyEmitted()
}

export async function resolve(responsibility: MaterializationResponsibility, first = 0x100): Promise<void> {
  const addressed = [...responsibility.symbols].filter(([, flags]) => flags.sideEffectsOnly !== true)
  await responsibility.notifyResolved(
    new Map(addressed.map(([name, flags], index) => [name, { address: first + 16 * index, flags }])),
  )
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value)
}
