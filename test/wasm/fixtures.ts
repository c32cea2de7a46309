// The committed objects of fixtures/, and the archives that come with the packaged compiler.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { readObject, type ObjectFile } from '@worc/wasm'

const folder = new URL('../../wasm/fixtures/', import.meta.url)

export const fixtureNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.o'))
  .map((name) => name.slice(0, -2))

export function fixtureBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.o`, folder)))
}

export function fixtureText(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8')
}

export function fixture(name: string): ObjectFile {
  return valueOf(readObject(fixtureBytes(name)))
}

export function valueOf<T>(
  outcome:
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: { readonly message: string } },
): T {
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

const blockBytes = 512

/** A file of the tar that @yowasp/clang carries, read without unpacking the rest. */
export function packagedFile(path: string): Uint8Array {
  const tar = new URL('llvm-resources.tar', import.meta.resolve('@yowasp/clang'))
  const file = openSync(tar, 'r')
  try {
    const header = Buffer.alloc(blockBytes)
    for (let at = 0; readSync(file, header, 0, blockBytes, at) === blockBytes;) {
      const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '')
      const sizeBytes = parseInt(header.toString('latin1', 124, 136), 8)
      at += blockBytes
      if (name === path) {
        const content = new Uint8Array(sizeBytes)
        readSync(file, content, 0, sizeBytes, at)
        return content
      }
      at += Math.ceil((sizeBytes || 0) / blockBytes) * blockBytes
    }
    throw new Error(`${path} is not in ${tar.pathname}`)
  } finally {
    closeSync(file)
  }
}
