// `worc serve`, `worc run --connect`, `worc status`, as a person would use them.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { worc } from '../worc/command-line.js'

const bin = fileURLToPath(new URL('../bin/worc.js', import.meta.resolve('worc')))

describe('worc serve', function () {
  let directory: string
  let server: ChildProcess
  let url = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'worc-serve-'))
    server = spawn(process.execPath, [bin, 'serve', '--socket', join(directory, 'own', 'worc.sock')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    server.stdout?.setEncoding('utf8').on('data', (text: string) => (url += text))
    if (server.stdout !== null) await once(server.stdout, 'data')
    url = url.trim()
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  it('worc run --connect: a program has its arguments and streams, and its exit code comes back', async () => {
    writeFileSync(
      join(directory, 'echo.c'),
      `#include <stdio.h>
       #include <stdlib.h>
       int main(int argc, char **argv) {
         char line[100];
         printf("%d %s %s\\n", argc, argv[1], getenv("WHO"));
         while (fgets(line, sizeof line, stdin)) printf("<%s>", line);
         fprintf(stderr, "bye\\n");
         return 42;
       }`,
    )
    const args = ['run', '--connect', url, '--env', 'WHO=you', 'echo.c', '--', 'x y']
    const outcome = await worc(args, { cwd: directory, stdin: 'one\ntwo' })
    expect(outcome).to.deep.equal({ code: 42, stdout: '2 x y you\n<one\n><two>', stderr: 'bye\n' })
  })

  it('worc run --connect: an interrupt ends an endless program', async () => {
    writeFileSync(
      join(directory, 'endless.c'),
      '#include <stdio.h>\nint main(void) { puts("go"); fflush(stdout); for (;;) ; }',
    )
    const outcome = await worc(['run', '--connect', url, 'endless.c'], {
      cwd: directory,
      onOutput: (_, child) => void child.kill('SIGINT'),
    })
    expect(outcome).to.deep.equal({ code: 130, stdout: 'go\n', stderr: '' })
  })

  it('worc status: how it goes, also for programs', async () => {
    const { code, stdout } = await worc(['status', url, '--json'], { cwd: directory })
    expect(code).to.equal(0)
    const status = JSON.parse(stdout) as { connections: number; programs: number; stats: { modules: number } }
    expect([status.connections, status.programs, status.stats.modules]).to.deep.equal([1, 0, 0])
  })

  it('says in one line what is wrong', async () => {
    const nobody = await worc(['status', join(directory, 'nobody.sock'), '--token-file', 'echo.c'], { cwd: directory })
    expect(nobody.code).to.equal(69)
    expect(nobody.stderr).to.equal('worc: nobody serves there: ENOENT\n')
    const usage = await worc(['serve', '--tcp', '0', '--socket', 'x'], { cwd: directory })
    expect(usage).to.deep.equal({ code: 64, stdout: '', stderr: 'worc: --socket or --tcp, not both\n' })
  })

  it('ends when it is asked to, having logged who came and went, and no path or token', async () => {
    let log = ''
    server.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text))
    server.kill('SIGTERM')
    const [code] = (await once(server, 'close')) as [number | null]
    expect(code).to.equal(0)
    const lines = log.trim().split('\n')
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect(messages).to.include.members(['listening', 'connected', 'disconnected', 'ended'])
    expect(log).not.to.include(directory)
  })
})
