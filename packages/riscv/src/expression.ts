// What an instruction does, as data. The instruction table says it once in this form; interpreters and translators are
// generated from it, so there is no second place where `mulhsu` could be wrong.
//
// An instruction is a list of effects that take place together: every expression sees the state before the instruction,
// and what may trap is evaluated before anything is written. So `jalr ra, ra` needs no rule of its own, and a trap leaves
// the hart exactly as it was. Every operation is total: division has the results the manual gives for zero and overflow,
// shifts take their count modulo the width.
//
// Type `x` is an integer of XLEN bits. It becomes i32 or i64 when something is generated for one XLEN, and conversions
// between equal types become nothing.

type IntegerType = 'x' | 'i32' | 'i64'
export type FloatType = 'f32' | 'f64'
export type ValueType = IntegerType | FloatType

type UnaryOperation = 'clz' | 'ctz' | 'popcnt' | 'extend8_s' | 'extend16_s'

/** As WebAssembly names them, but total; `mulh` is the upper half of a product, with the signs of its two sides. */
export type BinaryOperation =
  | 'add'
  | 'sub'
  | 'mul'
  | 'mulh_ss'
  | 'mulh_su'
  | 'mulh_uu'
  | 'div_s'
  | 'div_u'
  | 'rem_s'
  | 'rem_u'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr_s'
  | 'shr_u'
  | 'rotl'
  | 'rotr'

export type Comparison = 'eq' | 'ne' | 'lt_s' | 'lt_u' | 'ge_s' | 'ge_u'

export type AtomicOperation = 'swap' | 'add' | 'and' | 'or' | 'xor' | 'min_s' | 'max_s' | 'min_u' | 'max_u'

/**
 * IEEE 754 operations with RISC-V's results: canonical NaNs, saturating conversions, and the accrued flags of each.
 * `classify` gives the bit of fclass. Whoever performs them is told an operation by its place here.
 */
export const floatOperations = [
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'fma',
  'min',
  'max',
  'eq',
  'lt',
  'le',
  'classify',
  'to signed',
  'to unsigned',
  'from signed',
  'from unsigned',
  'to other format',
] as const

export type FloatOperation = (typeof floatOperations)[number]

/** Access width in bits. */
export type Width = 8 | 16 | 32 | 64

type Node =
  | { readonly kind: 'constant'; readonly value: bigint }
  /** The value of an immediate operand, sign-extended where its field is signed. */
  | { readonly kind: 'immediate'; readonly operand: string }
  | { readonly kind: 'register'; readonly operand: string }
  /** The float in a register; as f32 it is the canonical NaN unless the register holds a boxed single. */
  | { readonly kind: 'float register'; readonly operand: string }
  /** All 64 bits of a float register, boxed or not. */
  | { readonly kind: 'float bits'; readonly operand: string }
  | { readonly kind: 'pc' }
  /** The address of the instruction behind this one: pc + 4, or pc + 2 where a compressed one was expanded. */
  | { readonly kind: 'next pc' }
  | { readonly kind: 'unary'; readonly operation: UnaryOperation; readonly value: Value }
  | { readonly kind: 'binary'; readonly operation: BinaryOperation; readonly left: Value; readonly right: Value }
  | { readonly kind: 'compare'; readonly operation: Comparison; readonly left: Value; readonly right: Value }
  /** Both sides are evaluated. */
  | { readonly kind: 'select'; readonly condition: Value; readonly then: Value; readonly otherwise: Value }
  /** Between integer types: the low bits, or an extension. */
  | { readonly kind: 'convert'; readonly value: Value; readonly signed: boolean }
  /** The same bits as a float or as an integer. */
  | { readonly kind: 'reinterpret'; readonly value: Value }
  | { readonly kind: 'load'; readonly width: Width; readonly signed: boolean; readonly address: Value }
  /** Reads and reserves an aligned word. */
  | { readonly kind: 'load reserved'; readonly width: Width; readonly address: Value }
  /** 0 if the reservation held and the value was stored, else 1. */
  | { readonly kind: 'store conditional'; readonly width: Width; readonly address: Value; readonly value: Value }
  /** What an aligned word held before the operation was applied to it. */
  | {
      readonly kind: 'atomic'
      readonly operation: AtomicOperation
      readonly width: Width
      readonly address: Value
      readonly value: Value
    }
  /**
   * What a CSR held before. `reads` and `writes` name the operand that must not be zero for the access to happen at
   * all; always, where undefined.
   */
  | {
      readonly kind: 'csr'
      readonly operation: 'write' | 'set' | 'clear'
      readonly value: Value
      readonly reads: string | undefined
      readonly writes: string | undefined
    }
  /** `rounds` where the operand `rm` (dynamic: the CSR frm) says how; else the result is exact or truncated by definition. */
  | {
      readonly kind: 'float'
      readonly operation: FloatOperation
      readonly format: FloatType
      readonly values: readonly Value[]
      readonly rounds: boolean
    }

export type Value<T extends ValueType = ValueType> = Node & { readonly type: T }

export type TrapCause = 'illegal instruction' | 'breakpoint' | 'environment call'

export type Effect =
  | { readonly kind: 'set'; readonly operand: string; readonly value: Value<'x'> }
  /** An f32 is boxed: the upper half of the register becomes ones. */
  | { readonly kind: 'set float'; readonly operand: string; readonly value: Value<FloatType> }
  | { readonly kind: 'store'; readonly width: Width; readonly address: Value<'x'>; readonly value: Value<IntegerType> }
  | { readonly kind: 'jump'; readonly target: Value<'x'> }
  | { readonly kind: 'branch'; readonly condition: Value<'i32'>; readonly target: Value<'x'> }
  | { readonly kind: 'trap'; readonly cause: TrapCause }
  /** Orders memory accesses: of this hart, or of its instruction fetches after its stores. */
  | { readonly kind: 'fence'; readonly orders: 'memory' | 'instructions' }

// ---- leaves

export function constant<T extends IntegerType>(type: T, value: bigint | number): Value<T> {
  return { kind: 'constant', type, value: BigInt(value) }
}

export function register(operand: string): Value<'x'> {
  return { kind: 'register', type: 'x', operand }
}

export function immediate(operand: string): Value<'x'> {
  return { kind: 'immediate', type: 'x', operand }
}

export function floatRegister<T extends FloatType>(type: T, operand: string): Value<T> {
  return { kind: 'float register', type, operand }
}

export function floatBits(operand: string): Value<'i64'> {
  return { kind: 'float bits', type: 'i64', operand }
}

export const pc: Value<'x'> = { kind: 'pc', type: 'x' }
export const nextPc: Value<'x'> = { kind: 'next pc', type: 'x' }

// ---- operations

export function unary<T extends IntegerType>(operation: UnaryOperation, value: Value<T>): Value<T> {
  return { kind: 'unary', type: value.type, operation, value }
}

export function binary<T extends IntegerType>(operation: BinaryOperation, left: Value<T>, right: Value<T>): Value<T> {
  return { kind: 'binary', type: left.type, operation, left, right }
}

export function compare<T extends IntegerType>(operation: Comparison, left: Value<T>, right: Value<T>): Value<'i32'> {
  return { kind: 'compare', type: 'i32', operation, left, right }
}

export function select<T extends ValueType>(condition: Value<'i32'>, then: Value<T>, otherwise: Value<T>): Value<T> {
  return { kind: 'select', type: then.type, condition, then, otherwise }
}

export function signed<T extends IntegerType>(type: T, value: Value<IntegerType>): Value<T> {
  return { kind: 'convert', type, value, signed: true }
}

export function unsigned<T extends IntegerType>(type: T, value: Value<IntegerType>): Value<T> {
  return { kind: 'convert', type, value, signed: false }
}

export function reinterpret<T extends ValueType>(type: T, value: Value): Value<T> {
  return { kind: 'reinterpret', type, value }
}

export function add<T extends IntegerType>(left: Value<T>, right: Value<T>): Value<T> {
  return binary('add', left, right)
}

export function load<T extends IntegerType>(type: T, width: Width, isSigned: boolean, address: Value<'x'>): Value<T> {
  return { kind: 'load', type, width, signed: isSigned, address }
}

export function loadReserved<T extends 'i32' | 'i64'>(type: T, address: Value<'x'>): Value<T> {
  return { kind: 'load reserved', type, width: type === 'i32' ? 32 : 64, address }
}

export function storeConditional(address: Value<'x'>, value: Value<'i32' | 'i64'>): Value<'i32'> {
  return { kind: 'store conditional', type: 'i32', width: value.type === 'i32' ? 32 : 64, address, value }
}

export function atomic<T extends 'i32' | 'i64'>(
  operation: AtomicOperation,
  address: Value<'x'>,
  value: Value<T>,
): Value<T> {
  return { kind: 'atomic', type: value.type, operation, width: value.type === 'i32' ? 32 : 64, address, value }
}

export function csr(
  operation: 'write' | 'set' | 'clear',
  value: Value<'x'>,
  { reads, writes }: { readonly reads?: string; readonly writes?: string },
): Value<'x'> {
  return { kind: 'csr', type: 'x', operation, value, reads, writes }
}

/** `format` is that of the operation's floats, or of its source where it converts. */
export function float<T extends ValueType>(
  type: T,
  operation: FloatOperation,
  format: FloatType,
  values: readonly Value[],
  rounds: boolean,
): Value<T> {
  return { kind: 'float', type, operation, format, values, rounds }
}

// ---- effects

export function set(value: Value<'x'>, operand = 'rd'): Effect {
  return { kind: 'set', operand, value }
}

export function setFloat(value: Value<FloatType>, operand = 'fd'): Effect {
  return { kind: 'set float', operand, value }
}

export function store(width: Width, address: Value<'x'>, value: Value<IntegerType>): Effect {
  return { kind: 'store', width, address, value }
}

export function jump(target: Value<'x'>): Effect {
  return { kind: 'jump', target }
}

export function branch(condition: Value<'i32'>, target: Value<'x'>): Effect {
  return { kind: 'branch', condition, target }
}
