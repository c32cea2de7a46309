// The units one thread has: their instances, how their calls of each other are bound, and which function pointers lead to
// them. Calls between units are bound at their first use, through the caller's private table; removal sets the same slots
// back to the stubs they began with. Nothing here waits or talks to anybody: `catchUp` is the one way out.
import type {
  DispatcherDescription,
  ExecutorAddr,
  InstalledUnit,
  JITDylibId,
  JITErrorData,
  LinkedUnitId,
  SignatureCode,
  SlotBinding,
} from '@worc/protocol'
import {
  JITError,
  concreteSignature,
  indexOfCode,
  isCodeAddress,
  plainError,
  symbolError,
  unitOfCode,
} from '@worc/protocol'
import type { Dispatchers } from './dispatchers.js'
import type { HostFunctionSite } from './host-functions.js'
import { hostImports } from './host-functions.js'
import type { Gate, HandleHost, HandleState, JITFunction, Target } from './jit-function.js'
import { createJITFunction, retireHandle, signatureMismatch } from './jit-function.js'
import { bufferReaching } from './reaching-buffer.js'
import type { CodeSite, ProgramConvention, ThreadCode, UnresolvedStub } from './thread-code.js'
import type { CodeThread } from './thread-context.js'
import { createGate, removed } from './unit-gate.js'

interface Unit {
  readonly facts: InstalledUnit
  readonly module: WebAssembly.Module
  readonly table: WebAssembly.Table
  readonly unbind: (slot: number) => void
  readonly gate: Gate
  readonly slots: SlotBinding[]
  /** Who calls into this unit through which of their slots. */
  readonly boundBy: Map<Unit, Set<number>>
  /** Whom this unit's slots are bound to, so that it can be forgotten there. */
  readonly boundTo: Set<Unit>
  readonly handles: Map<number, { readonly state: HandleState; readonly function: JITFunction }>
  /** Where the unit's functions are stubs: what this thread has found behind each, by index. It may be gone by now. */
  readonly bodies: Map<number, ExecutorAddr>
}

/** A function of a unit. */
interface Place {
  readonly unit: Unit
  readonly index: number
}

/** Finds what a stub of this name stands for, linked and initialized, while the thread waits. Throws JITError. */
export type LookupBody = (stub: string, dylib: JITDylibId, symbol: string) => ExecutorAddr

interface UnitsHost extends HandleHost, CodeSite {
  readonly context: CodeThread
  readonly dispatchers: Dispatchers
  readonly hostFunctions: HostFunctionSite
  readonly lookupBody: LookupBody
}

export class InstalledUnits implements ThreadCode {
  readonly program: ProgramConvention = {
    // As clang names it: with arguments, or without.
    mains: ['__main_argc_argv', '__main_void', '__original_main', 'main'],
    processEntry: undefined,
    mainSignature: () => undefined,
    atEnd: undefined,
    runRegistered: { name: '__wasm_call_dtors', signature: undefined },
    finish: { name: '__wasm_call_dtors', signature: undefined },
  }
  readonly pointerBytes = 4
  readonly #host: UnitsHost
  readonly #units = new Map<LinkedUnitId, Unit>()
  /** Retracted while JIT'd code may be on this thread's stack: dropped when it certainly is not. */
  readonly #leaving: Unit[] = []
  /** Who last took each slot. */
  readonly #slotHolders = new Map<number, Unit>()
  /** What the pointers led to that lead nowhere now. */
  readonly #removedPointers = new Map<number, JITErrorData>()
  #parked = false

  constructor(host: UnitsHost) {
    this.#host = host
  }

  get size(): number {
    return this.#units.size
  }

  install(facts: InstalledUnit, module: WebAssembly.Module | undefined): void {
    if (module === undefined) throw new Error(`unit ${facts.name} came without its module`)
    const known = this.#units.get(facts.unit)
    if (known === undefined) this.#instantiate(facts, module)
    const bound = new Set(known?.slots.map(([slot]) => slot))
    for (const binding of facts.slots) if (!bound.has(binding[0])) this.installSlot(facts.unit, binding)
  }

  #instantiate(facts: InstalledUnit, module: WebAssembly.Module): void {
    const { context } = this.#host
    if (facts.threadLocal !== null) {
      const { offsetBytes, template } = facts.threadLocal
      const address = context.place.tlsBase + offsetBytes
      new Uint8Array(bufferReaching(context.memory, address + template.length)).set(template, address)
    }
    const own = {
      worc: { miss: (slot: number) => this.#miss(unit, slot), overflow },
      ci: this.#host.dispatchers.thunks,
      ...(facts.host === null ? {} : { host: hostImports(facts, facts.host, context, this.#host.hostFunctions) }),
    }
    const exports = context.instantiate(module, own)
    const unit: Unit = {
      facts,
      module,
      table: exports['t'] as WebAssembly.Table,
      unbind: exports['unbind'] as (slot: number) => void,
      gate: createGate(facts, { isParked: () => this.#parked, unpark: () => this.#host.unpark() }),
      slots: [],
      boundBy: new Map(),
      boundTo: new Set(),
      handles: new Map(),
      bodies: new Map(),
    }
    this.#units.set(facts.unit, unit)
  }

  addDispatcher(description: DispatcherDescription, module: WebAssembly.Module): void {
    this.#host.dispatchers.add(description, module)
  }

  caughtUp(published: number): void {
    this.#host.context.seen.value = published
    this.#host.progress.seen = published
  }

  takeStack(sizeBytes: number): number {
    return this.#host.context.takeStack(sizeBytes)
  }

  installSlot(id: LinkedUnitId, binding: SlotBinding): void {
    const unit = this.#units.get(id)
    if (unit === undefined) return
    unit.slots.push(binding)
    this.#slotHolders.set(binding[0], unit)
    this.#removedPointers.delete(binding[0])
    this.#host.dispatchers.bind(binding[0], this.#functionAt(unit, binding[1]))
  }

  /** Their instances stay until `drop`: frames of theirs may be on the stack. */
  retract(ids: readonly LinkedUnitId[]): void {
    for (const id of ids) {
      const unit = this.#units.get(id)
      if (unit === undefined) continue
      this.#units.delete(id)
      this.#leaving.push(unit)
      for (const [caller, slots] of unit.boundBy) {
        for (const slot of slots) caller.unbind(slot)
        caller.boundTo.delete(unit)
      }
      unit.boundBy.clear()
      for (const callee of unit.boundTo) callee.boundBy.delete(unit)
      unit.boundTo.clear()
      unit.gate.closed = 1
      for (const { state } of unit.handles.values()) retireHandle(state)
    }
  }

  retractAll(): void {
    this.retract([...this.#units.keys()])
    this.drop()
  }

  park(): void {
    this.#setParked(true)
  }

  unpark(): void {
    this.#setParked(false)
  }

  #setParked(parked: boolean): void {
    this.#parked = parked
    for (const { gate } of this.#units.values()) gate.closed = parked ? 1 : 0
  }

  drop(): void {
    for (const unit of this.#leaving) {
      for (const [slot, index] of unit.slots) {
        // Given out anew while this thread was parked: the slot is another unit's by now.
        if (this.#slotHolders.get(slot) !== unit) continue
        this.#slotHolders.delete(slot)
        this.#removedPointers.set(slot, removed(unit.facts, this.#exported(unit, index)[0]))
        this.#host.dispatchers.unbind(slot)
      }
    }
    this.#leaving.length = 0
  }

  factsOf(id: number): InstalledUnit | undefined {
    return (this.#units.get(id as LinkedUnitId) ?? this.#leaving.find((unit) => unit.facts.unit === id))?.facts
  }

  /** Why the last call through a C function pointer leads nowhere: what was there is removed. Undefined if nothing was, or something is. */
  removedTarget(): JITErrorData | undefined {
    return this.#removedPointers.get(this.#host.context.lastPointer.value >>> 0)
  }

  *holdings(): Iterable<{ readonly facts: InstalledUnit; readonly module: WebAssembly.Module }> {
    for (const { facts, module, slots } of this.#units.values()) yield { facts: { ...facts, slots }, module }
  }

  unitAt(address: ExecutorAddr): LinkedUnitId | undefined {
    const unit = unitOfCode(address)
    return this.#units.has(unit) ? unit : undefined
  }

  isFunction(address: ExecutorAddr): boolean {
    return isCodeAddress(address)
  }

  handle(address: ExecutorAddr, symbol: string, wanted?: SignatureCode): JITFunction {
    const unit = this.#units.get(unitOfCode(address))
    if (unit === undefined) throw new JITError(symbolError('CodeRemoved', `"${symbol}" was removed`, [['', [symbol]]]))
    const index = indexOfCode(address)
    const [, signature] = this.#exported(unit, index)
    if (wanted !== undefined && concreteSignature(wanted, 'i32') !== signature)
      throw signatureMismatch(symbol, unit.facts.dylib, signature, wanted)
    const known = unit.handles.get(index)
    if (known !== undefined) return known.function
    const state: HandleState = {
      target: this.#functionAt(unit, index),
      alive: true,
      symbol,
      code: address,
      signature,
      gate: unit.gate,
      host: this.#host,
    }
    const handle = createJITFunction(state)
    unit.handles.set(index, { state, function: handle })
    return handle
  }

  takeFinalizers(): readonly ExecutorAddr[] {
    // Compilers have them registered as the unit is initialized.
    return []
  }

  callPlain(address: ExecutorAddr): void {
    const unit = this.#units.get(unitOfCode(address))
    if (unit === undefined) return
    try {
      this.#functionAt(unit, indexOfCode(address))()
    } catch (thrown) {
      throw this.#host.convert(thrown)
    }
  }

  #miss(caller: Unit, slot: number): void {
    const way =
      caller.facts.lazy === null
        ? this.#wayFrom(this.#calleeOf(caller, slot))
        : this.#wayFrom({ unit: caller, index: slot })
    const { unit: callee, index } = way.end
    const [name, signature] = caller.facts.plt[slot] ?? ['', '']
    const [, actual] = this.#exported(callee, index)
    if (actual !== signature) {
      const message = `"${name}" is called as ${signature} by unit ${caller.facts.name} but unit ${callee.facts.name} defines it as ${actual}`
      throw new JITError(symbolError('SignatureMismatch', message, [[callee.facts.dylib, [name]]]))
    }
    caller.table.set(slot, this.#functionAt(callee, index))
    // A caller that was retracted and still runs binds for itself alone: nobody would ever forget it.
    if (this.#units.get(caller.facts.unit) !== caller) return
    for (const passed of [callee, ...way.stubs]) {
      if (passed === caller) continue
      caller.boundTo.add(passed)
      const slots = passed.boundBy.get(caller)
      if (slots === undefined) passed.boundBy.set(caller, new Set([slot]))
      else slots.add(slot)
    }
  }

  #calleeOf(caller: Unit, slot: number): Place {
    const [name, , target] = caller.facts.plt[slot] ?? ['', '', 0]
    if (target === 0)
      throw new JITError({
        code: 'Trap',
        message: `call of "${name}", a weak symbol that nothing defines`,
        backtrace: [],
      })
    if (!this.#units.has(unitOfCode(target))) this.#host.catchUp()
    const unit = this.#units.get(unitOfCode(target))
    if (unit !== undefined) return { unit, index: indexOfCode(target) }
    const message = `"${name}" was removed; unit ${caller.facts.name} of ${caller.facts.dylib} still calls it`
    throw new JITError(symbolError('CodeRemoved', message, [[caller.facts.dylib, [name]]]))
  }

  // ---- lazy functions

  /**
   * Where a call ends, and the units of stubs that it passes: what it goes through is whatever is behind them now, so that a caller
   * bound to the end has to be unbound when any of them goes. Waits for what is not linked yet.
   */
  #wayFrom(start: Place): { readonly end: Place; readonly stubs: readonly Unit[] } {
    const stubs: Unit[] = []
    let at = start
    while (at.unit.facts.lazy !== null) {
      const { unit: stub, index } = at
      stubs.push(stub)
      const unit = this.#knownBody(stub, index) ?? this.#lookUpBody(stub, index)
      at = { unit, index: indexOfCode(stub.bodies.get(index) ?? 0) }
      if (stubs.length > maximumStubs) throw endless(start)
    }
    return { end: at, stubs }
  }

  #knownBody(stub: Unit, index: number): Unit | undefined {
    const address = stub.bodies.get(index)
    return address === undefined ? undefined : this.#units.get(unitOfCode(address))
  }

  /** The unit that has it. A removal of the stub that this thread hears of meanwhile is the call's answer, whatever was found. */
  #lookUpBody(stub: Unit, index: number): Unit {
    const { facts } = stub
    const [symbol] = this.#exported(stub, index)
    try {
      if (this.#units.get(facts.unit) !== stub) throw new JITError(removed(facts, symbol))
      const { dylib, symbols } = facts.lazy ?? { dylib: 0 as JITDylibId, symbols: [] }
      const found = this.#host.context.fromHost(() => this.#host.lookupBody(symbol, dylib, symbols[index] ?? ''))
      stub.bodies.set(index, found)
    } catch (thrown) {
      this.#host.catchUp()
      throw this.#units.get(facts.unit) === stub ? thrown : new JITError(removed(facts, symbol))
    }
    this.#host.catchUp()
    const body = this.#knownBody(stub, index)
    if (body !== undefined && this.#units.get(facts.unit) === stub) return body
    throw new JITError(removed(facts, symbol))
  }

  unresolved(address: ExecutorAddr): UnresolvedStub | undefined {
    let at: ExecutorAddr | undefined = address
    for (let passed = 0; at !== undefined && passed <= maximumStubs; passed += 1) {
      const unit = this.#units.get(unitOfCode(at))
      const lazy = unit?.facts.lazy
      if (unit === undefined || lazy === null || lazy === undefined) return undefined
      const index = indexOfCode(at)
      if (this.#knownBody(unit, index) === undefined)
        return {
          dylib: lazy.dylib,
          symbol: lazy.symbols[index] ?? '',
          resolve: (body) => void unit.bodies.set(index, body),
        }
      at = unit.bodies.get(index)
    }
    return undefined
  }

  #exported(unit: Unit, index: number): readonly [string, string] {
    const exported = unit.facts.functions[index]
    if (exported === undefined)
      throw new Error(`unit ${unit.facts.name} has no function ${index} (it offers ${unit.facts.functions.length})`)
    return exported
  }

  #functionAt(unit: Unit, index: number): Target {
    return unit.table.get(unit.facts.plt.length + index) as Target
  }
}

/** Stubs for stubs for stubs: past this many, they lead in a ring. */
const maximumStubs = 64

function endless({ unit, index }: Place): JITError {
  const name = unit.facts.functions[index]?.[0] ?? ''
  return new JITError(
    plainError('WouldDeadlock', `lazy re-export "${name}" of ${unit.facts.dylib} leads back to itself`),
  )
}

function overflow(): never {
  throw new JITError({ code: 'StackOverflow', message: "the thread's stack in guest memory is exhausted" })
}
