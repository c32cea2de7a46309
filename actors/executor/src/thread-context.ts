// What every module of one thread imports: the guest's memory, the thread's stack, thread-local block and identity, and the
// host functions that explicit imports name. One per executor, made when its linker says where the stack and block lie.
import { JITError, plainError } from '@worc/protocol'
import type { ThreadPlace } from './thread-code.js'

type HostFunction = (...args: never[]) => unknown
/** Host functions by import module, then field. */
type HostModules = Readonly<Record<string, Readonly<Record<string, HostFunction>>>>

/** What executing code takes of a thread: instances of modules, and what they share. */
export interface CodeThread {
  readonly memory: Pick<WebAssembly.Memory, 'buffer'>
  readonly place: ThreadPlace
  /** The install version up to which this thread has come; dispatchers compare it with the published word. */
  readonly seen: { value: number }
  /** The C function pointer that was called last: for explaining a trap. */
  readonly lastPointer: { readonly value: number }
  /** `own` are imports by module beside those that every module gets. */
  instantiate(module: WebAssembly.Module, own: OwnImports): WebAssembly.Exports
  /** After a trap the frames that would have restored the stack pointer are gone. */
  unwindStack(): void
  /** Takes bytes off the top of the stack for good; only where no JIT'd frame is on it. */
  takeStack(sizeBytes: number): number
  /**
   * Runs JavaScript that JIT'd code has called and that may call back into it: a trap in there unwinds to here, not to the
   * thread's outermost frame.
   */
  fromHost<T>(body: () => T): T
  /** Whether what arrives from JIT'd code was thrown by JavaScript that it had called. Asked once for each arrival. */
  isFromHost(thrown: unknown): boolean
}

export type OwnImports = Readonly<Record<string, WebAssembly.ModuleImports>>

export class ThreadContext implements CodeThread {
  readonly memory: WebAssembly.Memory
  readonly place: ThreadPlace
  readonly stackPointer: WebAssembly.Global
  readonly seen: WebAssembly.Global<'i32'>
  readonly lastPointer: WebAssembly.Global<'i32'>
  readonly #environment: WebAssembly.ModuleImports
  readonly #hosts: HostModules
  /** Where the stack pointer returns when JIT'd code is left by a trap. */
  #stackTop: number
  #hostThrew: { readonly thrown: unknown } | undefined

  constructor(memory: WebAssembly.Memory, place: ThreadPlace, hosts: HostModules) {
    this.memory = memory
    this.place = place
    this.#hosts = hosts
    this.#stackTop = place.stackHigh
    this.stackPointer = new WebAssembly.Global({ value: 'i32', mutable: true }, place.stackHigh)
    this.lastPointer = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
    this.seen = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
    this.#environment = {
      memory,
      __stack_pointer: this.stackPointer,
      __stack_limit: new WebAssembly.Global({ value: 'i32', mutable: true }, place.stackLow),
      __tls_base: new WebAssembly.Global({ value: 'i32', mutable: true }, place.tlsBase),
      __thread_id: new WebAssembly.Global({ value: 'i32', mutable: false }, place.threadId),
      __c_longjmp: tag(),
      __cpp_exception: tag(),
    }
  }

  instantiate(module: WebAssembly.Module, own: OwnImports): WebAssembly.Exports {
    return new WebAssembly.Instance(module, this.#imports(module, own)).exports
  }

  unwindStack(): void {
    this.stackPointer.value = this.#stackTop
  }

  takeStack(sizeBytes: number): number {
    this.#stackTop = (this.#stackTop - sizeBytes) & ~15
    this.unwindStack()
    return this.#stackTop >>> 0
  }

  fromHost<T>(body: () => T): T {
    const outer = this.#stackTop
    this.#stackTop = Number(this.stackPointer.value)
    try {
      return body()
    } catch (thrown) {
      this.#hostThrew = { thrown }
      throw thrown
    } finally {
      this.#stackTop = outer
    }
  }

  isFromHost(thrown: unknown): boolean {
    const last = this.#hostThrew
    this.#hostThrew = undefined
    return last !== undefined && last.thrown === thrown
  }

  /** Imports of a module: ours by name, host functions by module and field. What nobody provides traps when it is called. */
  #imports(module: WebAssembly.Module, own: OwnImports): WebAssembly.Imports {
    // Names come from objects: no name may find what every record inherits.
    const imports = Object.assign(Object.create(null) as Record<string, WebAssembly.ModuleImports>, own, {
      env: this.#environment,
    })
    for (const wanted of WebAssembly.Module.imports(module)) {
      if (imports[wanted.module]?.[wanted.name] !== undefined || wanted.kind !== 'function') continue
      if (Object.hasOwn(own, wanted.module))
        throw new Error(`this thread has no ${wanted.module}.${wanted.name}, which a unit imports`)
      const provided = this.#hostFunction(wanted.module, wanted.name) ?? missing(wanted.module, wanted.name)
      imports[wanted.module] = { ...imports[wanted.module], [wanted.name]: provided }
    }
    return imports
  }

  #hostFunction(module: string, name: string): HostFunction | undefined {
    const functions = Object.hasOwn(this.#hosts, module) ? this.#hosts[module] : undefined
    return functions !== undefined && Object.hasOwn(functions, name) ? functions[name] : undefined
  }
}

/** A tag of this thread: what setjmp's longjmp and C++'s throw carry is one address. The DOM's types know no tag as an import. */
function tag(): WebAssembly.ImportValue {
  return new WebAssembly.Tag({ parameters: ['i32'] }) as unknown as WebAssembly.ImportValue
}

function missing(module: string, name: string): () => never {
  return () => {
    throw new JITError(
      plainError('Unsupported', `host function "${name}" of import module "${module}" is not provided in this thread`),
    )
  }
}
