// Writes the body of one WebAssembly function: instructions by their names, and locals that are taken for a while and
// given back.
import { ByteWriter, instructionCode } from '@worc/wasm'

export type WasmType = 'i32' | 'i64' | 'f32' | 'f64'

const typeCodes: Readonly<Record<WasmType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c }

/** A block without parameters and results. */
const noResult = 0x40

export class CodeWriter {
  readonly #code = new ByteWriter(1 << 14)
  readonly #locals: WasmType[] = []
  readonly #free: Record<WasmType, number[]> = { i32: [], i64: [], f32: [], f64: [] }
  readonly #parameterCount: number
  #taken: (readonly [WasmType, number])[] = []

  constructor(parameterCount: number) {
    this.#parameterCount = parameterCount
  }

  op(name: string, ...immediates: readonly number[]): void {
    this.#code.opcode(instructionCode(name))
    for (const immediate of immediates) this.#code.u32(immediate)
  }

  /** A load or store with its natural alignment. */
  memory(name: string, widthBytes: number, offset: number, isAtomic: boolean = false): void {
    this.op(name, isAtomic ? Math.log2(widthBytes) : 0, offset)
  }

  constant(type: 'i32' | 'i64', value: bigint | number): void {
    this.#code.opcode(instructionCode(`${type}.const`))
    if (type === 'i32') this.#code.s32(Number(BigInt.asIntN(32, BigInt(value))))
    else this.#code.s64(BigInt.asIntN(64, BigInt(value)))
  }

  /** `block`, `loop` or `if`; with a result, where one is named. */
  open(name: 'block' | 'loop' | 'if', result?: WasmType): void {
    this.#code.opcode(instructionCode(name))
    this.#code.u8(result === undefined ? noResult : typeCodes[result])
  }

  /** Jumps to the label that many blocks out that the index says; the last is for all other indexes. */
  branchTable(labels: readonly number[]): void {
    this.op('br_table')
    this.#code.u32(labels.length - 1)
    for (const label of labels) this.#code.u32(label)
  }

  /** A local, until `release`. */
  local(type: WasmType): number {
    const free = this.#free[type].pop()
    const local = free ?? this.#parameterCount + this.#locals.push(type) - 1
    this.#taken.push([type, local])
    return local
  }

  /** Takes the value on the stack into a local. */
  keep(type: WasmType): number {
    const local = this.local(type)
    this.op('local.set', local)
    return local
  }

  /** Gives back all locals taken since `held` were. */
  release(held: number = 0): void {
    for (const [type, local] of this.#taken.splice(held)) this.#free[type].push(local)
  }

  get held(): number {
    return this.#taken.length
  }

  /** The function's body, with its final `end`. */
  body(): Uint8Array {
    const body = new ByteWriter(this.#code.length + 64)
    body.u32(this.#locals.length)
    for (const type of this.#locals) {
      body.u32(1)
      body.u8(typeCodes[type])
    }
    body.bytes(this.#code.written)
    body.opcode(instructionCode('end'))
    return body.written.slice()
  }
}
