// The index spaces of the module to emit: which number each symbol, block and PLT slot gets, and the functions that the linker
// adds. Everything is declared here, imports first; bodies follow when all numbers are known.
//
// Types are numbered in the order of the PLT, because only the first 128 fit the short form of a call through a slot.
import { parseWasmSignature, success } from '@worc/protocol'
import type { Expected, SignatureCode } from '@worc/protocol'
import type { ModuleWriter } from '@worc/wasm'
import { isBlock } from '../link-graph.js'
import type { Symbol } from '../link-graph.js'
import type { Instruction } from './assemble.js'
import { existing } from './existing.js'
import { distanceFromTLSBase, farCall, missStub, stackCheck, unbind } from './generated-functions.js'
import { declareGlobals } from './global-indexes.js'
import type { GlobalIndexes } from './global-indexes.js'
import { signatureOf } from './layout.js'
import type { Layout } from './layout.js'
import { lockFunction, serialized, unlockFunction } from './serialize.js'

export interface EmitOptions {
  /** As the module declares its import: the memory it gets is at least this large and may not grow beyond. */
  readonly memory: { readonly minimumPages: number; readonly maximumPages: number }
  /** Size of every thread's stack. */
  readonly stackBytes: number
  /** As V8 shows it in stack frames: wasm://wasm/<moduleName>-<hash>. */
  readonly moduleName: string
  /** Functions that one thread at a time may enter from outside the unit, and the word (0 at first) that says who is inside. */
  readonly serialize?: { readonly symbols: ReadonlySet<string>; readonly lockAddress: number }
}

/** A call's six bytes have room for a slot as a signed LEB of two bytes, and for a type as an unsigned one of one byte. */
const nearSlotCount: number = 1 << 13
const nearTypeCount: number = 1 << 7

interface GeneratedFunction {
  readonly index: number
  /** Empty for those that never show in a stack for long. */
  readonly name: string
  readonly i32LocalCount: number
  readonly body: readonly Instruction[]
}

export interface ModuleIndexes {
  readonly globals: GlobalIndexes
  readonly typeIndexOf: (signature: SignatureCode) => number
  /** Functions that the module imports: the first index of one that it defines. */
  readonly importedFunctionCount: number
  /** By block ordinal, -1 where there is none. */
  readonly functionOf: Int32Array
  /** Parallel to the layout's functions: what others call, a wrapper where the function is serialized. */
  readonly entries: readonly number[]
  /** By symbol ordinal, -1 where there is none. */
  readonly tagOf: Int32Array
  readonly dispatcherOf: Int32Array
  readonly slotOf: Int32Array
  /** By PLT slot. */
  readonly slotTypes: readonly number[]
  readonly stubs: readonly number[]
  /** By PLT slot: the function to call where the slot does not fit a call, or -1. */
  readonly farCalls: readonly number[]
  /** -1 where the unit does not move the stack pointer. */
  readonly stackCheck: number
  readonly unbind: number
  /** In the order of their indexes, which is the order their bodies must come in. */
  readonly generated: readonly GeneratedFunction[]
  /** The function that gives the distance of an address from the thread's TLS base: made when first asked for. */
  readonly distanceTo: (address: number) => number
}

/** The passive element segment with the miss stubs: the second of the two that a unit has. */
const stubElements = 1

/** BadObject if the object needs a global that is neither its own nor the linker's. */
export function declareIndexes(writer: ModuleWriter, layout: Layout, options: EmitOptions): Expected<ModuleIndexes> {
  const { usage } = layout
  const typeIndexOf = typeIndexes(writer)
  const slotTypes = layout.plt.map(({ signature }) => typeIndexOf(signature))

  const globals = declareGlobals(writer, layout, options)
  if (!globals.ok) return globals
  const tagOf = numbered(layout, usage.tags, (symbol) =>
    writer.importTag('env', symbol.name, typeIndexOf(signatureOf(symbol))),
  )
  const functionOf = new Int32Array(layout.graph.blockCount).fill(-1)
  let importedFunctionCount = 0
  const importFunction = (module: string, field: string, signature: SignatureCode): number => {
    importedFunctionCount++
    return writer.importFunction(module, field, typeIndexOf(signature))
  }
  for (const { ordinal } of layout.graph.hostImports.blocks) {
    const { module, field } = existing(layout.graph.importOf.get(ordinal), 'host import')
    functionOf[ordinal] = importFunction(module, field, functionSignature(layout, ordinal))
  }
  const miss = layout.plt.length > 0 ? importFunction('worc', 'miss', 'i:') : -1
  const overflow = usage.movesStackPointer ? importFunction('worc', 'overflow', ':') : -1
  const dispatcherOf = numbered(layout, usage.dispatched, (symbol) =>
    importFunction('ci', signatureOf(symbol), dispatcherSignature(signatureOf(symbol))),
  )

  for (const { ordinal } of layout.graph.text.blocks) {
    functionOf[ordinal] = writer.addFunction(typeIndexOf(functionSignature(layout, ordinal)))
  }
  const generated: GeneratedFunction[] = []
  const generate = (
    name: string,
    signature: SignatureCode,
    body: readonly Instruction[],
    i32LocalCount = 0,
  ): number => {
    const index = writer.addFunction(typeIndexOf(signature))
    generated.push({ index, name, i32LocalCount, body })
    return index
  }
  const stubs = layout.plt.map(({ signature }, slot) =>
    generate('', signature, missStub(slot, parameterCount(signature), typeIndexOf(signature), miss)),
  )
  const farCalls = layout.plt.map(({ signature }, slot) => {
    const typeIndex = typeIndexOf(signature)
    if (slot < nearSlotCount && typeIndex < nearTypeCount) return -1
    return generate('', signature, farCall(slot, parameterCount(signature), typeIndex))
  })
  const distances = new Map<number, number>()
  const distanceTo = (address: number): number => {
    const known = distances.get(address)
    if (known !== undefined) return known
    const body = distanceFromTLSBase(address, globals.value.named('__tls_base'))
    const index = generate('worc.distance', ':i', body)
    distances.set(address, index)
    return index
  }
  return success({
    globals: globals.value,
    typeIndexOf,
    importedFunctionCount,
    functionOf,
    entries: entryFunctions(layout, options, functionOf, globals.value, generate),
    tagOf,
    dispatcherOf,
    slotOf: numbered(layout, usage.called, (_symbol, slot) => slot),
    slotTypes,
    stubs,
    farCalls,
    stackCheck: usage.movesStackPointer
      ? generate('worc.stack_check', 'i:', stackCheck(stackGlobals(globals.value), options.stackBytes, overflow))
      : -1,
    unbind: generate('worc.unbind', 'i:', unbind(stubElements)),
    generated,
    distanceTo,
  })
}

type Generate = (name: string, signature: SignatureCode, body: readonly Instruction[], i32LocalCount?: number) => number

function entryFunctions(
  layout: Layout,
  { serialize }: EmitOptions,
  functionOf: Int32Array,
  globals: GlobalIndexes,
  generate: Generate,
): readonly number[] {
  const direct = layout.functionBlocks.map(({ ordinal }) => existing(functionOf[ordinal], 'function'))
  const wrapped = serialize === undefined ? new Set<number>() : functionsNamed(layout, serialize.symbols)
  if (serialize === undefined || wrapped.size === 0) return direct
  const { lockAddress } = serialize
  const lock = generate('worc.lock', ':i', lockFunction(lockAddress, globals.named('__thread_id')), 1)
  const unlock = generate('worc.unlock', ':', unlockFunction(lockAddress))
  return direct.map((inner, index) => {
    if (!wrapped.has(index)) return inner
    const [name, signature] = existing(layout.functions[index], `function ${index}`)
    const body = serialized(inner, parameterCount(signature), { lock, unlock })
    return generate(`${name} (serialized)`, signature, body, 1)
  })
}

/** By name, not by the layout's list: of several names for one function any may be the one that asks. */
function functionsNamed(layout: Layout, names: ReadonlySet<string>): ReadonlySet<number> {
  const indexes = new Set<number>()
  for (const { name, scope, callable, base } of layout.graph.symbols) {
    if (!callable || scope === 'local' || !isBlock(base) || !names.has(name)) continue
    indexes.add(existing(layout.functionIndexes[base.ordinal], name))
  }
  return indexes
}

function stackGlobals(globals: GlobalIndexes): { readonly stackPointer: number; readonly stackLimit: number } {
  return { stackPointer: globals.named('__stack_pointer'), stackLimit: globals.named('__stack_limit') }
}

function functionSignature({ graph }: Layout, ordinal: number): SignatureCode {
  return existing(graph.functionSignatures[ordinal], `signature of function ${ordinal}`)
}

/** The pointer comes last: it is on the stack already when code would call through it. */
export function dispatcherSignature(signature: SignatureCode): SignatureCode {
  return signature.replace(':', 'i:')
}

export function parameterCount(signature: SignatureCode): number {
  return signature.indexOf(':')
}

export function typeIndexes(writer: ModuleWriter): (signature: SignatureCode) => number {
  const known = new Map<SignatureCode, number>()
  return (signature) => {
    let index = known.get(signature)
    if (index === undefined) known.set(signature, (index = writer.typeIndex(parseWasmSignature(signature))))
    return index
  }
}

/** By symbol ordinal; -1 for symbols that are not on the list. */
function numbered(
  { graph }: Layout,
  symbols: readonly Symbol[],
  number: (symbol: Symbol, position: number) => number,
): Int32Array {
  const numbers = new Int32Array(graph.symbolCount).fill(-1)
  for (const [position, symbol] of symbols.entries()) numbers[symbol.ordinal] = number(symbol, position)
  return numbers
}
