// Numbers in seven bits a byte, lowest first, all bytes but the last with their highest bit set.
//
// Source: DWARF 5, section 7.6

/** At least `leastBytes` of them: bytes that only say that it goes on change nothing. */
export function ulebBytes(value: bigint, leastBytes = 1): readonly number[] {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  } while (rest > 0n || bytes.length < leastBytes)
  return ended(bytes)
}

export function slebBytes(value: bigint): readonly number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    if (rest >= -64n && rest < 64n) return ended(bytes)
  }
}

function ended(bytes: readonly number[]): readonly number[] {
  return [...bytes.slice(0, -1), (bytes.at(-1) ?? 0) & 0x7f]
}

/** Little endian. */
export function bytesAsNumber(bytes: readonly number[]): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n)
}
