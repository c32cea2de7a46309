/*
 * Listing a directory. The listing is taken when it is read from its start (cookie 0) and kept, so that cookies,
 * which are indices into it, stay meaningful while the directory changes; rewinding sees the change.
 */
import { lstatSync, readdirSync } from 'node:fs'
import { DIRENT, FILETYPE, rights } from './abi.js'
import type { DescriptorTable, DirectoryEntry, OpenDirectory } from './descriptors.js'
import { answering } from './errno.js'
import { filetypeOf } from './file-status.js'
import type { GuestMemory } from './guest-memory.js'
import type { WasiImports } from './wasi-imports.js'

export function directoryCalls(memory: GuestMemory, descriptors: DescriptorTable): Pick<WasiImports, 'fd_readdir'> {
  return {
    fd_readdir: answering((fd, buf, bufLen, cookie, bufUsed) => {
      const directory = descriptors.directory(fd, rights('fd_readdir'))
      const buffer = memory.bytes(buf, bufLen)
      memory.requireRange(bufUsed, 4)
      const start = BigInt.asUintN(64, cookie)
      if (start === 0n || directory.entries === null) directory.entries = listing(directory.hostPath)
      const { entries } = directory
      let used = 0
      // A cut last entry is what tells the guest that there is more than its buffer held.
      for (let next = start; next < entries.length && used < buffer.length; next++) {
        const entry = entries[Number(next)]
        if (entry === undefined) break
        const dirent = direntOf(entry, inodeOf(directory, entry.name), next + 1n).subarray(0, buffer.length - used)
        buffer.set(dirent, used)
        used += dirent.length
      }
      memory.writeU32(bufUsed, used)
    }),
  }
}

function listing(hostPath: string): DirectoryEntry[] {
  const dots = ['.', '..'].map((name) => ({ name, filetype: FILETYPE.directory }))
  const entries = readdirSync(hostPath, { withFileTypes: true })
  return [...dots, ...entries.map((entry) => ({ name: entry.name, filetype: filetypeOf(entry) }))]
}

/** A `$dirent` with its name behind it. */
function direntOf(entry: DirectoryEntry, inode: bigint, nextCookie: bigint): Uint8Array {
  const name = Buffer.from(entry.name)
  const bytes = new Uint8Array(DIRENT.sizeBytes + name.length)
  const at = new DataView(bytes.buffer)
  at.setBigUint64(DIRENT.next, nextCookie, true)
  at.setBigUint64(DIRENT.ino, inode, true)
  at.setUint32(DIRENT.namlen, name.length, true)
  at.setUint8(DIRENT.type, entry.filetype)
  bytes.set(name, DIRENT.sizeBytes)
  return bytes
}

/** 0 for an entry that is gone since. `..` has the directory's own number: its parent may be outside the sandbox. */
function inodeOf(directory: OpenDirectory, name: string): bigint {
  const hostPath = name === '..' ? directory.hostPath : `${directory.hostPath}/${name}`
  return lstatSync(hostPath, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n
}
