// `li`: the shortest of the plain ways to a constant. 32 bits are lui and addi; more are made of their upper part, a shift
// and an addi, as often as it takes.
import type { Xlen } from '../instruction.js'

/** Instructions that put the value into the register. */
export function loadImmediate(register: string, value: bigint, xlen: Xlen): readonly string[] {
  const wanted = BigInt.asIntN(xlen, value)
  const low = BigInt.asIntN(12, wanted)
  if (wanted === BigInt.asIntN(32, wanted)) {
    // The sum may go beyond 32 bits, and addiw brings it back.
    const upper = BigInt.asUintN(20, (wanted - low) >> 12n)
    if (upper === 0n) return [`addi ${register}, zero, ${low}`]
    const load = `lui ${register}, ${upper}`
    return low === 0n ? [load] : [load, `${xlen === 64 ? 'addiw' : 'addi'} ${register}, ${register}, ${low}`]
  }
  let rest = (wanted - low) >> 12n
  let shift = 12
  for (; (rest & 1n) === 0n; rest >>= 1n) shift++
  return [
    ...loadImmediate(register, rest, xlen),
    `slli ${register}, ${register}, ${shift}`,
    ...(low === 0n ? [] : [`addi ${register}, ${register}, ${low}`]),
  ]
}
