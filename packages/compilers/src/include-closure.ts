// Collects every file that a compile could read, by following include names from the main file. All files that match are taken,
// not just the first in search order: `#include_next` and `__has_include` look past it, and a file that appears earlier in the
// order later is then simply a new member. So the closure is the whole input of a compile: a virtual file system that shows
// nothing else makes the compile a function of it, and its contents are a complete cache key.
//
// Names combine as text, `..` included (as in clang's own file overlays), not by following symbolic links.
import type { IncludeFlags } from './classify-flags.js'
import { includeDirectives, type IncludeName } from './include-directives.js'
import { absolutePath, directoryOf } from './path-text.js'

/** The text of a file, or undefined when there is no such regular file. Called once for each path. */
export type ReadText = (path: string) => string | undefined

export interface ClosureRequest {
  /** Absolute. */
  readonly mainPath: string
  readonly mainText: string
  readonly directory: string
  readonly include: IncludeFlags
  /**
   * The target's own include directories. Their headers are followed only where the user names directories too, since only then
   * can one of them find a file of the user's; they are never members.
   */
  readonly sysroot: readonly string[]
  /** More names to look for, as if the main file had them: macro-made names that a failed compile has revealed. */
  readonly revealed?: readonly string[]
}

export interface IncludeClosure {
  /** Absolute, normalized paths, in the order found, without the main file. */
  readonly headers: readonly string[]
  /** Directories of the user's flags that are searched, absolute and normalized. */
  readonly directories: readonly string[]
  /** A name made by a macro may be missing. */
  readonly computed: boolean
  /** See IncludeDirectives. */
  readonly volatile: boolean
}

export function includeClosure(request: ClosureRequest, read: ReadText): IncludeClosure {
  const { include } = request
  const here = (path: string): string => absolutePath(request.directory, path)
  const angled = [...include.angled, ...include.system, ...include.after].map(here)
  const quote = include.quote.map(here)
  const sysroot = angled.length > 0 ? request.sysroot : []

  const seen = new Set<string>([request.mainPath])
  const headers: string[] = []
  const macroValues: [from: string, name: IncludeName][] = []
  const pending: { readonly path: string; readonly text: string }[] = []
  let computed = false as boolean
  let volatile = false

  const lookFor = (from: string, { name, quoted, embedded }: IncludeName): void => {
    const searched = quoted ? [from, ...quote, ...angled, ...sysroot] : [...angled, ...sysroot]
    for (const directory of searched) {
      const path = absolutePath(directory, name)
      if (seen.has(path)) continue
      seen.add(path)
      const text = read(path)
      if (text === undefined) continue
      if (!isWithin(path, request.sysroot)) headers.push(path)
      if (!embedded) pending.push({ path, text })
    }
  }
  const follow = (path: string, text: string): void => {
    const found = includeDirectives(text)
    const from = directoryOf(path)
    if (!isWithin(path, request.sysroot)) {
      computed ||= found.computed
      volatile ||= found.volatile
      for (const name of found.macroValues) macroValues.push([from, name])
    }
    for (const name of found.names) lookFor(from, name)
  }

  const mainDirectory = directoryOf(request.mainPath)
  for (const name of include.forced) lookFor(here('.'), { name, quoted: true, embedded: false })
  for (const name of request.revealed ?? []) lookFor(mainDirectory, { name, quoted: true, embedded: false })
  follow(request.mainPath, request.mainText)
  while (pending.length > 0 || (computed && macroValues.length > 0)) {
    const next = pending.shift()
    if (next !== undefined) follow(next.path, next.text)
    else for (const [from, name] of macroValues.splice(0)) lookFor(from, name)
  }
  return { headers, directories: [...new Set([...quote, ...angled])], computed, volatile }
}

function isWithin(path: string, directories: readonly string[]): boolean {
  return directories.some((directory) => path.startsWith(`${directory}/`))
}
