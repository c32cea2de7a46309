// A word that names a machine or a registry is found in every file that somebody wrote.
import { describe } from 'mocha'
import { itSays } from './small-house.js'
import type { House } from './source-tree.js'
import { wordViolations } from './words.js'

const words = ({ root }: House): readonly string[] => wordViolations(root)

describe('wordViolations', () => {
  // In pieces, or this file would have them.
  const path = ['', 'work', 'main'].join('/')
  const home = ['', 'root', '.npmrc'].join('/')
  const host = ['https://', 'registry.', 'npmjs.org/'].join('')
  itSays(words, 'a path in a comment', { 'packages/orc/src/turn.ts': `// ${path}\n` }, 'packages/orc/src/turn.ts:1')
  itSays(words, 'a home in a fixture', { 'test/orc/fixtures/a.txt': `\n${home}\n` }, 'test/orc/fixtures/a.txt:2')
  itSays(
    words,
    'a registry in the lock file',
    { 'package-lock.json': { packages: {}, resolved: host } },
    'package-lock.json:1',
  )
  itSays(words, 'a relative path', { 'README.md': ['net', 'work', 'a'].join('/') }, undefined)
  itSays(words, 'an output', { 'packages/orc/dist/turn.js': `// ${path}\n` }, undefined)
})
