// A session that lets other processes in, for the tests of it: on a socket in a directory of its own, which goes with it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectOptions, JITOptions, ListenOptions, Listening, RemoteJIT } from 'worc'
import { JIT, connect } from 'worc'

export interface Server extends AsyncDisposable {
  readonly jit: JIT
  readonly listening: Listening
  readonly directory: string
  connect(options?: ConnectOptions): Promise<RemoteJIT>
}

export async function startServer(options: ListenOptions = {}, jitOptions: JITOptions = {}): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), 'worc-gateway-'))
  const jit = await JIT.start(jitOptions)
  const listening = await jit.listen({ path: join(directory, 'worc.sock'), executors: 2, ...options })
  return {
    jit,
    listening,
    directory,
    connect: (connectOptions = {}) => connect(listening.url, { token: listening.token, ...connectOptions }),
    [Symbol.asyncDispose]: async () => {
      await jit[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
