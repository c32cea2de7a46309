// Runs a measurement in a process of its own: neither the compiled code nor the heap of another one is in its way.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What the script prints, which is one JSON value. Aborted, the process is ended. */
export async function inFreshProcess(script: URL, args: readonly string[], signal: AbortSignal): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(script), ...args], { signal })
  return JSON.parse(stdout) as unknown
}
