// An idle connection keeps no process alive; an ask that waits for its answer does. Each case is a process of its own.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

async function run(...args: string[]): Promise<string> {
  const script = fileURLToPath(new URL('./idle-process.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { timeout: 20_000 })
  return stdout.trim()
}

describe('a process with idle connections', () => {
  it('ends by itself', async () => {
    expect(await run()).to.equal('')
  })

  it('waits for the answer to an ask, then ends', async () => {
    expect(await run('asking')).to.equal('answered')
  })
})
