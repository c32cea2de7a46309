// Immediates of RISC-V instructions, and words of data: each function replaces one field of what lies at `bytes[at]` and leaves
// the bits around it. Values are taken modulo the width of the field; whoever calls has checked that they fit.
//
// Source: RISC-V unprivileged ISA, "Immediate Encoding Variants"; "C" extension, "Compressed Instruction Formats".

export function read16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}

/** Signed, as bit operations have it. */
export function read32(bytes: Uint8Array, at: number): number {
  return read16(bytes, at) | (read16(bytes, at + 2) << 16)
}

export function write8(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
}

export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}

export function write32(bytes: Uint8Array, at: number, value: number): void {
  write16(bytes, at, value)
  write16(bytes, at + 2, value >>> 16)
}

/** Of a safe integer; a negative one in two's complement. */
export function write64(bytes: Uint8Array, at: number, value: number): void {
  write32(bytes, at, value)
  write32(bytes, at + 4, Math.floor(value / 2 ** 32))
}

/** Adds a safe integer to the word that is there. */
export function add64(bytes: Uint8Array, at: number, value: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8)
  view.setBigUint64(0, BigInt.asUintN(64, view.getBigUint64(0, true) + BigInt(value)), true)
}

/** `lui`, `auipc`: the upper 20 bits, so that the sign-extended lower 12 added to them give the value. */
export function writeUpper20(bytes: Uint8Array, at: number, value: number): void {
  write32(bytes, at, (read32(bytes, at) & 0xfff) | ((value + 0x800) & 0xffff_f000))
}

/** The lower 12 bits, where `addi`, loads and `jalr` have them. */
export function writeLower12(bytes: Uint8Array, at: number, value: number): void {
  write32(bytes, at, (read32(bytes, at) & 0xf_ffff) | (value << 20))
}

/** The lower 12 bits, where stores have them. */
export function writeLower12OfStore(bytes: Uint8Array, at: number, value: number): void {
  const field = (bits(value, 5, 7) << 25) | (bits(value, 0, 5) << 7)
  write32(bytes, at, (read32(bytes, at) & 0x01ff_f07f) | field)
}

/** `auipc` and the `jalr` behind it. */
export function writeCall(bytes: Uint8Array, at: number, value: number): void {
  writeUpper20(bytes, at, value)
  writeLower12(bytes, at + 4, value)
}

export function writeBranch(bytes: Uint8Array, at: number, value: number): void {
  const high = (bits(value, 12, 1) << 31) | (bits(value, 5, 6) << 25)
  const low = (bits(value, 1, 4) << 8) | (bits(value, 11, 1) << 7)
  write32(bytes, at, (read32(bytes, at) & 0x01ff_f07f) | high | low)
}

export function writeJal(bytes: Uint8Array, at: number, value: number): void {
  const high = (bits(value, 20, 1) << 31) | (bits(value, 1, 10) << 21)
  const low = (bits(value, 11, 1) << 20) | (bits(value, 12, 8) << 12)
  write32(bytes, at, (read32(bytes, at) & 0xfff) | high | low)
}

/** `c.beqz`, `c.bnez`. */
export function writeCompressedBranch(bytes: Uint8Array, at: number, value: number): void {
  const high = (bits(value, 8, 1) << 12) | (bits(value, 3, 2) << 10)
  const low = (bits(value, 6, 2) << 5) | (bits(value, 1, 2) << 3) | (bits(value, 5, 1) << 2)
  write16(bytes, at, (read16(bytes, at) & 0xe383) | high | low)
}

/** `c.j`, `c.jal`. */
export function writeCompressedJump(bytes: Uint8Array, at: number, value: number): void {
  const high = (bits(value, 11, 1) << 12) | (bits(value, 4, 1) << 11) | (bits(value, 8, 2) << 9)
  const middle = (bits(value, 10, 1) << 8) | (bits(value, 6, 1) << 7) | (bits(value, 7, 1) << 6)
  const low = (bits(value, 1, 3) << 3) | (bits(value, 5, 1) << 2)
  write16(bytes, at, (read16(bytes, at) & 0xe003) | high | middle | low)
}

const compressedLoadImmediate = 0x4001

/** `c.lui`, which cannot load 0: `c.li` does. */
export function writeCompressedUpper(bytes: Uint8Array, at: number, value: number): void {
  const upper = (value + 0x800) >> 12
  const register = read16(bytes, at) & 0x0f80
  if (upper === 0) write16(bytes, at, compressedLoadImmediate | register)
  else write16(bytes, at, (read16(bytes, at) & 0xef83) | (bits(upper, 5, 1) << 12) | (bits(upper, 0, 5) << 2))
}

function bits(value: number, low: number, count: number): number {
  return (value >>> low) & (2 ** count - 1)
}
