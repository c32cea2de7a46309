// A product and a sum with one rounding, which WebAssembly does not have: from sums and products and their exact errors. What is
// left over in the end is rounded to odd, so that one more rounding does no harm.
//
// Source: S. Boldo and G. Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd (2008).
import { errorOfProduct, errorOfSum, isModerate, isOrdinary, isZero } from './float-errors.js'
import type { FloatWriter } from './float-writer.js'

/** The product is exact as a double; rounded to odd, the sum of it can be rounded once more without harm. */
export function emitFusedSingle(writer: FloatWriter): void {
  const { code } = writer
  const [a, b, c] = [0, 1, 2].map((index) => {
    writer.get(writer.parameter(index))
    code.op('f64.promote_f32')
    return code.keep('f64')
  }) as [number, number, number]
  writer.get(a, b)
  code.op('f64.mul')
  const product = code.keep('f64')
  const [sum, error] = oddSum(writer, product, c)
  writer.get(sum)
  code.op('f32.demote_f64')
  const result = code.keep('f32')
  isOrdinary(writer, 'f32', result)
  writer.exactUnitUnless()
  writer.isInexactKnown()
  writer.returnIf(result)
  isZero(writer, 'f64', error)
  writer.get(result)
  code.op('f64.promote_f32')
  writer.get(sum)
  code.op('f64.eq')
  code.op('i32.and')
  writer.returnIf(result)
  writer.raiseInexact()
  writer.return(result)
}

/** Of operands of a size at which nothing on the way overflows or underflows. */
export function emitFusedDouble(writer: FloatWriter): void {
  const { code } = writer
  const [a, b, c] = [writer.parameter(0), writer.parameter(1), writer.parameter(2)]
  for (const each of [a, b, c]) {
    isModerate(writer, each)
    writer.exactUnitUnless()
  }
  writer.get(a, b)
  code.op('f64.mul')
  const product = code.keep('f64')
  const productError = errorOfProduct(writer, a, b, product)
  const low = sumOf(writer, c, productError)
  const lowError = errorOfSum(writer, 'f64', c, productError, low)
  const high = sumOf(writer, product, low)
  const highError = errorOfSum(writer, 'f64', product, low, high)
  const [rest, restError] = oddSum(writer, lowError, highError)
  const result = sumOf(writer, high, rest)
  isZero(writer, 'f64', result)
  writer.exactUnitIf()
  writer.isInexactKnown()
  writer.returnIf(result)
  const error = errorOfSum(writer, 'f64', high, rest, result)
  isZero(writer, 'f64', error)
  isZero(writer, 'f64', restError)
  code.op('i32.and')
  writer.returnIf(result)
  writer.raiseInexact()
  writer.return(result)
}

/** The sum, rounded to odd, and the error of rounding it to nearest. */
function oddSum(writer: FloatWriter, a: number, b: number): readonly [sum: number, error: number] {
  const { code } = writer
  const sum = sumOf(writer, a, b)
  const error = errorOfSum(writer, 'f64', a, b, sum)
  const bits = (local: number): void => {
    writer.get(local)
    code.op('i64.reinterpret_f64')
  }
  isZero(writer, 'f64', error)
  code.op('i32.eqz')
  bits(sum)
  code.op('i32.wrap_i64')
  code.constant('i32', -1)
  code.op('i32.xor')
  code.op('i32.and')
  code.constant('i32', 1)
  code.op('i32.and')
  code.open('if')
  // One up in magnitude if the error has the sign of the sum, else one down.
  bits(sum)
  code.constant('i64', 1)
  code.constant('i64', -1)
  bits(sum)
  bits(error)
  code.op('i64.xor')
  code.constant('i64', 0)
  code.op('i64.ge_s')
  code.op('select')
  code.op('i64.add')
  code.op('f64.reinterpret_i64')
  code.op('local.set', sum)
  code.op('end')
  return [sum, error]
}

function sumOf(writer: FloatWriter, a: number, b: number): number {
  writer.get(a, b)
  writer.code.op('f64.add')
  return writer.code.keep('f64')
}
