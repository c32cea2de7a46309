// Values that instructions are tried with: all pairs of those where something changes (signs, carries, widths, roundings, the
// ends of the exponents' range, NaNs and boxes), then random ones. Register values are 64 bits; RV32 loads the lower half.

export type Random = (limit: number) => number

/** What registers hold before the instruction. */
export interface Entry {
  readonly x: readonly [bigint, bigint, bigint]
  readonly f: readonly [bigint, bigint, bigint, bigint]
  readonly fcsr: number
}

type FloatFormat = 'single' | 'double'

const integers: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  31n,
  32n,
  63n,
  -32n,
  0x7fn,
  0x80n,
  0xff7fn,
  0x7fff_ffffn,
  -0x8000_0000n,
  -0x7fff_ffffn,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  -0x8000_0000_0000_0000n,
  0x0123_4567_89ab_cdefn,
  -0x0fed_cba9_8765_4322n,
  0x00ff_0000_ff00_00ffn,
  0x5555_5555_5555_5555n,
]

/** Sign, exponent and fraction of all that is special in a format. */
function specials(exponentBits: number, fractionBits: number): readonly bigint[] {
  const top = (1n << BigInt(exponentBits)) - 1n
  const bias = top >> 1n
  const fraction = (1n << BigInt(fractionBits)) - 1n
  const quiet = 1n << BigInt(fractionBits - 1)
  const of = (sign: bigint, exponent: bigint, bits: bigint): bigint =>
    (((sign << BigInt(exponentBits)) | exponent) << BigInt(fractionBits)) | bits
  return [
    of(0n, 0n, 0n),
    of(1n, 0n, 0n),
    of(0n, 0n, 1n),
    of(1n, 0n, fraction),
    of(0n, 1n, 0n),
    of(1n, 1n, 1n),
    of(0n, bias, 0n),
    of(1n, bias, 1n),
    of(0n, bias - 1n, 0n),
    of(1n, bias, quiet),
    of(0n, bias + 1n, fraction),
    of(0n, bias + 31n, 0n),
    of(1n, bias + 31n, 0n),
    of(0n, bias + 31n, fraction),
    of(1n, bias + 30n, fraction),
    of(0n, bias + 63n, 0n),
    of(1n, bias + 63n, 1n),
    of(0n, bias + BigInt(fractionBits), 1n),
    of(0n, top - 1n, fraction),
    of(1n, top, 0n),
    of(0n, top, 0n),
    of(0n, top, quiet),
    of(1n, top, quiet | 1n),
    of(0n, top, 1n),
  ]
}

const boxed = 0xffff_ffff_0000_0000n

const floats: Readonly<Record<FloatFormat, readonly bigint[]>> = {
  // The last is no boxed single, so it counts as a NaN.
  single: [...specials(8, 23).map((bits) => boxed | bits), 0xffff_fffe_3f80_0000n],
  // The last two become the smallest normal single, and what is just below it.
  double: [...specials(11, 52), 0x380f_ffff_e800_0000n, 0x380f_ffff_ffff_ffffn],
}

const randomEntries = 200

/** All pairs, then random ones. `isUsable` leaves out what cannot be compared. */
export function entriesOf(random: Random, format: FloatFormat, isUsable: (entry: Entry) => boolean): readonly Entry[] {
  const values = floats[format]
  const count = Math.max(integers.length, values.length)
  const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T
  const pairs = Array.from({ length: count * count }, (_, index): Entry => {
    const [first, second] = [Math.floor(index / count), index % count]
    const third = random(count)
    return {
      x: [at(integers, first), at(integers, second), at(integers, third)],
      f: [at(values, first), at(values, second), at(values, third), at(values, first + second)],
      fcsr: (random(5) << 5) | (random(2) === 0 ? 0 : random(32)),
    }
  })
  const others = Array.from({ length: randomEntries }, (): Entry => {
    const [float, integer] = [(): bigint => randomFloat(random, format), (): bigint => randomInteger(random)]
    return {
      x: [integer(), integer(), integer()],
      f: [float(), float(), float(), float()],
      fcsr: random(5) << 5,
    }
  })
  return [...pairs, ...others].filter(isUsable)
}

function randomBits(random: Random): bigint {
  return (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))
}

function randomInteger(random: Random): bigint {
  const bits = randomBits(random) >> BigInt(random(64))
  return random(2) === 0 ? bits : -bits
}

/** Often of about the size of one, so that sums and conversions are of interest. */
function randomFloat(random: Random, format: FloatFormat): bigint {
  const [exponentBits, fractionBits] = format === 'single' ? [8, 23] : [11, 52]
  const bias = (1 << (exponentBits - 1)) - 1
  const exponent = random(3) === 0 ? random(2 * bias + 2) : bias + random(80) - 16
  const kept = BigInt(random(fractionBits + 1))
  const fraction = ((randomBits(random) & ((1n << BigInt(fractionBits)) - 1n)) >> kept) << kept
  const bits = (((BigInt(random(2)) << BigInt(exponentBits)) | BigInt(exponent)) << BigInt(fractionBits)) | fraction
  return format === 'single' ? boxed | bits : bits
}
