// What floats are off by, and of which size they are: the pieces that fast arithmetic is made of. Conditions are pushed.
//
// Source: T. J. Dekker, A floating-point technique for extending the available precision (1971).
import type { FloatWriter } from './float-writer.js'

export type FloatFormat = 'f32' | 'f64'

const smallestNormal: Readonly<Record<FloatFormat, number>> = { f32: 2 ** -126, f64: 2 ** -1022 }

/** What the sum is too small by, exactly: (a - (sum - b')) + (b - b') with b' = sum - a. */
export function errorOfSum(writer: FloatWriter, type: FloatFormat, a: number, b: number, sum: number): number {
  const { code } = writer
  writer.get(sum, a)
  code.op(`${type}.sub`)
  const part = code.keep(type)
  writer.get(a, sum, part)
  code.op(`${type}.sub`)
  code.op(`${type}.sub`)
  writer.get(b, part)
  code.op(`${type}.sub`)
  code.op(`${type}.add`)
  return code.keep(type)
}

/** What the product is too small by, exactly, from factors that are split in halves of 26 bits. */
export function errorOfProduct(writer: FloatWriter, a: number, b: number, product: number): number {
  const { code } = writer
  const [aHigh, aLow] = split(writer, a)
  const [bHigh, bLow] = split(writer, b)
  const times = (left: number, right: number): void => {
    writer.get(left, right)
    code.op('f64.mul')
  }
  times(aHigh, bHigh)
  writer.get(product)
  code.op('f64.sub')
  times(aHigh, bLow)
  code.op('f64.add')
  times(aLow, bHigh)
  code.op('f64.add')
  times(aLow, bLow)
  code.op('f64.add')
  return code.keep('f64')
}

function split(writer: FloatWriter, value: number): readonly [high: number, low: number] {
  const { code } = writer
  writer.get(value)
  writer.number('f64', 2 ** 27 + 1)
  code.op('f64.mul')
  const scaled = code.keep('f64')
  writer.get(scaled, scaled, value)
  code.op('f64.sub')
  code.op('f64.sub')
  const high = code.keep('f64')
  writer.get(value, high)
  code.op('f64.sub')
  return [high, code.keep('f64')]
}

const moderateExponent = 400

// ---- conditions

export function isZero(writer: FloatWriter, type: FloatFormat, local: number): void {
  writer.get(local)
  writer.number(type, 0)
  writer.code.op(`${type}.eq`)
}

/** In magnitude; a NaN is not. */
export function isBelow(writer: FloatWriter, type: FloatFormat, local: number, limit: number): void {
  writer.get(local)
  writer.code.op(`${type}.abs`)
  writer.number(type, limit)
  writer.code.op(`${type}.lt`)
}

export function isNormal(writer: FloatWriter, type: FloatFormat, local: number): void {
  writer.get(local)
  writer.code.op(`${type}.abs`)
  writer.number(type, smallestNormal[type])
  writer.code.op(`${type}.ge`)
}

/** Finite, and above the smallest normal in magnitude. */
export function isOrdinary(writer: FloatWriter, type: FloatFormat, local: number): void {
  const { code } = writer
  isBelow(writer, type, local, Infinity)
  writer.get(local)
  code.op(`${type}.abs`)
  writer.number(type, smallestNormal[type])
  code.op(`${type}.gt`)
  code.op('i32.and')
}

/** Zero, or between 2^-400 and 2^400 in magnitude. */
export function isModerate(writer: FloatWriter, local: number): void {
  const { code } = writer
  writer.get(local)
  code.op('i64.reinterpret_f64')
  code.constant('i64', 52)
  code.op('i64.shr_u')
  code.constant('i64', 0x7ff)
  code.op('i64.and')
  code.constant('i64', 1023 - moderateExponent)
  code.op('i64.sub')
  code.constant('i64', 2 * moderateExponent)
  code.op('i64.lt_u')
  isZero(writer, 'f64', local)
  code.op('i32.or')
}

/** Returns a result of zero where one of the operands is: it is exact. */
export function returnZero(writer: FloatWriter, type: FloatFormat, result: number, operands: readonly number[]): void {
  const { code } = writer
  isZero(writer, type, result)
  code.open('if')
  for (const operand of operands) {
    isZero(writer, type, operand)
    writer.returnIf(result)
  }
  code.op('end')
}

/**
 * Whether the product of two floats that are not zero, which is normal when it is rounded, needs no more bits than there
 * are. Of doubles, which must be normal (otherwise the block is left), by the zeroes at the end of each: 53 bits times 53 bits
 * are 105 bits, or 106 where the exponent is one more than the sum.
 */
export function isExactProduct(
  writer: FloatWriter,
  type: FloatFormat,
  [a, b]: readonly [number, number],
  product: number,
): void {
  const { code } = writer
  if (type === 'f32') {
    for (const each of [a, b]) {
      writer.get(each)
      code.op('f64.promote_f32')
    }
    code.op('f64.mul')
    writer.get(product)
    code.op('f64.promote_f32')
    return code.op('f64.eq')
  }
  for (const each of [a, b]) {
    isNormal(writer, 'f64', each)
    writer.exactUnitUnless()
  }
  const zeroes = (local: number): void => {
    writer.get(local)
    code.op('i64.reinterpret_f64')
    code.constant('i64', 1n << 52n)
    code.op('i64.or')
    code.op('i64.ctz')
  }
  const exponent = (local: number): void => {
    writer.get(local)
    code.op('i64.reinterpret_f64')
    code.constant('i64', 52)
    code.op('i64.shr_u')
    code.constant('i64', 0x7ff)
    code.op('i64.and')
  }
  zeroes(a)
  zeroes(b)
  code.op('i64.add')
  const count = code.keep('i64')
  writer.get(count)
  code.constant('i64', 52)
  code.op('i64.gt_u')
  writer.get(count)
  code.constant('i64', 52)
  code.op('i64.eq')
  exponent(a)
  exponent(b)
  code.op('i64.add')
  exponent(product)
  code.op('i64.sub')
  code.constant('i64', 1023)
  code.op('i64.eq')
  code.op('i32.and')
  code.op('i32.or')
}
