// `worc serve`: a session for other processes, until a signal ends it; `worc status`: how such a server goes.
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { targetNames } from '@worc/protocol'
import { JIT } from '../jit.js'
import type { ListenOptions } from '../listen.js'
import { defaultSocketPath } from '../listen.js'
import { connect } from '../remote-jit.js'
import { parseWords, usage } from './command-words.js'
import { formatBytes, formatDuration } from './progress.js'

const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const

/** Its first line says where it listens. Resolves when the signal has ended it and everybody has been let go. */
export async function serveCommand(words: readonly string[], signal: AbortSignal): Promise<number> {
  const { files, values } = parseWords(words, [
    '--socket',
    '--tcp',
    '--tls-cert',
    '--tls-key',
    '--token-file',
    '--target',
    '--executors',
    '--drain',
    '--log',
  ])
  if (files.length > 0) throw usage(`serve takes no files; got ${files.join(', ')}`)
  const tokenFile = values.get('--token-file')
  const executors = values.get('--executors')
  const drain = values.get('--drain')
  const target = oneOf('--target', values.get('--target') ?? 'wasm', targetNames)
  const jit = await JIT.start({ target })
  try {
    const { url } = await jit.listen({
      ...whereToListen(values),
      ...(tokenFile === undefined ? {} : { tokenFile }),
      ...(executors === undefined ? {} : { executors: Number(executors) }),
      ...(drain === undefined ? {} : { drainMs: Number(drain) * 1000 }),
      log: oneOf('--log', values.get('--log') ?? 'info', levels),
    })
    process.stdout.write(`${url.href}\n`)
    const keepAlive = setInterval(() => undefined, 0x7fff_ffff)
    if (!signal.aborted) await once(signal, 'abort')
    clearInterval(keepAlive)
    return 0
  } finally {
    await jit[Symbol.asyncDispose]()
  }
}

function whereToListen(values: ReadonlyMap<string, string>): ListenOptions {
  const [path, tcp, cert, key] = ['--socket', '--tcp', '--tls-cert', '--tls-key'].map((name) => values.get(name))
  if (tcp === undefined) {
    if (cert !== undefined || key !== undefined) throw usage('--tls-cert and --tls-key are for --tcp')
    return path === undefined ? {} : { path }
  }
  if (path !== undefined) throw usage('--socket or --tcp, not both')
  if ((cert === undefined) !== (key === undefined)) throw usage('--tls-cert and --tls-key come together')
  if (!values.has('--token-file')) throw usage('--tcp needs --token-file: clients must know the token')
  const match = /^(?:(.*):)?(\d+)$/.exec(tcp)
  if (match === null) throw usage(`--tcp ${tcp}: expected HOST:PORT`)
  return {
    host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''),
    port: Number(match[2]),
    ...(cert === undefined || key === undefined ? {} : { tls: { cert, key } }),
  }
}

/** Prints what the server counts; with `--json`, for programs. */
export async function statusCommand(words: readonly string[], signal: AbortSignal): Promise<number> {
  const { files, values } = parseWords(words, ['--token-file'], ['--json'])
  const [url = defaultSocketPath(), second] = files
  if (second !== undefined) throw usage(`status takes one address; ${second} is a second one`)
  const tokenFile = values.get('--token-file')
  const client = await connect(url, { ...(tokenFile === undefined ? {} : { token: tokenIn(tokenFile) }), signal })
  try {
    const [status, stats] = await Promise.all([client.status(), client.stats()])
    if (values.has('--json')) {
      process.stdout.write(`${JSON.stringify({ ...status, stats })}\n`)
      return 0
    }
    const rows: [string, string][] = [
      ['up', formatDuration(status.uptimeMs)],
      ['connections', `${status.connections} (${status.connected} since the start)`],
      ['asks', `${status.asks} (${status.asksInFlight} in flight)`],
      ['executors', `${status.workers} (${status.busyWorkers} busy)`],
      ['functions', String(status.functions)],
      ['programs', String(status.programs)],
      ['blobs', formatBytes(status.blobBytes)],
      ['buffers', formatBytes(status.bufferBytes)],
      ['symbols', String(stats.symbols)],
      ['modules', String(stats.modules)],
      ['memory', formatBytes(stats.memoryBytes)],
      ...status.refusals.map(([code, count]): [string, string] => [code, String(count)]),
    ]
    for (const [name, value] of rows) process.stdout.write(`${name.padEnd(16)} ${value}\n`)
    return 0
  } finally {
    await client[Symbol.asyncDispose]()
  }
}

/** Throws JITError BadArgument. */
export function tokenIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    throw usage(`--token-file ${path}: it cannot be read`)
  }
}

function oneOf<const T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw usage(`${option} ${value}: expected ${allowed.join(', ')}`)
  return found
}
