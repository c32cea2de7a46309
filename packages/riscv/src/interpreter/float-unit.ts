// IEEE 754 arithmetic to the last bit and flag, as the interpreter's import `worc.float` performs it. Numbers are exact
// here — a sign, a whole number and a power of two, of any size — until they are rounded, once, at the end. It is slow,
// and there is nothing in it to get wrong twice.
//
// Sources: IEEE 754-2019; RISC-V Unprivileged ISA, chapters 20 and 21 (canonical NaNs, saturation).
import { floatOperations } from '../expression.js'
import type { FloatOperation } from '../expression.js'
import type { Float, Format, Result, Rounding } from './float-bits.js'
import {
  divisionByZero,
  double,
  inexact,
  infinity,
  invalid,
  nanResult,
  round,
  roundWhole,
  signed,
  single,
  unpack,
} from './float-bits.js'
import { hartState } from './hart-state.js'

/** The import, for harts in this memory. */
export type FloatUnit = (hart: number, operation: number, mode: number, a: bigint, b: bigint, c: bigint) => bigint

export function createFloatUnit(memory: SharedArrayBuffer): FloatUnit {
  const words = new Int32Array(memory)
  return (hart, operation, mode, a, b, c) => {
    const name = floatOperations[operation & 0xff]
    if (name === undefined) throw new Error(`float operation ${operation & 0xff} is not known`)
    const format = (operation & 0x100) === 0 ? single : double
    const integerBits = (operation & 0x200) === 0 ? 32 : 64
    const { bits, flags } = calculate(name, format, integerBits, mode, [a, b, c])
    const status = (hart + hartState.fcsr) / 4
    words[status] = (words[status] ?? 0) | flags
    return BigInt.asIntN(64, bits)
  }
}

function calculate(
  operation: FloatOperation,
  format: Format,
  integerBits: 32 | 64,
  mode: number,
  bits: readonly [bigint, bigint, bigint],
): Result {
  const [a, b, c] = [unpack(format, bits[0]), unpack(format, bits[1]), unpack(format, bits[2])]
  const rounding = { format, mode }
  switch (operation) {
    case 'add':
      return add(rounding, a, b)
    case 'sub':
      return add(rounding, a, negated(b))
    case 'mul':
      return fuse(rounding, a, b, undefined)
    case 'fma':
      return fuse(rounding, a, b, c)
    case 'div':
      return divide(rounding, a, b)
    case 'sqrt':
      return squareRoot(rounding, a)
    case 'min':
    case 'max':
      return choose(format, operation, a, b, bits)
    case 'eq':
    case 'lt':
    case 'le':
      return compareFloats(operation, a, b)
    case 'classify':
      return { bits: 1n << BigInt(classOf(format, a)), flags: 0 }
    case 'to signed':
    case 'to unsigned':
      return toInteger(mode, a, integerBits, operation === 'to signed')
    case 'from signed':
    case 'from unsigned': {
      const value =
        operation === 'from signed' ? BigInt.asIntN(integerBits, bits[0]) : BigInt.asUintN(integerBits, bits[0])
      return round(rounding, value < 0n, magnitude(value), 0n)
    }
    case 'to other format': {
      const other = format === single ? double : single
      if (a.kind === 'nan') return nanResult(other, a)
      if (a.kind === 'infinity') return { bits: infinity(other, a.isNegative), flags: 0 }
      return round({ format: other, mode }, a.isNegative, a.whole, a.exponent)
    }
  }
}

// ---- arithmetic

function negated(value: Float): Float {
  return value.kind === 'nan' ? value : { ...value, isNegative: !value.isNegative }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

function add(rounding: Rounding, a: Float, b: Float): Result {
  const { format, mode } = rounding
  if (a.kind === 'nan' || b.kind === 'nan') return nanResult(format, a, b)
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    if (a.kind === b.kind && a.isNegative !== b.isNegative) return { bits: format.nan, flags: invalid }
    return { bits: infinity(format, a.kind === 'infinity' ? a.isNegative : b.isNegative), flags: 0 }
  }
  const exponent = a.exponent < b.exponent ? a.exponent : b.exponent
  const [left, right] = [a, b].map((each) => (each.isNegative ? -each.whole : each.whole) << (each.exponent - exponent))
  const sum = (left ?? 0n) + (right ?? 0n)
  // The sign of an exact zero: that of both, or minus when rounding down.
  const isNegative = sum === 0n ? (a.isNegative === b.isNegative ? a.isNegative : mode === 2) : sum < 0n
  return round(rounding, isNegative, magnitude(sum), exponent)
}

/** The product, or the product and a sum with one rounding. */
function fuse(rounding: Rounding, a: Float, b: Float, addend: Float | undefined): Result {
  const { format } = rounding
  const isZero = (value: Float): boolean => value.kind === 'number' && value.whole === 0n
  const isUndefined = (a.kind === 'infinity' && isZero(b)) || (isZero(a) && b.kind === 'infinity')
  // Infinity times zero is invalid even where a quiet NaN is added.
  if (isUndefined) return { bits: format.nan, flags: invalid }
  if (a.kind === 'nan' || b.kind === 'nan' || addend?.kind === 'nan')
    return nanResult(format, a, b, ...(addend === undefined ? [] : [addend]))
  const isNegative = a.isNegative !== b.isNegative
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    const product = { kind: 'infinity', isNegative } as const
    return addend === undefined ? { bits: infinity(format, isNegative), flags: 0 } : add(rounding, product, addend)
  }
  const [whole, exponent] = [a.whole * b.whole, a.exponent + b.exponent]
  if (addend === undefined) return round(rounding, isNegative, whole, exponent)
  return add(rounding, { kind: 'number', isNegative, whole, exponent }, addend)
}

/** More bits than any format keeps; what is left over becomes a sticky bit. */
const quotientBits = 128n

function divide(rounding: Rounding, a: Float, b: Float): Result {
  const { format } = rounding
  if (a.kind === 'nan' || b.kind === 'nan') return nanResult(format, a, b)
  const isNegative = a.isNegative !== b.isNegative
  if (a.kind === 'infinity')
    return b.kind === 'infinity'
      ? { bits: format.nan, flags: invalid }
      : { bits: infinity(format, isNegative), flags: 0 }
  if (b.kind === 'infinity') return { bits: signed(format, isNegative, 0n), flags: 0 }
  if (b.whole === 0n)
    return a.whole === 0n
      ? { bits: format.nan, flags: invalid }
      : { bits: infinity(format, isNegative), flags: divisionByZero }
  const numerator = a.whole << quotientBits
  const quotient = numerator / b.whole
  const sticky = quotient * b.whole === numerator ? 0n : 1n
  return round(rounding, isNegative, (quotient << 1n) | sticky, a.exponent - b.exponent - quotientBits - 1n)
}

function squareRoot(rounding: Rounding, a: Float): Result {
  const { format } = rounding
  if (a.kind === 'nan') return nanResult(format, a)
  const isZero = a.kind === 'number' && a.whole === 0n
  if (isZero) return { bits: signed(format, a.isNegative, 0n), flags: 0 }
  if (a.isNegative) return { bits: format.nan, flags: invalid }
  if (a.kind === 'infinity') return { bits: infinity(format, false), flags: 0 }
  const shift = quotientBits + (a.exponent & 1n)
  const square = a.whole << shift
  const root = wholeRoot(square)
  const sticky = root * root === square ? 0n : 1n
  return round(rounding, false, (root << 1n) | sticky, (a.exponent - shift) / 2n - 1n)
}

/** The largest whole number whose square is not above, by Newton's method from above. */
function wholeRoot(square: bigint): bigint {
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (root + square / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

// ---- comparison and conversion

function compareFloats(operation: 'eq' | 'lt' | 'le', a: Float, b: Float): Result {
  if (a.kind === 'nan' || b.kind === 'nan') {
    const isQuiet = operation === 'eq' && !(a.kind === 'nan' && a.isSignaling) && !(b.kind === 'nan' && b.isSignaling)
    return { bits: 0n, flags: isQuiet ? 0 : invalid }
  }
  const order = compareOrdered(a, b)
  const holds = operation === 'eq' ? order === 0n : operation === 'lt' ? order < 0n : order <= 0n
  return { bits: holds ? 1n : 0n, flags: 0 }
}

type Ordered = Exclude<Float, { readonly kind: 'nan' }>

/** Below, at or above zero as a is below, at or above b. */
function compareOrdered(a: Ordered, b: Ordered): bigint {
  const rank = (value: Ordered): bigint => (value.kind === 'infinity' ? (value.isNegative ? -1n : 1n) : 0n)
  if (a.kind === 'infinity' || b.kind === 'infinity') return rank(a) - rank(b)
  const exponent = a.exponent < b.exponent ? a.exponent : b.exponent
  const [left = 0n, right = 0n] = [a, b].map(
    (each) => (each.isNegative ? -each.whole : each.whole) << (each.exponent - exponent),
  )
  return left - right
}

/** The number where the other is a NaN; -0 is below +0. */
function choose(
  format: Format,
  operation: 'min' | 'max',
  a: Float,
  b: Float,
  [aBits, bBits]: readonly [bigint, bigint, bigint],
): Result {
  const { flags } = nanResult(format, a, b)
  if (a.kind === 'nan') return { bits: b.kind === 'nan' ? format.nan : bBits, flags }
  if (b.kind === 'nan') return { bits: aBits, flags }
  const order = compareOrdered(a, b)
  const isFirstBelow = order < 0n || (order === 0n && a.isNegative)
  return { bits: isFirstBelow === (operation === 'min') ? aBits : bBits, flags }
}

/** The bit of fclass. */
function classOf({ fractionBits }: Format, value: Float): number {
  if (value.kind === 'nan') return value.isSignaling ? 8 : 9
  if (value.kind === 'infinity') return value.isNegative ? 0 : 7
  const isNormal = value.whole >> fractionBits === 1n
  const size = value.whole === 0n ? 0 : isNormal ? 2 : 1
  return value.isNegative ? 3 - size : 4 + size
}

/** What does not fit becomes the nearest that does; a NaN the largest. The result is sign-extended from 32 bits. */
function toInteger(mode: number, value: Float, bits: 32 | 64, isSigned: boolean): Result {
  const size = BigInt(bits)
  const [lowest, highest] = isSigned ? [-(1n << (size - 1n)), (1n << (size - 1n)) - 1n] : [0n, (1n << size) - 1n]
  const extended = (number: bigint): bigint => BigInt.asIntN(bits, number)
  if (value.kind === 'nan') return { bits: extended(highest), flags: invalid }
  if (value.kind === 'infinity') return { bits: extended(value.isNegative ? lowest : highest), flags: invalid }
  const [whole, isExact] = roundWhole(mode, value.isNegative, value.whole, -value.exponent)
  const number = value.isNegative ? -whole : whole
  if (number < lowest) return { bits: extended(lowest), flags: invalid }
  if (number > highest) return { bits: extended(highest), flags: invalid }
  return { bits: extended(number), flags: isExact ? 0 : inexact }
}
