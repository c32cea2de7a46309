// The committed objects of fixtures/, read; and outcomes that a test takes for granted.
import { readFileSync } from 'node:fs'
import type { Expected, JITErrorData } from '@worc/protocol'
import { readObject, type ObjectFile } from '@worc/wasm'

export function fixture(name: string): ObjectFile {
  return valueOf(readObject(new Uint8Array(readFileSync(new URL(`../../jitlink/fixtures/${name}.o`, import.meta.url)))))
}

export function valueOf<T>(outcome: Expected<T>): T {
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

export function errorOf(outcome: Expected<unknown>): JITErrorData {
  if (outcome.ok) throw new Error('expected an error')
  return outcome.error
}
