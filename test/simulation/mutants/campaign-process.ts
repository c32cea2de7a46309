// Starts the campaigns against a mutant, in a process of their own, and reads what they say.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Kill } from './hunt.js'

const campaign = fileURLToPath(new URL('./campaign.js', import.meta.url))

/**
 * A kill for each campaign; null where the mutant outlived it, and then there is no other. Rejects where the mutant has no
 * place, or the process is stopped by the signal.
 */
export async function huntMutant(
  name: string,
  campaigns: number,
  most: number,
  signal?: AbortSignal,
): Promise<readonly (Kill | null)[]> {
  const args = [campaign, name, String(campaigns), String(most)]
  const child = spawn(process.execPath, args, { ...(signal && { signal }), stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const [said, complaint, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended])
  if (code !== 0) throw new Error(`the campaigns against ${name} ended with ${code}: ${complaint.trim()}`)
  const lines = said.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Kill | null)
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
