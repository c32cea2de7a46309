// The form of one cached result on disk:
//
//   bytes 0..3    "WORC"
//   bytes 4..7    length of the diagnostics, u32 little-endian
//   bytes 8..11   length of the object, u32 little-endian
//   bytes 12..43  SHA-256 of the key followed by all that comes after this field
//   diagnostics (UTF-8), then the object
//
// The checksum covers the key, so an entry under a wrong name is as bad as a damaged one, and neither is an error: it is absent.

export interface CacheEntry {
  readonly diagnostics: Uint8Array
  readonly object: Uint8Array
}

/** SHA-256 of the key's ASCII text followed by the bytes: 32 bytes. */
export type Checksum = (key: string, bytes: Uint8Array) => Uint8Array

const magic = 0x43524f57
const bodyAt = 44
const checksumAt = 12

export function encodeCacheEntry(key: string, entry: CacheEntry, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(bodyAt + entry.diagnostics.length + entry.object.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, entry.diagnostics.length, true)
  view.setUint32(8, entry.object.length, true)
  bytes.set(entry.diagnostics, bodyAt)
  bytes.set(entry.object, bodyAt + entry.diagnostics.length)
  bytes.set(checksum(key, bytes.subarray(bodyAt)), checksumAt)
  return bytes
}

/** Undefined for anything that is not the whole, undamaged entry of this key. The entry's bytes are copies. */
export function decodeCacheEntry(key: string, bytes: Uint8Array, checksum: Checksum): CacheEntry | undefined {
  if (bytes.length < bodyAt) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const diagnosticsLength = view.getUint32(4, true)
  const objectLength = view.getUint32(8, true)
  if (view.getUint32(0, true) !== magic) return undefined
  if (bytes.length !== bodyAt + diagnosticsLength + objectLength) return undefined

  const expected = checksum(key, bytes.subarray(bodyAt))
  if (expected.some((byte, index) => byte !== bytes[checksumAt + index])) return undefined
  const objectAt = bodyAt + diagnosticsLength
  return {
    diagnostics: new Uint8Array(bytes.subarray(bodyAt, objectAt)),
    object: new Uint8Array(bytes.subarray(objectAt)),
  }
}
