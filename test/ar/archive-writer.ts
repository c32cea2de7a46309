// Builds archives of each variant, right or wrong on purpose.

/** Text becomes one byte a character. */
type Part = string | ArrayLike<number>

export function bytesOf(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? Array.from(part, (character) => character.charCodeAt(0)) : Array.from(part),
    ),
  )
}

/** A 60-byte header and the content, padded to an even size. */
export function member(name: string, content: Part, size: string | number = content.length): Uint8Array {
  const columns = [
    name.padEnd(16),
    '0'.padEnd(12),
    '0'.padEnd(6),
    '0'.padEnd(6),
    '644'.padEnd(8),
    String(size).padEnd(10),
    '`\n',
  ]
  return bytesOf(columns.join(''), content, content.length % 2 === 0 ? '' : '\n')
}

/** A member whose name precedes its content, as BSD and Darwin write long ones. */
export function bsdMember(name: string, content: Part, paddedBytes: number = name.length): Uint8Array {
  return member(`#1/${paddedBytes}`, bytesOf(name.padEnd(paddedBytes, '\0'), content))
}

export function archive(...members: readonly Uint8Array[]): Uint8Array {
  return bytesOf('!<arch>\n', ...members)
}

export function word(value: number, order: 'big' | 'little', sizeBytes: 4 | 8 = 4): readonly number[] {
  const bytes = Array.from({ length: sizeBytes }, (_, i) => Math.floor(value / 256 ** i) % 256)
  return order === 'big' ? bytes.reverse() : bytes
}

export type Entry = readonly [symbol: string, memberOffset: number]

/** Content of "/" or "/SYM64/". */
export function gnuIndex(entries: readonly Entry[], sizeBytes: 4 | 8 = 4): Uint8Array {
  const offsets = entries.flatMap(([, offset]) => word(offset, 'big', sizeBytes))
  return bytesOf(word(entries.length, 'big', sizeBytes), offsets, entries.map(([symbol]) => `${symbol}\0`).join(''))
}

/** Content of "__.SYMDEF" or "__.SYMDEF_64". */
export function bsdIndex(entries: readonly Entry[], sizeBytes: 4 | 8 = 4): Uint8Array {
  let names = ''
  const pairs: number[] = []
  for (const [symbol, offset] of entries) {
    pairs.push(...word(names.length, 'little', sizeBytes), ...word(offset, 'little', sizeBytes))
    names += `${symbol}\0`
  }
  return bytesOf(word(pairs.length, 'little', sizeBytes), pairs, word(names.length, 'little', sizeBytes), names)
}

export const magicBytes = 8
export const headerBytes = 60
