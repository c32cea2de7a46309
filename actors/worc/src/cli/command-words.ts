// The words of a command: files, options with a value (`-o FILE`, `--target=NAME`), and options without.
import { JITError, plainError } from '@worc/protocol'

interface CommandWords {
  readonly files: readonly string[]
  readonly values: ReadonlyMap<string, string>
}

/** Throws JITError BadArgument for an option that is none of these. */
export function parseWords(
  words: readonly string[],
  valued: readonly string[],
  plain: readonly string[] = [],
): CommandWords {
  const files: string[] = []
  const values = new Map<string, string>()
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? ''
    const [, option = word, glued] = /^(--[\w-]+)=([^]*)$/.exec(word) ?? []
    if (plain.includes(word)) values.set(word, '')
    else if (valued.includes(option)) {
      const value = glued ?? words[(i += 1)]
      if (value === undefined) throw usage(`${option} needs a value`)
      values.set(option, value)
    } else if (word.startsWith('-')) throw usage(`unknown option ${word}`)
    else files.push(word)
  }
  return { files, values }
}

export function usage(message: string): JITError {
  return new JITError(plainError('BadArgument', message))
}
