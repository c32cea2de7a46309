// What stands for the object formats, the linker and V8: an object is the number of a plan, a module says which unit it is of.
// Everything else that a link actor does is its own.
import type { FlagsEntry, SignatureCode } from '@worc/protocol'
import { failure, plainError, success, symbolFlag } from '@worc/protocol'
import type { LinkedUnit, Placement, Resolution, UnitDefinition } from '@worc/jitlink'
import type { LaidOutObject, ObjectLinker } from '@worc/link'
import type { UnitPlan } from './unit-plan.js'
import { numberIn } from './unit-plan.js'

/** Every function of the simulation takes and returns nothing. */
const signature: SignatureCode = ':'

/** What an executor needs to know of a module. */
export type SimModule =
  | { readonly kind: 'dispatcher' }
  | {
      readonly kind: 'unit'
      readonly unit: number
      readonly plt: number
      readonly functions: number
      readonly dataBytes: number
      readonly pointers: readonly number[]
    }

const modules = new WeakMap<object, SimModule>()

/** A module in everybody's eyes but V8's. */
function moduleOf(contents: SimModule): WebAssembly.Module {
  const module = Object.create(WebAssembly.Module.prototype) as WebAssembly.Module
  modules.set(module, contents)
  return module
}

export function contentsOf(module: WebAssembly.Module): SimModule {
  const contents = modules.get(module)
  if (contents === undefined) throw new Error('a module that no linker of the simulation made')
  return contents
}

/** What a unit has in guest memory, all of it one value. */
export interface WrittenUnit {
  readonly address: number
  readonly sizeBytes: number
  readonly value: number
}

/** Who hears of links. */
interface LinkWatcher {
  /** In the middle of one: whoever breaks things may break it there. */
  onLink(): void
  onLinked(unit: number, plan: UnitPlan, written: WrittenUnit): void
}

/** `plans` by number. */
export function simulatedLinker(plans: ReadonlyMap<number, UnitPlan>, watcher: LinkWatcher): ObjectLinker {
  const linked = new WeakMap<Uint8Array, SimModule & { readonly valid: boolean }>()
  return {
    layOut(name, bytes, symbols) {
      const plan = plans.get(numberIn(bytes))
      if (plan === undefined) throw new Error(`${name} is no object of this schedule`)
      if (plan.link === 'bad-object') return failure(plainError('BadObject', `${name}: a bad object`))
      return success(laidOut(plan, symbols, (moduleBytes, module) => linked.set(moduleBytes, module), watcher))
    },
    compile(unit, moduleBytes) {
      const contents = linked.get(moduleBytes)
      if (contents?.valid !== true) return failure(plainError('BadObject', `${unit}: no valid code`))
      return success(moduleOf(contents))
    },
    dispatcher: () => moduleOf({ kind: 'dispatcher' }),
    dispatchersOf: () => [signature],
  }
}

type Link = (moduleBytes: Uint8Array, module: SimModule & { readonly valid: boolean }) => void

function laidOut(plan: UnitPlan, wanted: readonly FlagsEntry[], link: Link, watcher: LinkWatcher): LaidOutObject {
  const defined = wanted.map(([name]) => name).filter((name) => name !== plan.initSymbol)
  const flags = new Map(plan.symbols.map(([name, bits]) => [name, bits]))
  const isFunction = (name: string): boolean => ((flags.get(name) ?? symbolFlag.callable) & symbolFlag.callable) !== 0
  const functions = defined.filter(isFunction)
  const isWeak = (name: string): boolean => plan.weak.includes(name)
  const request = {
    dataSizeBytes: plan.dataBytes,
    dataAlignmentBytes: 16,
    threadLocalSizeBytes: plan.threadLocalBytes,
    threadLocalAlignmentBytes: 16,
    functions: functions.map((name) => [name, signature] as const),
    addressTaken: functions.slice(0, plan.addressTaken).map((_, index) => index),
    plt: plan.calls.map((name) => ({ name, signature, weak: isWeak(name) })),
    externals: plan.pointers.map((name) => ({ kind: 'function', name, weak: isWeak(name), signature }) as const),
    dispatchers: plan.pointers.length > 0 ? [signature] : [],
  }
  const definitions = ({ dataAddress }: Placement): readonly UnitDefinition[] =>
    defined.map((name) =>
      isFunction(name)
        ? { kind: 'function', name, index: functions.indexOf(name) }
        : { kind: 'data', name, address: dataAddress, sizeBytes: plan.dataBytes },
    )
  return {
    request,
    allocate: (placement) => success(definitions(placement)),
    link: (resolution) => {
      watcher.onLink()
      if (plan.link === 'link-error')
        return failure(plainError('BadObject', `unit ${plan.number}: a fixup does not fit`))
      const moduleBytes = new Uint8Array(0)
      const pointers = plan.pointers.map((name) => slotOf(resolution, name))
      const unit = Number(resolution.moduleName.slice(1))
      const counts = { plt: request.plt.length, functions: functions.length, dataBytes: plan.dataBytes }
      const written = { address: resolution.dataAddress, sizeBytes: plan.dataBytes, value: plan.number & 0xff }
      watcher.onLinked(unit, plan, written)
      link(moduleBytes, { kind: 'unit', unit, ...counts, pointers, valid: plan.link !== 'invalid-code' })
      return success(linkedUnit(plan, resolution, moduleBytes, request, definitions(resolution)))
    },
    dependenceGroups: () => [{ symbols: defined, dependencies: [...new Set([...plan.calls, ...plan.pointers])] }],
  }
}

function slotOf({ externals }: Resolution, name: string): number {
  const definition = externals.get(name)
  return definition?.kind === 'function' ? definition.slot : 0
}

function linkedUnit(
  plan: UnitPlan,
  { dataAddress, threadLocalOffsetBytes }: Resolution,
  moduleBytes: Uint8Array<ArrayBuffer>,
  { plt, functions, dispatchers }: Pick<LaidOutObject['request'], 'plt' | 'functions' | 'dispatchers'>,
  definitions: readonly UnitDefinition[],
): LinkedUnit {
  const template = new Uint8Array(plan.threadLocalBytes)
  return {
    moduleBytes,
    functionMap: { firstIndex: 0, names: [], moduleOffsets: new Uint32Array(0), objectOffsets: new Uint32Array(0) },
    writes:
      plan.dataBytes > 0 ? [{ address: dataAddress, bytes: new Uint8Array(plan.dataBytes).fill(plan.number) }] : [],
    zeroRanges: [],
    threadLocal: plan.threadLocalBytes > 0 ? { offsetBytes: threadLocalOffsetBytes, template } : undefined,
    plt,
    functions,
    definitions,
    initializers: plan.initSymbol !== null && functions.length > 0 ? [{ priority: 100, index: 0 }] : [],
    dispatchers,
  }
}
