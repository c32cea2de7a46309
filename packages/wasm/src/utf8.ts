// Names to bytes and back. Nearly every symbol name is ASCII, so that case is a plain loop; the rest goes through the
// language's own strict UTF-8 (decodeURIComponent refuses overlong forms, surrogates and stray bytes). Bytes are read
// one by one, never handed to a decoder, because they may live in shared memory.

/** Characters per String.fromCharCode call: its arguments lie on the stack. */
const chunkLength = 1024

/** The text of `bytes[start..end)`, or undefined where that is not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= chunkLength) return decodeChunk(bytes, start, end) ?? decodeNonAscii(bytes, start, end)
  const chunks: string[] = []
  for (let from = start; from < end; from += chunkLength) {
    const chunk = decodeChunk(bytes, from, Math.min(from + chunkLength, end))
    if (chunk === undefined) return decodeNonAscii(bytes, start, end)
    chunks.push(chunk)
  }
  return chunks.join('')
}

/** The UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD, as in TextEncoder. */
export function encodeUtf8(text: string): Uint8Array {
  if (isAscii(text)) return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
  const bytes: number[] = []
  for (const character of text) appendCodePoint(bytes, character.codePointAt(0) ?? 0)
  return Uint8Array.from(bytes)
}

/** True where each UTF-16 unit is one byte. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

function decodeChunk(bytes: Uint8Array, start: number, end: number): string | undefined {
  const codes = new Array<number>(end - start)
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte > 0x7f) return undefined
    codes[i - start] = byte
  }
  return String.fromCharCode.apply(undefined, codes)
}

function decodeNonAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  const escapes: string[] = []
  for (let i = start; i < end; i++) escapes.push(escapeOf[bytes[i] ?? 0] ?? '')
  try {
    return decodeURIComponent(escapes.join(''))
  } catch {
    return undefined
  }
}

const escapeOf: readonly string[] = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).padStart(2, '0')}`)

function appendCodePoint(bytes: number[], codePoint: number): void {
  const scalar = codePoint >= 0xd800 && codePoint <= 0xdfff ? 0xfffd : codePoint
  if (scalar < 0x80) bytes.push(scalar)
  else if (scalar < 0x800) bytes.push(0xc0 | (scalar >> 6), 0x80 | (scalar & 0x3f))
  else if (scalar < 0x1_0000) bytes.push(0xe0 | (scalar >> 12), 0x80 | ((scalar >> 6) & 0x3f), 0x80 | (scalar & 0x3f))
  else
    bytes.push(
      0xf0 | (scalar >> 18),
      0x80 | ((scalar >> 12) & 0x3f),
      0x80 | ((scalar >> 6) & 0x3f),
      0x80 | (scalar & 0x3f),
    )
}
