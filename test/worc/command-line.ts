// Runs the command as a person would, and gathers what comes out.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../bin/worc.js', import.meta.resolve('worc')))

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface CommandOptions {
  readonly cwd: string
  readonly stdin?: string
  /** Beside this process's. */
  readonly env?: Readonly<Record<string, string>>
  /** Called with all output so far, whenever there is more. */
  readonly onOutput?: (stdout: string, child: { kill(signal: NodeJS.Signals): boolean; closeOutput(): void }) => void
}

export async function worc(args: readonly string[], options: CommandOptions): Promise<Outcome> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    options.onOutput?.(stdout, { kill: (signal) => child.kill(signal), closeOutput: () => void child.stdout.destroy() })
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => undefined)
  if (options.stdin !== undefined) child.stdin.end(options.stdin)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}
