// Compiled objects on disk, one file each, named by the key of the compile. Writers never wait for each other: each writes a
// file of its own and renames it into place, and two writers of one key write the same bytes. Whatever goes wrong with a file,
// a full disk or a damaged entry, is a miss and never an error: a compile can always be done again.
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeCacheEntry, encodeCacheEntry, type CacheEntry } from '@worc/compilers'

/** What eviction leaves of the limit, so that a full cache is not scanned at each store. */
const keptAfterEviction = 0.8
/** A writer that died leaves its unfinished file; one as old as this is nobody's. */
const unfinishedAgeMilliseconds = 60 * 60 * 1000

interface StoredFile {
  readonly path: string
  readonly sizeBytes: number
  /** Last stored or used. */
  readonly usedAt: number
}

export class ObjectCache {
  readonly #directory: string
  readonly #limitBytes: number
  /** Undefined before the first look. What other writers add is seen at the next one. */
  #sizeBytes: number | undefined

  constructor(cacheDirectory: string, limitBytes: number) {
    this.#directory = join(cacheDirectory, 'objects')
    this.#limitBytes = limitBytes
  }

  load(key: string): CacheEntry | undefined {
    const path = this.#path(key)
    try {
      const entry = decodeCacheEntry(key, readFileSync(path), sha256)
      const now = new Date()
      if (entry !== undefined) utimesSync(path, now, now)
      return entry
    } catch {
      return undefined
    }
  }

  /** Answers whether the entry was stored. */
  store(key: string, entry: CacheEntry): boolean {
    const bytes = encodeCacheEntry(key, entry, sha256)
    if (bytes.length > this.#limitBytes) return false
    const unfinished = join(this.#directory, `${randomUUID()}.unfinished`)
    try {
      mkdirSync(this.#directory, { recursive: true })
      writeFileSync(unfinished, bytes)
      renameSync(unfinished, this.#path(key))
      if (this.#sizeBytes !== undefined) this.#sizeBytes += bytes.length
      if (this.#sizeBytes === undefined || this.#sizeBytes > this.#limitBytes) this.#evict()
      return true
    } catch {
      discard(unfinished)
      return false
    }
  }

  #path(key: string): string {
    return join(this.#directory, `${key}.object`)
  }

  /** Takes stock, and removes the least recently used entries if there are too many. */
  #evict(): void {
    const files = this.#files().sort((a, b) => a.usedAt - b.usedAt)
    let total = files.reduce((sum, file) => sum + file.sizeBytes, 0)
    const allowed = total > this.#limitBytes ? this.#limitBytes * keptAfterEviction : total
    // The newest stays: it has just been stored, and alone it is within the limit.
    for (const { path, sizeBytes } of files.slice(0, -1)) {
      if (total <= allowed) break
      discard(path)
      total -= sizeBytes
    }
    this.#sizeBytes = total
  }

  /** The entries; what dead writers left is removed on the way. */
  #files(): StoredFile[] {
    const stored: StoredFile[] = []
    for (const name of readdirSync(this.#directory)) {
      const path = join(this.#directory, name)
      const status = statSync(path, { throwIfNoEntry: false })
      if (status === undefined) continue
      if (name.endsWith('.object')) stored.push({ path, sizeBytes: status.size, usedAt: status.mtimeMs })
      else if (Date.now() - status.mtimeMs > unfinishedAgeMilliseconds) discard(path)
    }
    return stored
  }
}

/** A file that cannot be removed, on Windows because another process reads it, stays for the next eviction. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    return
  }
}

function sha256(key: string, bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(key).update(bytes).digest()
}
