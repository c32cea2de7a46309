// A user with a dylib of his own and two trackers, who does what the machine says he does, and looks.
import type { JIT, JITDylib, JITFunction, ResourceTracker } from 'worc'
import { JITError } from 'worc'
import { bytesOf, indexedSymbol, linking, objectWith, section, symbolTable } from '../wasm/object-writer.js'
import { isDefunct } from './user-life.js'
import type { UserEvent, UserView } from './user-life.js'

export class UserWorld {
  readonly #jit: JIT
  readonly #dylib: JITDylib
  readonly #mine: ResourceTracker
  readonly #other: ResourceTracker
  #handle: JITFunction | undefined

  private constructor(jit: JIT, dylib: JITDylib) {
    this.#jit = jit
    this.#dylib = dylib
    this.#mine = dylib.createResourceTracker()
    this.#other = dylib.createResourceTracker()
  }

  static async create(jit: JIT, name: string): Promise<UserWorld> {
    return new UserWorld(jit, await jit.session.createBareJITDylib(name))
  }

  /** What came of it: 'ok', or the code of the error. */
  async does(event: UserEvent): Promise<string> {
    try {
      await this.#do(event)
      return 'ok'
    } catch (thrown) {
      if (thrown instanceof JITError) return thrown.code
      throw thrown
    }
  }

  async #do(event: UserEvent): Promise<void> {
    switch (event) {
      case 'define':
        return this.#jit.addObject(seven, { dylib: this.#dylib, tracker: this.#mine })
      case 'defineBroken':
        return this.#dylib.define(broken, this.#mine)
      case 'lookup':
        this.#handle = await this.#jit.lookup('f', { dylib: this.#dylib })
        return
      case 'removeSymbols':
        return this.#dylib.remove(['f'])
      case 'resetSymbols':
        return this.#dylib.reset(['f'])
      case 'removeMine':
        return this.#mine.remove()
      case 'removeOther':
        return this.#other.remove()
      case 'transfer':
        return this.#mine.transferTo(this.#other)
      case 'dispose':
        return this.#mine[Symbol.dispose]()
      case 'clear':
        return this.#dylib.clear()
    }
  }

  /** What he sees, each fact with what the machine says of it. */
  async differences(state: string, view: UserView): Promise<readonly string[]> {
    const asked = [this.#isDefined(), this.#mine.isDefunct(), this.#other.isDefunct()] as const
    const [defined, mine, other] = await Promise.all(asked)
    const facts: readonly (readonly [string, unknown, unknown])[] = [
      ['f is defined', defined, state !== 'absent'],
      ['mine is defunct', mine, isDefunct(view)],
      ['other is defunct', other, view.other === 'defunct'],
      ['the handle is alive', this.#handle?.alive ?? false, view.code !== null],
      ['a call', this.#call(), this.#handle === undefined ? undefined : view.code === null ? 'CodeRemoved' : 7],
    ]
    return facts.filter(([, is, should]) => is !== should).map(([what, is, should]) => `${what}: ${is}, not ${should}`)
  }

  async #isDefined(): Promise<boolean> {
    const searchOrder = [{ dylib: this.#dylib, match: 'all' }] as const
    const found = await this.#jit.session.lookupFlags({ searchOrder, symbols: [{ name: 'f', required: false }] })
    return found.has('f')
  }

  #call(): unknown {
    try {
      return this.#handle?.()
    } catch (thrown) {
      return thrown instanceof JITError ? thrown.code : thrown
    }
  }

  end(): Promise<void> {
    return this.#jit.session.removeJITDylibs([this.#dylib])
  }
}

const nothing = bytesOf()
/** int f(void) { return 7; } */
const seven = objectWith({
  type: section('type', 1, [0x60], 0, 1, [0x7f]),
  import: nothing,
  code: section('code', 1, 4, [0, 0x41, 7, 0x0b]),
  data: nothing,
  linking: linking(symbolTable(indexedSymbol('function', 0, 0, 'f'))),
  relocCode: nothing,
})

const broken = {
  name: 'broken',
  symbols: { f: { exported: true, callable: true } },
  materialize(): never {
    throw new Error('nobody knows how')
  },
}
