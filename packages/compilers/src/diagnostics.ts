// Reading clang's diagnostics, which are otherwise passed on untouched.
import type { CompileError } from '@worc/protocol'

/** The error of a compile that clang refused. The message is one line: the file and the first error. */
export function compileFailed(fileName: string, diagnostics: string): CompileError {
  const lines = diagnostics.split('\n')
  const first =
    lines.find((line) => /\b(fatal )?error: /.test(line)) ?? lines.find((line) => line !== '') ?? 'clang said nothing'
  return { code: 'CompileFailed', message: `"${fileName}" did not compile: ${first}`, diagnostics }
}

/** The header that clang looked for in vain, if that is why it stopped. */
export function missingHeader(diagnostics: string): string | undefined {
  return /: fatal error: '([^'\n]+)' file not found\n/.exec(diagnostics)?.[1]
}
