// Float arithmetic by WebAssembly's own instructions, where they give RISC-V's result and the flags are known: rounding to
// nearest even, no NaN, and a result that is no border case. Then the only flag that may be raised is inexact. If it is set
// already there is nothing to find out; else the error of the operation is calculated. All else is for the exact unit.
//
// A result of the smallest normal magnitude is a border case, since what was rounded up to it underflows.
import { emitFusedDouble, emitFusedSingle } from './fast-fused.js'
import type { FloatFormat } from './float-errors.js'
import { errorOfSum, isBelow, isExactProduct, isNormal, isOrdinary, isZero, returnZero } from './float-errors.js'
import type { FloatWriter } from './float-writer.js'

export type ArithmeticOperation = 'add' | 'sub' | 'mul' | 'div' | 'sqrt' | 'fma'

/** Below it nothing overflows on the way to the error of a sum. */
const large: Readonly<Record<FloatFormat, number>> = { f32: 2 ** 120, f64: 2 ** 1000 }

/** Inside of the writer's block. */
export function emitArithmetic(writer: FloatWriter, operation: ArithmeticOperation, type: FloatFormat): void {
  writer.mode()
  writer.exactUnitIf()
  switch (operation) {
    case 'add':
    case 'sub':
      return emitSum(writer, operation, type)
    case 'mul':
      return emitProduct(writer, type)
    case 'div':
      return emitQuotient(writer, type)
    case 'sqrt':
      return emitRoot(writer, type)
    case 'fma':
      return type === 'f64' ? emitFusedDouble(writer) : emitFusedSingle(writer)
  }
}

/** A finite sum is zero, subnormal or normal with the same right: what is so small is exact. */
function emitSum(writer: FloatWriter, operation: 'add' | 'sub', type: FloatFormat): void {
  const { code } = writer
  const a = writer.parameter(0)
  writer.get(writer.parameter(1))
  if (operation === 'sub') code.op(`${type}.neg`)
  const b = code.keep(type)
  writer.get(a, b)
  code.op(`${type}.add`)
  const sum = code.keep(type)
  isBelow(writer, type, sum, Infinity)
  writer.exactUnitUnless()
  writer.isInexactKnown()
  writer.returnIf(sum)
  const error = errorOfSum(writer, type, a, b, sum)
  isZero(writer, type, error)
  writer.returnIf(sum)
  isBelow(writer, type, sum, large[type])
  writer.exactUnitUnless()
  writer.raiseInexact()
  writer.return(sum)
}

function emitProduct(writer: FloatWriter, type: FloatFormat): void {
  const { code } = writer
  const [a, b] = [writer.parameter(0), writer.parameter(1)]
  writer.get(a, b)
  code.op(`${type}.mul`)
  const product = code.keep(type)
  returnZero(writer, type, product, [a, b])
  isOrdinary(writer, type, product)
  writer.exactUnitUnless()
  writer.isInexactKnown()
  writer.returnIf(product)
  isExactProduct(writer, type, [a, b], product)
  writer.returnIf(product)
  writer.raiseInexact()
  writer.return(product)
}

function emitQuotient(writer: FloatWriter, type: FloatFormat): void {
  const { code } = writer
  const [a, b] = [writer.parameter(0), writer.parameter(1)]
  writer.get(a, b)
  code.op(`${type}.div`)
  const quotient = code.keep(type)
  returnZero(writer, type, quotient, [a])
  isOrdinary(writer, type, quotient)
  writer.exactUnitUnless()
  finish(writer, type, quotient, [quotient, b], a)
}

function emitRoot(writer: FloatWriter, type: FloatFormat): void {
  const { code } = writer
  const a = writer.parameter(0)
  writer.get(a)
  code.op(`${type}.sqrt`)
  const root = code.keep(type)
  returnZero(writer, type, root, [a])
  isOrdinary(writer, type, root)
  writer.exactUnitUnless()
  finish(writer, type, root, [root, root], a)
}

/** Exact, if the product of the two factors is exactly the operand. */
function finish(
  writer: FloatWriter,
  type: FloatFormat,
  result: number,
  factors: readonly [number, number],
  operand: number,
): void {
  const { code } = writer
  writer.isInexactKnown()
  writer.returnIf(result)
  isNormal(writer, type, operand)
  writer.exactUnitUnless()
  isExactProduct(writer, type, factors, operand)
  writer.get(...factors)
  code.op(`${type}.mul`)
  writer.get(operand)
  code.op(`${type}.eq`)
  code.op('i32.and')
  writer.returnIf(result)
  writer.raiseInexact()
  writer.return(result)
}
