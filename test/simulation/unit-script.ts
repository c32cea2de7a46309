// A client materializes a unit of its own, one step after the other as its plan says, until the session refuses a step or the
// unit is done. Whatever the plan leaves out, the responsibility is dropped at the end: nobody is stranded.
import type { Definition, DependenceGroup, Expected, SessionEvent, SessionReplies } from '@worc/protocol'
import { plainError, symbolFlag } from '@worc/protocol'
import type { UnitPlan, UserStep } from './unit-plan.js'
import { payloadOf } from './unit-plan.js'
import type { UserActor } from './user-actor.js'

type Materialize = Extract<SessionEvent, { type: 'materialize' }>

export class UnitScript {
  readonly #user: UserActor
  #event: Materialize
  readonly #plan: UnitPlan
  #next = 0
  #found: SessionReplies['lookup'] = []

  constructor(user: UserActor, event: Materialize, plan: UnitPlan) {
    this.#user = user
    this.#event = event
    this.#plan = plan
  }

  start(): void {
    this.#user.ctx.timer(this.#plan.user.milliseconds, () => this.#step())
  }

  #step(): void {
    const step = this.#plan.user.steps[this.#next++]
    if (step === undefined) return this.#end()
    this.#do(step)
  }

  #goOn(): void {
    if (this.#plan.user.milliseconds === 0) this.#step()
    else this.start()
  }

  #end(): void {
    this.#user.scripts.delete(this.#event.responsibility)
    this.#user.tell({ type: 'responsibilityDropped', responsibility: this.#event.responsibility, cause: null })
  }

  #do(step: UserStep): void {
    const { responsibility, symbols } = this.#event
    const user = this.#user
    const after = (result: Expected<unknown>): void => (result.ok ? this.#goOn() : this.#end())
    switch (step) {
      case 'claim': {
        const managers = user.managersNow
        return user.ask({ type: 'claimResourceKey', responsibility, recorded: false }, [], (result) => {
          if (!result.ok) return this.#end()
          const { key, lease } = result.value as SessionReplies['claimResourceKey']
          if (lease !== null) user.hold(managers, key, lease, this.#plan.user.milliseconds)
          this.#goOn()
        })
      }
      case 'resolve':
        return user.ask({ type: 'notifyResolved', responsibility, definitions: this.#definitions() }, [], after)
      case 'claim-name': {
        const claimed = [`more${this.#plan.number}`, symbolFlag.exported | symbolFlag.weak] as const
        return user.ask({ type: 'defineMaterializing', responsibility, symbols: [claimed] }, [], (result) => {
          if (!result.ok) return this.#end()
          const granted = (result.value as SessionReplies['defineMaterializing']).length > 0
          if (granted) this.#event = { ...this.#event, symbols: [...symbols, claimed] }
          this.#goOn()
        })
      }
      case 'lookup':
        return this.#lookup()
      case 'emit':
        return user.ask({ type: 'notifyEmitted', responsibility, groups: this.#groups(), initializers: [] }, [], () =>
          this.#end(),
        )
      case 'fail': {
        const cause = plainError('UserError', `unit ${this.#plan.number} would not`)
        return user.ask({ type: 'failMaterialization', responsibility, cause }, [], () => this.#end())
      }
      case 'drop':
        return this.#end()
      case 'hand-on': {
        const source = { kind: 'object', payload: { attachment: 0, offsetBytes: 0, sizeBytes: 4 } } as const
        return user.ask({ type: 'emit', responsibility, source }, [payloadOf(this.#plan)], () => this.#end())
      }
      case 'delegate': {
        const [first] = symbols
        if (first === undefined || symbols.length < 2) return this.#goOn()
        return user.ask({ type: 'delegate', responsibility, names: [first[0]] }, [], (result) => {
          if (!result.ok) return this.#end()
          const rest = symbols.slice(1)
          const delegated = result.value as Materialize['responsibility']
          user.tell({ type: 'responsibilityDropped', responsibility: delegated, cause: null })
          this.#event = { ...this.#event, symbols: rest }
          this.#goOn()
        })
      }
      case 'replace': {
        // The other unit would have to define the init symbol too.
        if (this.#plan.initSymbol !== null) return this.#goOn()
        const unit = {
          unit: user.id(this.#plan.number) as Materialize['unit'],
          name: this.#event.name,
          symbols,
          initSymbol: null,
          source: { kind: 'absolute', definitions: this.#definitions() } as const,
        }
        return user.ask({ type: 'replace', responsibility, unit }, [], () => this.#end())
      }
    }
  }

  #lookup(): void {
    const names = this.#plan.calls.map((name) => [name, !this.#plan.weak.includes(name)] as const)
    if (names.length === 0) return this.#goOn()
    const { searchOrder, responsibility } = this.#event
    const onBehalfOf = responsibility
    this.#user.ask(
      { type: 'lookup', kind: 'static', searchOrder, symbols: names, requiredState: 'resolved', onBehalfOf },
      [],
      (result) => {
        if (!result.ok) return this.#end()
        this.#found = result.value as SessionReplies['lookup']
        this.#goOn()
      },
    )
  }

  #addressable(): Materialize['symbols'] {
    return this.#event.symbols.filter(([name]) => name !== this.#plan.initSymbol)
  }

  #definitions(): Definition[] {
    return this.#addressable().map(([name, flags]) => [name, 256 + this.#plan.number, flags])
  }

  #groups(): readonly DependenceGroup[] {
    // Who has not looked up says so all the same: what it depends on may never have been asked for, or not be there.
    const guessed = this.#plan.calls.map((name) => ({ dylib: this.#event.dylib, name }))
    const known = this.#found.length > 0 ? this.#found : guessed
    const dependencies = known.map(({ dylib, name }) => [dylib, [name]] as const)
    return dependencies.length === 0 ? [] : [{ symbols: this.#event.symbols.map(([name]) => name), dependencies }]
  }
}
