// What the Promela model says of itself: the messages it speaks of, and the bugs it can have.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export const modelFile: string = fileURLToPath(new URL('../../model-checking/removal.pml', import.meta.url))

/** Names of its unnamed mtype, which is that of messages. */
export async function messagesOfModel(): Promise<readonly string[]> {
  const [, names = ''] = /^mtype = \{([^}]*)\}/m.exec(await readFile(modelFile, 'utf8')) ?? []
  return names.match(/\w+/g) ?? []
}

export async function plantedBugs(): Promise<readonly string[]> {
  return [...new Set((await readFile(modelFile, 'utf8')).match(/\bBUG_[A-Z_]*[A-Z]\b/g) ?? [])].sort()
}
