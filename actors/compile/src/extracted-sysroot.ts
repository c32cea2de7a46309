// The sysroot's headers as real files, for a clang that runs as a process. They are written once beside the object cache, by
// whoever comes first: under a name of its own, then renamed, so that no one ever sees half a sysroot.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Sysroot } from './sysroot.js'

/**
 * Answers the directory for `--sysroot`. Clang's own headers, which lie at the top of the packaged include directory, are left
 * out: each clang brings those that fit it. Throws what the file system throws.
 */
export function extractedSysroot(sysroot: Sysroot, version: string, cacheDirectory: string): string {
  const finished = join(cacheDirectory, `sysroot-${version}`)
  if (existsSync(finished)) return finished

  mkdirSync(cacheDirectory, { recursive: true })
  const unfinished = mkdtempSync(`${finished}-`)
  try {
    for (const path of sysroot.paths())
      if (/^include\/(c\+\+|wasm32-wasip1)\//.test(path)) writeHeader(sysroot, path, unfinished)
    renameSync(unfinished, finished)
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(finished)) throw cause
  }
  return finished
}

function writeHeader(sysroot: Sysroot, path: string, directory: string): void {
  const file = join(directory, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, sysroot.text(path) ?? '')
}
