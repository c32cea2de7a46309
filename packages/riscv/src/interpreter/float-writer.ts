// What the functions for fast floats are written with: values on the stack, the flags in the hart's state, and the way back to the
// exact unit. A body is a block that returns what it is sure of; whoever leaves the block gets the exact result.
import type { FloatOperation } from '../expression.js'
import { floatOperations } from '../expression.js'
import { CodeWriter } from './code-writer.js'
import type { WasmType } from './code-writer.js'
import { hartState } from './hart-state.js'

/** A function `(hart: i32, mode: i32, ...parameters) -> result`. The mode is of no meaning where nothing is rounded. */
export interface FastFloat {
  readonly operation: FloatOperation
  /** Of the floats, or of the source of a conversion. */
  readonly format: 'f32' | 'f64'
  readonly parameters: readonly WasmType[]
  readonly result: WasmType
}

const [hart, mode] = [0, 1]
const inexact = 1

export class FloatWriter {
  readonly code: CodeWriter
  readonly #function: FastFloat
  readonly #exactUnit: number

  /** `exactUnit` is the function that the module imports. */
  constructor(of: FastFloat, exactUnit: number) {
    this.code = new CodeWriter(2 + of.parameters.length)
    this.#function = of
    this.#exactUnit = exactUnit
  }

  /** `emit` is inside the block. */
  body(emit: () => void): Uint8Array {
    this.code.open('block')
    emit()
    this.code.op('end')
    this.#callExactUnit()
    return this.code.body()
  }

  parameter(index: number): number {
    return 2 + index
  }

  get(...locals: readonly number[]): void {
    for (const local of locals) this.code.op('local.get', local)
  }

  mode(): void {
    this.get(mode)
  }

  number(type: 'f32' | 'f64', value: number): void {
    const view = new DataView(new ArrayBuffer(8))
    if (type === 'f32') view.setFloat32(0, value)
    else view.setFloat64(0, value)
    if (type === 'f32') this.code.constant('i32', view.getInt32(0))
    else this.code.constant('i64', view.getBigInt64(0))
    this.code.op(type === 'f32' ? 'f32.reinterpret_i32' : 'f64.reinterpret_i64')
  }

  /** Leaves the block if the condition on the stack holds; `depth` says in how many ifs this is. */
  exactUnitIf(depth: number = 0): void {
    this.code.op('br_if', depth)
  }

  exactUnitUnless(depth: number = 0): void {
    this.code.op('i32.eqz')
    this.exactUnitIf(depth)
  }

  /** Returns the local if the condition on the stack holds. */
  returnIf(local: number): void {
    this.code.open('if')
    this.return(local)
    this.code.op('end')
  }

  return(local: number): void {
    this.get(local)
    this.code.op('return')
  }

  /** Flags stay set once they are: where inexact is, nobody has to find out whether a result is. */
  isInexactKnown(): void {
    this.get(hart)
    this.code.memory('i32.load', 4, hartState.fcsr)
    this.code.constant('i32', inexact)
    this.code.op('i32.and')
  }

  raiseInexact(): void {
    this.get(hart, hart)
    this.code.memory('i32.load', 4, hartState.fcsr)
    this.code.constant('i32', inexact)
    this.code.op('i32.or')
    this.code.memory('i32.store', 4, hartState.fcsr)
  }

  #callExactUnit(): void {
    const { code } = this
    const { operation, format, parameters, result } = this.#function
    const isWide = /signed$/.test(operation) && (parameters[0] === 'i64' || result === 'i64')
    this.get(hart)
    code.constant('i32', floatOperations.indexOf(operation) | (format === 'f64' ? 0x100 : 0) | (isWide ? 0x200 : 0))
    this.get(mode)
    for (const index of [0, 1, 2]) {
      const type = parameters[index]
      if (type === undefined) code.constant('i64', 0)
      else this.#pushBits(type, this.parameter(index))
    }
    code.op('call', this.#exactUnit)
    if (result === 'f64') return code.op('f64.reinterpret_i64')
    if (result !== 'i64') code.op('i32.wrap_i64')
    if (result === 'f32') code.op('f32.reinterpret_i32')
  }

  #pushBits(type: WasmType, local: number): void {
    const { code } = this
    this.get(local)
    if (type === 'f64') code.op('i64.reinterpret_f64')
    if (type === 'f32') code.op('i32.reinterpret_f32')
    if (type === 'f32' || type === 'i32') code.op('i64.extend_i32_u')
  }
}
