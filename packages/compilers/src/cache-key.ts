// The name of a compile's result: a digest of everything that can change it. Each field is preceded by its length, so that no
// two different lists of fields feed the digest the same bytes.
import type { CompileRequest } from './compiler.js'

/** A hash being computed; Node's `createHash` is one behind a one-line adapter. */
export interface Digest {
  update(data: string | Uint8Array): void
  hex(): string
}

export interface KeyedFile {
  readonly path: string
  readonly contents: Uint8Array
}

export interface KeyedCompile {
  /** Which compiler: its version, and the file where it could be replaced. */
  readonly compiler: string
  /** The command line that the compiler would be called with if the user gave no flags. */
  readonly defaults: readonly string[]
  readonly request: Pick<CompileRequest, 'language' | 'fileName' | 'directory' | 'flags'>
  readonly source: Uint8Array
  /** All that an include could find, in search order. */
  readonly headers: readonly KeyedFile[]
}

/** To be counted up when the cached form changes. */
const keyVersion = 'worc object 1'

export function compileKey({ compiler, defaults, request, source, headers }: KeyedCompile, digest: Digest): string {
  const field = (data: string | Uint8Array): void => {
    digest.update(`${data.length}:`)
    digest.update(data)
  }
  const list = (words: readonly string[]): void => {
    field(String(words.length))
    for (const word of words) field(word)
  }
  for (const text of [keyVersion, compiler, request.language, request.fileName, request.directory]) field(text)
  list(defaults)
  list(request.flags)
  field(source)
  for (const header of headers) {
    field(header.path)
    field(header.contents)
  }
  return digest.hex()
}
