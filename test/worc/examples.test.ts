// Each example runs as its reader would run it, and says what it promises.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'

const examples = new URL('../../../examples/', import.meta.url)

describe('examples', () => {
  for (const [name, output] of [
    ['first-function.mjs', 'add(2, 3) = 5\nafter removal: CodeRemoved\n'],
    ['several-threads.mjs', 'four threads counted to 4000\n'],
    ['layer.mjs', 'times10(7) = 70; times2 and times3 were never compiled\n'],
    [
      'host-functions.mjs',
      'walk(5n) = 3, having seen 1099511627776, 7, 5\nRangeError: value 2 is -1\nafter removal: CodeRemoved\n',
    ],
    [
      'lazy.mjs',
      'linked: compiled []\napply(0, 7) = 21, apply(3, 7) = 70: compiled [10]\n' +
        'after removal: CodeRemoved, compiled [10]\n',
    ],
    ['service.mjs', 'price > 100: yes no\nprice < 100: no yes\n'],
  ] as const) {
    it(name, async () => {
      const child = spawn(process.execPath, [fileURLToPath(new URL(name, examples))], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let stdout = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      const [code] = (await once(child, 'close')) as [number | null]
      expect(stdout).to.equal(output)
      expect(code).to.equal(0)
    })
  }
})
