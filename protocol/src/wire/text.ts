// UTF-8 to strings, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF. Most strings are short names of ASCII
// letters that come again and again, so the short ones are looked for among those read last before they are made anew.

/** The string; or, where the bytes are not valid UTF-8, the offset of the first that is not. */
export function readText(bytes: Uint8Array, begin: number, end: number): string | number {
  if (end - begin <= longestKept) return keptText(bytes, begin, end)
  return longText(bytes, begin, end)
}

const longestKept = 32
const placesKept = 1024
const kept: string[] = Array.from({ length: placesKept }, () => '')

function keptText(bytes: Uint8Array, begin: number, end: number): string | number {
  let hash = end - begin
  for (let at = begin; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte >= 0x80) return longText(bytes, begin, end)
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  const place = hash & (placesKept - 1)
  const found = kept[place] ?? ''
  if (isText(found, bytes, begin, end)) return found
  const text = asciiText(bytes, begin, end)
  kept[place] = text
  return text
}

function isText(text: string, bytes: Uint8Array, begin: number, end: number): boolean {
  if (text.length !== end - begin) return false
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[begin + index]) return false
  return true
}

function asciiText(bytes: Uint8Array, begin: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(begin, end))
}

/** Code units that one call of fromCharCode is given. */
const pieceUnits = 4096

function longText(bytes: Uint8Array, begin: number, end: number): string | number {
  let text = ''
  let units: number[] = []
  for (let at = begin; at < end;) {
    const length = sequenceLength(bytes, at, end)
    if (length === 0) return at
    const point = codePoint(bytes, at, length)
    if (point < 0) return at
    if (point > 0xffff) units.push(0xd800 + ((point - 0x1_0000) >> 10), 0xdc00 + (point & 0x3ff))
    else units.push(point)
    at += length
    if (units.length < pieceUnits) continue
    text += String.fromCharCode(...units)
    units = []
  }
  return text + String.fromCharCode(...units)
}

/** How many bytes the sequence has that begins here, all of them there and of the right form; 0 where not. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const head = bytes[at] ?? 0
  const length = head < 0x80 ? 1 : head < 0xc2 ? 0 : head < 0xe0 ? 2 : head < 0xf0 ? 3 : head < 0xf5 ? 4 : 0
  if (at + length > end) return 0
  for (let next = 1; next < length; next++) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

/** -1 where the sequence is longer than its code point needs, or is no character. */
function codePoint(bytes: Uint8Array, at: number, length: number): number {
  const head = bytes[at] ?? 0
  if (length === 1) return head
  let point = head & (0x7f >> length)
  for (let next = 1; next < length; next++) point = (point << 6) | ((bytes[at + next] ?? 0) & 0x3f)
  if (length === 2) return point
  if (length === 3) return point < 0x800 || (point >= 0xd800 && point <= 0xdfff) ? -1 : point
  return point < 0x1_0000 || point > 0x10_ffff ? -1 : point
}
