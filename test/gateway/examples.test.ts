// Clients as their readers would run them: of this language and of another, against a server of its own.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { Server } from './server.js'
import { startServer } from './server.js'

const examples = new URL('../../../examples/', import.meta.url)

describe('examples of clients', function () {
  let server: Server
  before(async () => (server = await startServer({ graceMs: 0 })))
  after(() => server[Symbol.asyncDispose]())

  it('remote-client.mjs', async () => {
    const output = await run(process.execPath, 'remote-client.mjs', server.listening.url.href)
    expect(output).to.equal('sums: 2 4 6\nhello\nforever: Interrupted\nafter removal: CodeRemoved\n')
  })

  it('remote_client.py', async function () {
    if (spawnSync('python3', ['--version']).error !== undefined) {
      console.error('      no python3 here: the Python client is NOT tested')
      return this.skip()
    }
    const output = await run('python3', 'remote_client.py', decodeURIComponent(server.listening.url.pathname))
    expect(output).to.equal('add(2, 3) = 5, half(5) = 2.5\nbroken.c: CompileFailed\nafter removal: CodeRemoved\n')
  })
})

async function run(command: string, name: string, address: string): Promise<string> {
  const child = spawn(command, [fileURLToPath(new URL(name, examples)), address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  const [code] = (await once(child, 'close')) as [number | null]
  expect(code, stdout).to.equal(0)
  return stdout
}
