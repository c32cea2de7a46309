// Counts the modules this thread still holds, collected or not, and forces collections where it may. V8 frees a module's
// code only when every thread's collector has let go of it, and an idle thread never collects by itself; at some 65,000
// uncollected modules Node 20 dies.
export interface CollectPolicy {
  /** Whether this thread's heap may be collected when it is convenient for the house. */
  readonly mayForce: boolean
  readonly force: () => void
}

export class Collector {
  readonly #policy: CollectPolicy
  readonly #registry: FinalizationRegistry<number>
  #uncollected = 0

  constructor(policy: CollectPolicy) {
    this.#policy = policy
    this.#registry = new FinalizationRegistry(() => (this.#uncollected -= 1))
  }

  watch(module: WebAssembly.Module): void {
    this.#registry.register(module, 0)
    this.#uncollected += 1
  }

  get uncollected(): number {
    return this.#uncollected
  }

  /** `urgent` overrides the policy: the alternative is the process's death. */
  collect(urgent: boolean): void {
    if (this.#policy.mayForce || urgent) this.#policy.force()
  }
}
