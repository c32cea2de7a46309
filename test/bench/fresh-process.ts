// Runs a measurement in a process of its own: neither the compiled code nor the heap of another one is in its way.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What the script prints, which is one JSON value. Aborted, the process is ended. `gc` is there for the script to call. */
export async function inFreshProcess(script: URL, args: readonly string[], signal: AbortSignal): Promise<unknown> {
  const command = ['--expose-gc', fileURLToPath(script), ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { signal })
  return JSON.parse(stdout) as unknown
}
