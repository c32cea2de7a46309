/*
 * The sandbox. A guest path is walked one component at a time from the directory it is relative to, by us and not by
 * the host: `..` steps back along the way we came, a symbolic link's target is walked in its place, and a step above
 * the start or an absolute path is refused. What the host is given in the end names no link and no `..`.
 *
 *   root /srv/data, path a/link/../b   with a/link -> ../c
 *   a      directory                   a
 *   link   symbolic link               walk ../c instead: back to the root, then c
 *   ..     back from c                 (the root)
 *   b      last component              /srv/data/b
 *
 * Between our look and the host's use another process may put a link in place of a directory. That it does so is not
 * defended against: Node has no openat. A guest alone cannot, unless two of its threads race.
 */
import { lstatSync, readlinkSync } from 'node:fs'
import { refuse } from './errno.js'

/** As Linux has it: more links than this on one way are taken for a loop. */
const MOST_LINKS = 40

/** Linux's PATH_MAX. */
const LONGEST_PATH = 4096

/** Where a guest path leads on the host. */
export interface Place {
  readonly hostPath: string
  /** The path ended in `.` or `..`: it names a directory but no entry that could be removed or renamed. */
  readonly endsInDots: boolean
}

/**
 * Resolves `guestPath` below the host directory `root`; a last component that is a link is followed on `followLast`.
 * The last component need not exist. A trailing slash is kept: the host must find a directory there, or make one.
 * Refuses with ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EINVAL (a zero byte in it) or ENOTCAPABLE (it is absolute or
 * leads outside).
 */
export function resolvePath(root: string, guestPath: string, followLast: boolean): Place {
  if (guestPath === '') refuse('ENOENT')
  if (guestPath.length > LONGEST_PATH) refuse('ENAMETOOLONG')
  if (guestPath.includes('\0')) refuse('EINVAL')
  const ahead = componentsOf(guestPath)
  const behind: string[] = []
  let linkCount = 0
  let endsInDots = true
  let endsInSlash = guestPath.endsWith('/')
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    const isLast = ahead.length === 0
    endsInDots = name === '.' || name === '..'
    if (name === '..' && behind.pop() === undefined) refuse('ENOTCAPABLE')
    if (endsInDots) continue
    const hostPath = [root, ...behind, name].join('/')
    const stat = lstatSync(hostPath, { throwIfNoEntry: false })
    if (stat === undefined && !isLast) refuse('ENOENT')
    if (stat?.isSymbolicLink() === true && (!isLast || followLast || endsInSlash)) {
      if (++linkCount > MOST_LINKS) refuse('ELOOP')
      const target = readlinkSync(hostPath)
      if (isLast && target.endsWith('/')) endsInSlash = true
      ahead.unshift(...componentsOf(target))
      continue
    }
    if (stat?.isDirectory() === false && !isLast) refuse('ENOTDIR')
    behind.push(name)
  }
  return { hostPath: [root, ...behind].join('/') + (endsInSlash ? '/' : ''), endsInDots }
}

function componentsOf(path: string): string[] {
  if (path.startsWith('/')) refuse('ENOTCAPABLE')
  return path.split('/').filter((name) => name !== '')
}
