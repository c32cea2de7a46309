// The upper 64 bits of a product of two 64-bit numbers, which WebAssembly cannot say: from four products of halves,
// unsigned, and then less the other factor for each one that was negative.
import { CodeWriter } from './code-writer.js'

/** `(left: i64, right: i64, signs: i32) -> i64`; bit 0 of `signs` says that left is signed, bit 1 that right is. */
export function multiplyHighBody(): Uint8Array {
  const code = new CodeWriter(3)
  const [left, right, signs] = [0, 1, 2]
  const low = (local: number): void => {
    code.op('local.get', local)
    code.constant('i64', 0xffff_ffffn)
    code.op('i64.and')
  }
  const high = (local: number): void => {
    code.op('local.get', local)
    code.constant('i64', 32)
    code.op('i64.shr_u')
  }
  const product = (a: () => void, b: () => void): void => {
    a()
    b()
    code.op('i64.mul')
  }

  // middle = high(left) * low(right) + the carry out of the low product: below 2^64.
  product(
    () => low(left),
    () => low(right),
  )
  code.constant('i64', 32)
  code.op('i64.shr_u')
  product(
    () => high(left),
    () => low(right),
  )
  code.op('i64.add')
  const middle = code.keep('i64')
  product(
    () => low(left),
    () => high(right),
  )
  low(middle)
  code.op('i64.add')
  const other = code.keep('i64')

  product(
    () => high(left),
    () => high(right),
  )
  high(middle)
  code.op('i64.add')
  high(other)
  code.op('i64.add')
  for (const [factor, cofactor, bit] of [
    [left, right, 1],
    [right, left, 2],
  ] as const) {
    code.op('local.get', cofactor)
    code.constant('i64', 0)
    code.op('local.get', factor)
    code.constant('i64', 0)
    code.op('i64.lt_s')
    code.op('local.get', signs)
    code.constant('i32', bit)
    code.op('i32.and')
    code.constant('i32', 0)
    code.op('i32.ne')
    code.op('i32.and')
    code.op('select')
    code.op('i64.sub')
  }
  return code.body()
}
