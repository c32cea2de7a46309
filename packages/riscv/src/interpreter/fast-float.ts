// Which float operations have a fast function beside the exact unit, and those that are not arithmetic: comparisons and choices,
// which are plain where there is no NaN, and conversions. The exact unit is asked where a result, or a flag, is in doubt.
import type { FloatOperation } from '../expression.js'
import { emitArithmetic } from './fast-arithmetic.js'
import type { ArithmeticOperation } from './fast-arithmetic.js'
import type { FastFloat } from './float-writer.js'
import { FloatWriter } from './float-writer.js'

type Format = 'f32' | 'f64'
type Integer = 'i32' | 'i64'

const operandCounts: Readonly<Record<ArithmeticOperation, number>> = { add: 2, sub: 2, mul: 2, div: 2, sqrt: 1, fma: 3 }

/** Functions with their bodies, given the index of the exact unit. */
interface FastFunction extends FastFloat {
  readonly body: (exactUnit: number) => Uint8Array
}

export const fastFunctions: readonly FastFunction[] = (['f32', 'f64'] as const).flatMap((format) => [
  ...Object.entries(operandCounts).map(([name, count]) => arithmetic(name as ArithmeticOperation, format, count)),
  ...(['eq', 'lt', 'le'] as const).map((operation) => ordered(operation, format, 'i32')),
  ...(['min', 'max'] as const).map((operation) => ordered(operation, format, format)),
  ...(['i32', 'i64'] as const).flatMap((integer) =>
    (['signed', 'unsigned'] as const).flatMap((sign) => [
      toInteger(format, integer, sign),
      fromInteger(format, integer, sign),
    ]),
  ),
  toOtherFormat(format),
  classify(format),
])

/** What tells functions apart. */
export function fastKey({ operation, format, parameters, result }: FastFloat): string {
  return `${operation} ${format}: ${parameters.join()} ${result}`
}

function fast(of: FastFloat, emit: (writer: FloatWriter) => void): FastFunction {
  return {
    ...of,
    body(exactUnit) {
      const writer = new FloatWriter(of, exactUnit)
      return writer.body(() => emit(writer))
    },
  }
}

function arithmetic(operation: ArithmeticOperation, format: Format, count: number): FastFunction {
  const parameters = Array.from({ length: count }, () => format)
  return fast({ operation, format, parameters, result: format }, (writer) => emitArithmetic(writer, operation, format))
}

/** As WebAssembly has it, if neither is a NaN. */
function ordered(operation: FloatOperation, format: Format, result: Format | 'i32'): FastFunction {
  return fast({ operation, format, parameters: [format, format], result }, (writer) => {
    const { code } = writer
    const [a, b] = [writer.parameter(0), writer.parameter(1)]
    for (const each of [a, b]) {
      writer.get(each, each)
      code.op(`${format}.ne`)
      writer.exactUnitIf()
    }
    writer.get(a, b)
    code.op(`${format}.${operation}`)
    code.op('return')
  })
}

const limits: Readonly<Record<'signed' | 'unsigned', Readonly<Record<Integer, readonly [number, number]>>>> = {
  signed: { i32: [-(2 ** 31), 2 ** 31], i64: [-(2 ** 63), 2 ** 63] },
  unsigned: { i32: [0, 2 ** 32], i64: [0, 2 ** 64] },
}

/** Rounded as a float, in one of the four modes that WebAssembly has instructions for; in range, it is the integer. */
function toInteger(format: Format, integer: Integer, sign: 'signed' | 'unsigned'): FastFunction {
  const of: FastFloat = { operation: `to ${sign}`, format, parameters: [format], result: integer }
  return fast(of, (writer) => {
    const { code } = writer
    writer.get(writer.parameter(0))
    if (format === 'f32') code.op('f64.promote_f32')
    const value = code.keep('f64')
    const whole = emitRounded(writer, value)
    const [least, beyond] = limits[sign][integer]
    writer.get(whole)
    writer.number('f64', least)
    code.op('f64.ge')
    writer.get(whole)
    writer.number('f64', beyond)
    code.op('f64.lt')
    code.op('i32.and')
    writer.exactUnitUnless()
    writer.get(whole, value)
    code.op('f64.ne')
    code.open('if')
    writer.raiseInexact()
    code.op('end')
    writer.get(whole)
    code.op(`${integer}.trunc_f64_${sign === 'signed' ? 's' : 'u'}`)
    code.op('return')
  })
}

const roundings = ['nearest', 'trunc', 'floor', 'ceil'] as const

function emitRounded(writer: FloatWriter, value: number): number {
  const { code } = writer
  const whole = code.local('f64')
  // To nearest with ties away from zero is the mode behind these.
  writer.mode()
  code.constant('i32', roundings.length)
  code.op('i32.ge_u')
  writer.exactUnitIf()
  for (const [mode, name] of roundings.entries()) {
    writer.mode()
    code.constant('i32', mode)
    code.op('i32.eq')
    code.open('if')
    writer.get(value)
    code.op(`f64.${name}`)
    code.op('local.set', whole)
    code.op('end')
  }
  return whole
}

/** Exact where the integer has no more bits than the format; else it is rounded to nearest. */
function fromInteger(format: Format, integer: Integer, sign: 'signed' | 'unsigned'): FastFunction {
  const of: FastFloat = { operation: `from ${sign}`, format, parameters: [integer], result: format }
  const bits = format === 'f32' ? 24n : 53n
  return fast(of, (writer) => {
    const { code } = writer
    const value = writer.parameter(0)
    writer.get(value)
    code.op(`${format}.convert_${integer}_${sign === 'signed' ? 's' : 'u'}`)
    const result = code.keep(format)
    if (integer === 'i32' && format === 'f64') return writer.return(result)
    // From -2^bits to below 2^bits for signed ones; to below 2^bits for others.
    writer.get(value)
    if (sign === 'signed') {
      code.constant(integer, 1n << bits)
      code.op(`${integer}.add`)
    }
    code.constant(integer, sign === 'signed' ? 1n << (bits + 1n) : 1n << bits)
    code.op(`${integer}.lt_u`)
    writer.returnIf(result)
    writer.mode()
    writer.exactUnitIf()
    writer.isInexactKnown()
    writer.returnIf(result)
  })
}

/** Widening is exact. Narrowing is, if widening gives the same again; else a normal result is inexact. */
function toOtherFormat(format: Format): FastFunction {
  const result = format === 'f32' ? 'f64' : 'f32'
  return fast({ operation: 'to other format', format, parameters: [format], result }, (writer) => {
    const { code } = writer
    const value = writer.parameter(0)
    writer.get(value, value)
    code.op(`${format}.ne`)
    writer.exactUnitIf()
    writer.get(value)
    code.op(result === 'f64' ? 'f64.promote_f32' : 'f32.demote_f64')
    const converted = code.keep(result)
    if (result === 'f64') return writer.return(converted)
    writer.get(converted)
    code.op('f64.promote_f32')
    writer.get(value)
    code.op('f64.eq')
    writer.returnIf(converted)
    writer.mode()
    writer.exactUnitIf()
    writer.get(converted)
    code.op('f32.abs')
    const size = code.keep('f32')
    writer.get(size)
    writer.number('f32', 2 ** -126)
    code.op('f32.gt')
    writer.get(size)
    writer.number('f32', Infinity)
    code.op('f32.lt')
    code.op('i32.and')
    writer.exactUnitUnless()
    writer.raiseInexact()
    writer.return(converted)
  })
}

/** The bit of fclass. No flag is ever raised. */
function classify(format: Format): FastFunction {
  const integer = format === 'f32' ? 'i32' : 'i64'
  const [fractionBits, exponents] = format === 'f32' ? [23n, 0xffn] : [52n, 0x7ffn]
  return fast({ operation: 'classify', format, parameters: [format], result: 'i32' }, (writer) => {
    const { code } = writer
    writer.get(writer.parameter(0))
    code.op(`${integer}.reinterpret_${format}`)
    const bits = code.keep(integer)
    const masked = (mask: bigint): number => {
      writer.get(bits)
      code.constant(integer, mask)
      code.op(`${integer}.and`)
      return code.keep(integer)
    }
    const isBelow = (local: number, limit: bigint): void => {
      writer.get(local)
      code.constant(integer, limit)
      code.op(`${integer}.lt_u`)
    }
    const magnitude = masked((1n << (fractionBits + (format === 'f32' ? 8n : 11n))) - 1n)
    const infinite = exponents << fractionBits
    code.constant('i32', 1)
    // NaNs first: what is above infinity in magnitude, quiet with the highest bit of the fraction.
    isBelow(magnitude, infinite + 1n)
    code.open('if', 'i32')
    // 4 to 7 for positive zero, subnormal, normal and infinite ones; negative ones mirror them.
    for (const limit of [1n, 1n << fractionBits, infinite]) {
      isBelow(magnitude, limit)
      code.op('i32.eqz')
    }
    code.op('i32.add')
    code.op('i32.add')
    const size = code.keep('i32')
    code.constant('i32', 3)
    writer.get(size)
    code.op('i32.sub')
    code.constant('i32', 4)
    writer.get(size)
    code.op('i32.add')
    writer.get(bits)
    code.constant(integer, 0)
    code.op(`${integer}.lt_s`)
    code.op('select')
    code.op('else')
    isBelow(magnitude, infinite + (1n << (fractionBits - 1n)))
    code.constant('i32', 9)
    code.op('i32.xor')
    code.op('end')
    code.op('i32.shl')
    code.op('return')
  })
}
