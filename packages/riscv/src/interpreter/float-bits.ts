// Floats taken apart and put together: bits become an exact number, and an exact number is rounded into bits, with the flags
// that this raises.
//
// Source: IEEE 754-2019, chapters 3, 4 and 7; tininess is seen after rounding, as RISC-V wants it.

export const invalid = 16
export const divisionByZero = 8
const overflow = 4
const underflow = 2
export const inexact = 1

export interface Format {
  readonly fractionBits: bigint
  readonly exponentBits: bigint
  readonly nan: bigint
}

export const single: Format = { fractionBits: 23n, exponentBits: 8n, nan: 0x7fc0_0000n }
export const double: Format = { fractionBits: 52n, exponentBits: 11n, nan: 0x7ff8_0000_0000_0000n }

/** `value` is `(-1)^isNegative * whole * 2^exponent`, of a zero 0. */
export type Float =
  | { readonly kind: 'number'; readonly isNegative: boolean; readonly whole: bigint; readonly exponent: bigint }
  | { readonly kind: 'infinity'; readonly isNegative: boolean }
  | { readonly kind: 'nan'; readonly isSignaling: boolean }

/** A result in bits, and the flags it accrues. */
export interface Result {
  readonly bits: bigint
  readonly flags: number
}

// ---- bits

export function unpack({ fractionBits, exponentBits }: Format, bits: bigint): Float {
  const isNegative = ((bits >> (fractionBits + exponentBits)) & 1n) === 1n
  const fraction = BigInt.asUintN(Number(fractionBits), bits)
  const exponent = BigInt.asUintN(Number(exponentBits), bits >> fractionBits)
  const highest = (1n << exponentBits) - 1n
  if (exponent === highest) {
    if (fraction === 0n) return { kind: 'infinity', isNegative }
    return { kind: 'nan', isSignaling: fraction >> (fractionBits - 1n) === 0n }
  }
  const hidden = exponent === 0n ? 0n : 1n << fractionBits
  return {
    kind: 'number',
    isNegative,
    whole: hidden | fraction,
    exponent: (exponent === 0n ? 1n : exponent) - (highest >> 1n) - fractionBits,
  }
}

export function infinity({ fractionBits, exponentBits }: Format, isNegative: boolean): bigint {
  return signed({ fractionBits, exponentBits }, isNegative, ((1n << exponentBits) - 1n) << fractionBits)
}

export function signed(
  { fractionBits, exponentBits }: Pick<Format, 'fractionBits' | 'exponentBits'>,
  isNegative: boolean,
  bits: bigint,
): bigint {
  return isNegative ? bits | (1n << (fractionBits + exponentBits)) : bits
}

/** A NaN that came in makes the canonical one; a signaling one is invalid. */
export function nanResult(format: Format, ...values: readonly Float[]): Result {
  const isInvalid = values.some((value) => value.kind === 'nan' && value.isSignaling)
  return { bits: format.nan, flags: isInvalid ? invalid : 0 }
}

// ---- rounding

export interface Rounding {
  readonly format: Format
  /** rne, rtz, rdn, rup, rmm. */
  readonly mode: number
}

/** `whole / 2^dropped`, rounded; `isExact` says that nothing was lost. A sticky bit is the lowest bit of `whole`. */
export function roundWhole(
  mode: number,
  isNegative: boolean,
  whole: bigint,
  dropped: bigint,
): readonly [bigint, isExact: boolean] {
  if (dropped <= 0n) return [whole << -dropped, true]
  const kept = whole >> dropped
  const rest = whole - (kept << dropped)
  if (rest === 0n) return [kept, true]
  const half = 1n << (dropped - 1n)
  const up = [rest > half || (rest === half && (kept & 1n) === 1n), false, isNegative, !isNegative, rest >= half][mode]
  return [up === true ? kept + 1n : kept, false]
}

/** The number in the format: too large is infinity or the largest, too small loses bits. */
export function round({ format, mode }: Rounding, isNegative: boolean, whole: bigint, exponent: bigint): Result {
  const { fractionBits, exponentBits } = format
  if (whole === 0n) return { bits: signed(format, isNegative, 0n), flags: 0 }
  const bias = (1n << (exponentBits - 1n)) - 1n
  const lowest = 1n - bias - fractionBits
  const length = BigInt(whole.toString(2).length)
  const place = exponent + length - 1n - fractionBits
  const target = place < lowest ? lowest : place
  const [kept, isExact] = roundWhole(mode, isNegative, whole, target - exponent)
  // Rounding may have carried into the next power of two, or made a subnormal number normal: the sum below says both.
  const isSubnormal = kept < 1n << fractionBits
  const bits = isSubnormal ? kept : ((target - lowest + 1n) << fractionBits) + (kept - (1n << fractionBits))
  if (bits >> fractionBits >= (1n << exponentBits) - 1n) {
    const isLargest = mode === 1 || (mode === 2 && !isNegative) || (mode === 3 && isNegative)
    const top = infinity(format, false)
    return { bits: signed(format, isNegative, isLargest ? top - 1n : top), flags: overflow | inexact }
  }
  const flags = isExact ? 0 : inexact | (isTiny({ format, mode }, isNegative, whole, exponent, length) ? underflow : 0)
  return { bits: signed(format, isNegative, bits), flags }
}

/** Below the smallest normal number even if exponents had no lower end: tininess is seen after rounding. */
function isTiny(
  { format, mode }: Rounding,
  isNegative: boolean,
  whole: bigint,
  exponent: bigint,
  length: bigint,
): boolean {
  const { fractionBits, exponentBits } = format
  const smallest = 2n - (1n << (exponentBits - 1n))
  const dropped = length - 1n - fractionBits
  const [kept] = roundWhole(mode, isNegative, whole, dropped)
  const carried = kept >> (fractionBits + 1n) === 1n ? 1n : 0n
  return exponent + length - 1n + carried < smallest
}
