// The whole rule of which bytes may be accessed, for those accesses that are not aligned: every page that they touch has to
// permit it. What lies beyond the limit is never permitted, and an access does not go around the end of addresses.
import { pageBytes } from '@worc/executor-memory'
import type { PageTablePlace } from '@worc/executor-memory'
import { CodeWriter } from './code-writer.js'

/** `(address: i64, widthBytes: i64, bit: i32) -> i32`: the bit of `pageBits`, or 0. The width is that of one instruction. */
export function permittedBody({ address: table, limitBytes }: PageTablePlace): Uint8Array {
  const code = new CodeWriter(3)
  const [address, widthBytes, bit] = [0, 1, 2]
  code.op('local.get', address)
  code.op('local.get', widthBytes)
  code.op('i64.add')
  code.constant('i64', 1)
  code.op('i64.sub')
  const last = code.keep('i64')
  // An address below the limit has no end that wraps around.
  for (const each of [address, last]) {
    code.op('local.get', each)
    code.constant('i64', limitBytes)
    code.op('i64.ge_u')
    code.open('if')
    code.constant('i32', 0)
    code.op('return')
    code.op('end')
  }
  for (const each of [address, last]) {
    code.op('local.get', each)
    code.constant('i64', Math.log2(pageBytes))
    code.op('i64.shr_u')
    code.op('i32.wrap_i64')
    code.constant('i32', 2)
    code.op('i32.shl')
    code.memory('i32.load', 4, table)
  }
  code.op('i32.and')
  code.op('local.get', bit)
  code.op('i32.and')
  return code.body()
}
