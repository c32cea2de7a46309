// Keeps the process below the number of modules at which V8 dies: one mapping for each live or uncollected module, 65,530
// mappings in all on Node 20. Past the soft mark threads are asked to collect; past the hard one jobs wait.
const softModules = 4096
const hardModules = 32_768

export class ModuleBudget {
  readonly #registry = new FinalizationRegistry<null>(() => (this.#held -= 1))
  readonly #forceCollection: (() => void) | undefined
  /** Modules this thread created and has not seen collected. */
  #held = 0

  /** `forceCollection` is absent where the policy forbids it. */
  constructor(forceCollection: (() => void) | undefined) {
    this.#forceCollection = forceCollection
  }

  watch(module: WebAssembly.Module): void {
    this.#held += 1
    this.#registry.register(module, null)
  }

  /** How badly a collection is wanted, given how many modules are in use. */
  pressure(live: number): 'none' | 'soft' | 'hard' {
    const garbage = this.#held - live
    if (this.#held >= hardModules) return 'hard'
    return garbage >= softModules ? 'soft' : 'none'
  }

  collect(): void {
    this.#forceCollection?.()
  }

  get held(): number {
    return this.#held
  }
}
