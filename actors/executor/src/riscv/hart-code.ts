// The code of a thread that is a hart: units lie in memory that all threads share, so there is nothing to instantiate. What is
// kept here is what calls from JavaScript and answers to the guest's need: who owns which code, handles, and JavaScript behind
// host functions. Removal needs nothing from here to stop a hart: the pages are gone.
import type { ExecutorAddr, InstalledUnit, LinkedUnitId, ResourceKey, SignatureCode, TrapFrame } from '@worc/protocol'
import { JITError, concreteSignature, parseSignatureCode, plainError, symbolError } from '@worc/protocol'
import type { Hart, HartSignature, HartTrap, HartValue } from '@worc/riscv'
import { registerNumber } from '@worc/riscv'
import type { CodeFrame } from '../code-frame.js'
import type { HostClosure, HostFunctionSite } from '../host-functions.js'
import { hostClosures } from '../host-functions.js'
import type { Gate, HandleHost, HandleState, JITFunction } from '../jit-function.js'
import { createJITFunction, retireHandle, signatureMismatch } from '../jit-function.js'
import type { LookupBody } from '../installed-units.js'
import type { CodeSite, ProgramConvention, ThreadCode, UnresolvedStub } from '../thread-code.js'
import { createGate } from '../unit-gate.js'
import { CodeMap, indexAt } from './code-map.js'
import type { MappedUnit } from './code-map.js'
import type { Bodies } from './lazy-calls.js'
import { LazyCalls } from './lazy-calls.js'
import { trapError } from './trap-error.js'

/** A fault so near below the stack is one that it made by growing. */
const guardBytes = 0x1_0000

interface HartCodeOptions {
  /** Where the thread's stack would end. */
  readonly stackLow: number
  readonly session: string
  readonly published: Int32Array
  readonly hostFunctions: HostFunctionSite
  /** Whether there is code at the address, whoever made it. */
  readonly isExecutable: (address: ExecutorAddr) => boolean
  /** All of guest memory as it is now. */
  readonly memoryWords: () => Int32Array
  /** Names the frames of units that the code has; others are left out. */
  readonly symbolize: (frames: readonly CodeFrame[], code: ThreadCode) => readonly TrapFrame[]
  readonly lookupBody: LookupBody
  /** What the guest asks of its operating system. */
  readonly systemCall: (hart: Hart) => 'resume'
  /** Makes the hart of this thread. */
  readonly createHart: (parts: {
    readonly environmentCall: (hart: Hart) => 'resume' | 'jump'
    readonly functionAt: CodeMap<Unit>['functionAt']
  }) => Hart
}

interface Unit {
  readonly gate: Gate
  /** By address and signature. */
  readonly handles: Map<string, { readonly state: HandleState; readonly function: JITFunction }>
  /** By function index: JavaScript behind it. */
  readonly closures: readonly HostClosure[]
  /** Where its functions are stubs: what this thread has found behind them. */
  readonly bodies: Bodies<Unit>
}

export class HartCode implements ThreadCode {
  readonly program: ProgramConvention = {
    mains: ['main'],
    processEntry: '_start',
    mainSignature: (address) => declaredAt(this.#ownerOf(address, 'main').facts, address) ?? 'ipp:i',
    atEnd: { name: 'atexit', signature: 'p:i' },
    runRegistered: { name: '__call_exitprocs', signature: 'ip:' },
    finish: { name: 'exit', signature: 'i:' },
  }
  readonly pointerBytes: 4 | 8
  readonly #site: CodeSite
  readonly #options: HartCodeOptions
  readonly #host: HandleHost
  readonly #hart: Hart
  readonly #units = new Map<LinkedUnitId, MappedUnit<Unit>>()
  readonly #map = new CodeMap<Unit>()
  readonly #lazy: LazyCalls<Unit>
  /** Code that no linker has made. Calls of what is no longer there trap. */
  #handMade: Pick<MappedUnit<Unit>, 'facts' | 'unit'> | undefined
  #parked = false

  constructor(site: CodeSite, options: HartCodeOptions) {
    this.#site = site
    this.#options = options
    this.#host = {
      session: options.session,
      published: options.published,
      progress: { seen: 0 },
      catchUp: () => site.catchUp(),
      convert: (thrown) => thrown,
      functionPointer: (address) => address,
    }
    this.#lazy = new LazyCalls({
      ownerOf: (address) => this.#map.at(address),
      isExecutable: options.isExecutable,
      catchUp: () => site.catchUp(),
      lookupBody: options.lookupBody,
    })
    this.#hart = options.createHart({
      environmentCall: (hart) => this.#environmentCall(hart),
      functionAt: (address) => this.#map.functionAt(address),
    })
    this.pointerBytes = this.#hart.xlen === 64 ? 8 : 4
  }

  get size(): number {
    return this.#units.size
  }

  install(facts: InstalledUnit): void {
    if (this.#units.has(facts.unit)) return
    this.#units.set(facts.unit, this.#map.add(facts, this.#newUnit(facts)))
  }

  #newUnit(facts: InstalledUnit): Unit {
    const closures = facts.host === null ? [] : hostClosures(facts, facts.host, this.#options.hostFunctions)
    return {
      gate: createGate(facts, { isParked: () => this.#parked, unpark: () => this.#site.unpark() }),
      handles: new Map(),
      closures,
      bodies: new Map(),
    }
  }

  addDispatcher(): never {
    throw new Error('machine code needs no dispatcher')
  }

  installSlot(): never {
    throw new Error('machine code needs no slots')
  }

  retract(units: readonly LinkedUnitId[]): void {
    for (const id of units) {
      const mapped = this.#units.get(id)
      if (mapped === undefined) continue
      this.#units.delete(id)
      mapped.gone = true
      mapped.unit.gate.closed = 1
      for (const { state } of mapped.unit.handles.values()) retireHandle(state)
      mapped.unit.handles.clear()
    }
  }

  retractAll(): void {
    this.retract([...this.#units.keys()])
  }

  drop(): void {
    // Nothing of a unit is this thread's own.
  }

  park(): void {
    this.#setParked(true)
  }

  unpark(): void {
    this.#setParked(false)
  }

  caughtUp(published: number): void {
    this.#host.progress.seen = published
  }

  factsOf(unit: number): InstalledUnit | undefined {
    return this.#units.get(unit as LinkedUnitId)?.facts
  }

  *holdings(): Iterable<{ readonly facts: InstalledUnit; readonly module: undefined }> {
    for (const { facts } of this.#units.values()) yield { facts, module: undefined }
  }

  unitAt(address: ExecutorAddr): LinkedUnitId | undefined {
    const mapped = this.#map.at(address)
    return mapped === undefined || mapped.gone ? undefined : mapped.facts.unit
  }

  isFunction(address: ExecutorAddr): boolean {
    return this.#map.at(address)?.gone === false || this.#options.isExecutable(address)
  }

  handle(address: ExecutorAddr, symbol: string, wanted?: SignatureCode): JITFunction {
    const { facts, unit } = this.#ownerOf(address, symbol)
    const signature = this.#signatureOf(facts, address, symbol, wanted)
    const key = `${address} ${signature}`
    const known = unit.handles.get(key)
    if (known !== undefined) return known.function
    const { parameters, results } = parseSignatureCode(signature) as HartSignature
    const state: HandleState = {
      target: (...args) => this.#call(address, { parameters, results }, args),
      alive: true,
      symbol,
      code: address,
      signature,
      gate: unit.gate,
      host: this.#host,
    }
    const handle = createJITFunction(state)
    unit.handles.set(key, { state, function: handle })
    return handle
  }

  takeFinalizers(dylib: string): readonly ExecutorAddr[] {
    const words = this.#options.memoryWords()
    const units = [...this.#units.values()].reverse().filter(({ facts }) => facts.dylib === dylib)
    const pointers = units.flatMap(({ facts }) => facts.code?.finalizers ?? [])
    return pointers.map((at) => Atomics.exchange(words, at / 4, 0) >>> 0).filter((address) => address !== 0)
  }

  callPlain(address: ExecutorAddr): void {
    this.#call(address, { parameters: [], results: [] }, [])
  }

  unresolved(address: ExecutorAddr): UnresolvedStub | undefined {
    return this.#lazy.unresolved(address)
  }

  takeStack(sizeBytes: number): number {
    const { registers } = this.#hart
    const top = (registers.x(registerNumber.sp) - BigInt(sizeBytes)) & ~15n
    registers.setX(registerNumber.sp, top)
    return Number(top)
  }

  #setParked(parked: boolean): void {
    this.#parked = parked
    const units = [...this.#units.values(), ...(this.#handMade === undefined ? [] : [this.#handMade])]
    for (const { unit } of units) unit.gate.closed = parked ? 1 : 0
  }

  #ownerOf(address: ExecutorAddr, symbol: string): Pick<MappedUnit<Unit>, 'facts' | 'unit'> {
    const mapped = this.#map.at(address)
    if (mapped !== undefined && !mapped.gone) return mapped
    if (!this.#options.isExecutable(address))
      throw new JITError(symbolError('CodeRemoved', `"${symbol}" was removed`, [['', [symbol]]]))
    return (this.#handMade ??= { facts: handMade, unit: this.#newUnit(handMade) })
  }

  /** What the object says of the function, what the caller says, or what both say. */
  #signatureOf(
    facts: InstalledUnit,
    address: ExecutorAddr,
    symbol: string,
    wanted: SignatureCode | undefined,
  ): SignatureCode {
    const declared = declaredAt(facts, address)
    if (wanted === undefined && declared !== undefined) return declared
    if (wanted === undefined) {
      const message = `"${symbol}" in ${facts.dylib} carries no signature: name one ({ signature }), or compile it with -g`
      throw new JITError(plainError('BadArgument', message))
    }
    const integer = this.#hart.xlen === 64 ? 'i64' : 'i32'
    if (declared !== undefined && concreteSignature(declared, integer) !== concreteSignature(wanted, integer))
      throw signatureMismatch(symbol, facts.dylib, declared, wanted)
    return wanted
  }

  #call(address: ExecutorAddr, signature: HartSignature, args: readonly HartValue[]): HartValue | undefined {
    const outcome = this.#hart.call(address, signature, args)
    if (outcome.kind === 'returned') return outcome.value
    if (outcome.kind === 'trapped') throw this.#trapError(outcome.trap)
    throw new Error('a hart was halted by nobody')
  }

  #trapError(trap: HartTrap): JITError {
    // What ran into code that is gone may not have heard yet whose it was.
    if (trap.cause === 'fetchFault') this.#site.catchUp()
    const pc = Number(trap.pc)
    const mapped = this.#map.at(pc)
    const { stackLow } = this.#options
    const guard = { start: stackLow - guardBytes, end: stackLow }
    const inside = this.#map.functionAt(pc)
    // Pages go before this thread hears of it.
    const isGoing = inside !== undefined && !this.#options.isExecutable(inside.start)
    const place = { facts: mapped?.facts, isGone: mapped?.gone === true || isGoing, guard, function: inside }
    return new JITError(trapError(trap, place, this.#hart.xlen, this.#backtraceOf(trap)))
  }

  /** Frames of code that is gone, or nobody's, have what the hart knew of them. */
  #backtraceOf({ frames }: HartTrap): readonly TrapFrame[] {
    const known = frames.map(({ pc }, depth) => this.#frameAt(depth === 0 ? pc : pc - 1))
    const named = this.#options.symbolize(
      known.filter((frame) => frame !== undefined),
      this,
    )
    let next = 0
    return frames.map(({ pc, symbol }, depth) => {
      const own = { symbol: symbol ?? `0x${pc.toString(16)}` }
      return known[depth] === undefined ? own : (named[next++] ?? own)
    })
  }

  #frameAt(address: ExecutorAddr): CodeFrame | undefined {
    const mapped = this.#map.at(address)
    if (mapped === undefined || mapped.gone) return undefined
    const functionIndex = indexAt(mapped.facts, address)
    const functionName = mapped.facts.functions[functionIndex]?.[0]
    if (functionName === undefined) return undefined
    return { unit: mapped.facts.unit, functionName, functionIndex, moduleOffset: address }
  }

  /** In a host function's code it is JavaScript that is called, in a stub's what it stands for; anywhere else, the system. */
  #environmentCall(hart: Hart): 'resume' | 'jump' {
    const pc = Number(hart.registers.pc)
    const known = this.#map.at(pc)
    if (known === undefined || known.gone) this.#site.catchUp()
    const mapped = this.#map.at(pc)
    const body = this.#lazy.bodyOf(pc)
    if (body !== undefined) {
      hart.registers.pcNumber = body
      return 'jump'
    }
    if (mapped === undefined || mapped.facts.host === null) return this.#options.systemCall(hart)
    const index = indexAt(mapped.facts, pc)
    const [name = '', code = ':'] = mapped.facts.functions[index] ?? []
    const signature = parseSignatureCode(code) as HartSignature
    const args = hart.arguments(signature)
    if (args === undefined)
      throw new JITError(plainError('StackOverflow', `the arguments of "${name}" are not on the thread's stack`))
    const result = mapped.unit.closures[index]?.(...args)
    hart.setResult(signature, result as HartValue | undefined)
    return 'resume'
  }
}

const handMade: InstalledUnit = {
  unit: 0 as LinkedUnitId,
  name: 'code made by hand',
  key: 0 as ResourceKey,
  dylib: '',
  plt: [],
  functions: [],
  slots: [],
  threadLocal: null,
  host: null,
  lazy: null,
  code: null,
}

/** What the object says of the function that begins at the address. */
function declaredAt(facts: InstalledUnit, address: ExecutorAddr): SignatureCode | undefined {
  const index = indexAt(facts, address)
  const begins = facts.code?.functions[index]?.[0] === address
  const declared = begins ? (facts.functions[index]?.[1] ?? '') : ''
  return declared === '' ? undefined : declared
}
