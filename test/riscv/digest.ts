// Enough of a hash to tell results apart.
import { createHash } from 'node:crypto'

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
