// The target's headers and libraries, as they lie in one tar file of the clang package. Single files are read in place: the
// archive's 512-byte headers are walked once (2,500 of them, some 20 ms), then a file is one read at a known offset.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { libraryDirectory, libraryFileName } from '@worc/compilers'
import { failure, plainError, success, type Expected } from '@worc/protocol'

const blockSize = 512
const regularFile = 0x30

interface Span {
  readonly offsetBytes: number
  readonly sizeBytes: number
}

export interface Library {
  readonly path: string
  readonly bytes: Uint8Array<SharedArrayBuffer>
}

/** The files of the packaged sysroot, by path relative to it ("lib/wasm32-wasip1/libc.a"). Opened at the first use. */
export class Sysroot {
  readonly #tarPath: string
  #opened: { readonly file: number; readonly spans: ReadonlyMap<string, Span> } | undefined

  constructor(tarPath: string) {
    this.#tarPath = tarPath
  }

  /** Over shared memory, so that any thread may look without a copy. Undefined: there is no such file. */
  bytes(path: string): Uint8Array<SharedArrayBuffer> | undefined {
    const span = this.#index().spans.get(path)
    return span === undefined ? undefined : this.#read(span, new Uint8Array(new SharedArrayBuffer(span.sizeBytes)))
  }

  text(path: string): string | undefined {
    const span = this.#index().spans.get(path)
    return span === undefined ? undefined : this.#read(span, Buffer.allocUnsafe(span.sizeBytes)).toString()
  }

  paths(): Iterable<string> {
    return this.#index().spans.keys()
  }

  close(): void {
    if (this.#opened !== undefined) closeSync(this.#opened.file)
    this.#opened = undefined
  }

  #read<Bytes extends Uint8Array>({ offsetBytes, sizeBytes }: Span, into: Bytes): Bytes {
    const count = readSync(this.#index().file, into, 0, sizeBytes, offsetBytes)
    if (count !== sizeBytes)
      throw new Error(`${this.#tarPath} is truncated: ${count} of ${sizeBytes} bytes at ${offsetBytes}`)
    return into
  }

  #index(): { readonly file: number; readonly spans: ReadonlyMap<string, Span> } {
    if (this.#opened === undefined) {
      const file = openSync(this.#tarPath, 'r')
      this.#opened = { file, spans: tarSpans(file) }
    }
    return this.#opened
  }
}

/** The sysroot of the installed clang package. Nothing is read before its first use. */
export function openSysroot(): Expected<Sysroot> {
  const directory = packageDirectory()
  return directory.ok ? success(new Sysroot(join(directory.value, 'gen', 'llvm-resources.tar'))) : directory
}

/** Finds what `-l name` asks for: in the directories in their order, then in the sysroot. */
export function libraryNamed(
  name: string,
  directories: readonly string[],
  sysroot: Sysroot | undefined,
): Library | undefined {
  const fileName = libraryFileName(name)
  for (const directory of directories) {
    const path = join(directory, fileName)
    try {
      const contents = readFileSync(path)
      const bytes = new Uint8Array(new SharedArrayBuffer(contents.length))
      bytes.set(contents)
      return { path, bytes }
    } catch {
      continue
    }
  }
  const path = `${libraryDirectory}/${fileName}`
  const bytes = sysroot?.bytes(path)
  return bytes === undefined ? undefined : { path, bytes }
}

let version: Expected<string> | undefined

export function packagedVersion(): Expected<string> {
  version ??= readVersion()
  return version
}

function readVersion(): Expected<string> {
  const directory = packageDirectory()
  if (!directory.ok) return directory
  const description: unknown = JSON.parse(readFileSync(join(directory.value, 'package.json'), 'utf8'))
  return success(String((description as { version?: unknown }).version))
}

function packageDirectory(): Expected<string> {
  try {
    // The package exports gen/bundle.js and nothing else.
    return success(fileURLToPath(new URL('..', import.meta.resolve('@yowasp/clang'))))
  } catch (cause) {
    return failure(plainError('CompilerUnavailable', `package "@yowasp/clang" is not installed: ${String(cause)}`))
  }
}

/** POSIX ustar, as far as this archive uses it: a name of at most 100 bytes, an octal size, a type. */
function tarSpans(file: number): Map<string, Span> {
  const spans = new Map<string, Span>()
  const header = Buffer.alloc(blockSize)
  let offsetBytes = 0
  while (readSync(file, header, 0, blockSize, offsetBytes) === blockSize && header[0] !== 0) {
    const nameEnd = header.subarray(0, 100).indexOf(0)
    const name = header.toString('utf8', 0, nameEnd < 0 ? 100 : nameEnd)
    const sizeBytes = Number.parseInt(header.toString('latin1', 124, 136), 8)
    offsetBytes += blockSize
    if (header[156] === regularFile) spans.set(name, { offsetBytes, sizeBytes })
    offsetBytes += Math.ceil(sizeBytes / blockSize) * blockSize
  }
  return spans
}
