// MessagePack by hand, for tests: values in whichever format one likes, also in those that nobody should send.

export type Packed = readonly number[]

export const nil: Packed = [0xc0]

/** In the shortest format. */
export function array(...elements: readonly Packed[]): Packed {
  const { length } = elements
  const head = length < 16 ? [0x90 | length] : length < 0x1_0000 ? [0xdc, ...big(length, 2)] : [0xdd, ...big(length, 4)]
  return [...head, ...elements.flat()]
}

/** 0 to 2^32 - 1, in the shortest format. */
export function uint(value: number): Packed {
  if (value < 0x80) return [value]
  if (value < 0x100) return [0xcc, value]
  return value < 0x1_0000 ? [0xcd, ...big(value, 2)] : [0xce, ...big(value, 4)]
}

export function float(value: number): Packed {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return [0xcb, ...new Uint8Array(view.buffer)]
}

export function text(value: string): Packed {
  return raw([...Buffer.from(value)])
}

/** A string of these bytes, valid or not. */
export function raw(bytes: Packed): Packed {
  return bytes.length < 32 ? [0xa0 | bytes.length, ...bytes] : [0xdb, ...big(bytes.length, 4), ...bytes]
}

export function bin(bytes: Packed): Packed {
  return [0xc6, ...big(bytes.length, 4), ...bytes]
}

/** Big end first. */
export function big(value: number, bytes: number): Packed {
  return Array.from({ length: bytes }, (_, place) => Math.floor(value / 256 ** (bytes - 1 - place)) % 256)
}
