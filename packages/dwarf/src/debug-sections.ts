// What this package is given: the debug sections of one object, relocated by whoever knows its format, and the strings in
// them.

/** Those that lines are read from. */
export const lineSectionNames = ['.debug_line', '.debug_line_str', '.debug_str'] as const
/** Those that signatures are read from. */
export const entrySectionNames = [
  '.debug_info',
  '.debug_abbrev',
  '.debug_line_str',
  '.debug_str',
  '.debug_str_offsets',
] as const

/** The content of each, as if each began at 0; empty where the object has none. May be shared memory. */
export type LineSections = Readonly<Record<(typeof lineSectionNames)[number], Uint8Array>>
export type EntrySections = Readonly<Record<(typeof entrySectionNames)[number], Uint8Array>>

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
