// What this package is given: the debug sections of one object, relocated by whoever knows its format, and the strings in
// them.

export const debugSectionNames = [
  '.debug_info',
  '.debug_abbrev',
  '.debug_line',
  '.debug_line_str',
  '.debug_str',
  '.debug_str_offsets',
] as const
export type DebugSectionName = (typeof debugSectionNames)[number]

/** The content of each, as if each began at 0; empty where the object has none. May be shared memory. */
export type DebugSections = Readonly<Record<DebugSectionName, Uint8Array>>

/** Where a string begins. It is not decoded before somebody asks: one long name may be shared by many entries. */
export interface StringPlace {
  readonly bytes: Uint8Array
  readonly offset: number
}

/** Longest name worth reading, of a file or of a function. */
const maximumNameBytes = 4096

/** Up to its NUL, or cut where it is too long. */
export function textAt({ bytes, offset }: StringPlace): string {
  const limited = bytes.subarray(offset, offset + maximumNameBytes)
  const end = limited.indexOf(0)
  return decodeText(end < 0 ? limited : limited.subarray(0, end))
}

/** UTF-8; what is not is shown as a question mark. Byte by byte, since no decoder takes shared memory. */
function decodeText(bytes: Uint8Array): string {
  let text = ''
  let isAscii = true
  for (const byte of bytes) {
    text += String.fromCharCode(byte)
    isAscii &&= byte < 0x80
  }
  if (isAscii) return text
  try {
    return decodeURIComponent(text.replace(/[^]/g, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`))
  } catch {
    return '?'
  }
}
