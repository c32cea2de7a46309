// Paths as text, with forward slashes; a drive letter counts as a first part. No file system is asked.

export function isAbsolutePath(path: string): boolean {
  return /^(\/|[A-Za-z]:\/)/.test(path)
}

/** `path` seen from `directory` (absolute), with `.` and `..` taken out; `..` at the root stays there, as in POSIX. */
export function absolutePath(directory: string, path: string): string {
  const full = isAbsolutePath(path) ? path : `${directory}/${path}`
  const parts: string[] = []
  for (const part of full.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  const joined = parts.join('/')
  return full.startsWith('/') ? `/${joined}` : joined
}

export function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}
