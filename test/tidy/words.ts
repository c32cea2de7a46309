// Words that no file of the project may have: they name the machine it was written on, or a registry that its readers cannot
// reach. The patterns are written so that they do not match themselves.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, outputs } from './source-tree.js'

const forbidden: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/(?<![\w.~-])\/work\//g, 'a path of one machine'],
  [/\/tmp\/bash/g, 'a path of one machine'],
  [/(?<![\w.~-])\/(root|home\/\w+|Users\/\w+)\/[\w.]/g, 'a path of one machine'],
  [/\bhttps?:\/\/[^\s/"']*(registry|verdaccio|artifactory|nexus)[^\s/"']*/g, 'the address of a registry'],
  [/(?<!\/)\bregistry\.npm[a-z]*\.[a-z]+\b/g, 'the address of a registry'],
]

const largestBytes = 4 << 20
const generated = /^(docs\/api|failures)\//

/** Of every text file: fixtures too, and what npm wrote into package-lock.json. */
export function wordViolations(root: string): readonly string[] {
  return filesBelow(root, '', /./, outputs)
    .filter((path) => !generated.test(path))
    .flatMap((path) => {
      if (statSync(join(root, path)).size > largestBytes) return []
      const text = readFileSync(join(root, path), 'utf8')
      return text.includes('\0') ? [] : wordsIn(path, text)
    })
}

function wordsIn(path: string, text: string): readonly string[] {
  return forbidden.flatMap(([pattern, what]) =>
    [...text.matchAll(pattern)].map(({ index, 0: word }) => {
      const line = text.slice(0, index).split('\n').length
      return `${path}:${line} has ${what}: ${word}`
    }),
  )
}
