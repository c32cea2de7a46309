// The fixtures of this folder: RISC-V objects with debug information (see fixtures/make.mjs).
import { readElfObject, type ElfObject } from '@worc/elf'
import { readFileSync } from 'node:fs'

const folder = new URL('../../dwarf/fixtures/', import.meta.url)

export function fixtureText(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8')
}

export function fixture(name: string): ElfObject {
  const object = readElfObject(new Uint8Array(readFileSync(new URL(`${name}.o`, folder))))
  if (!object.ok) throw new Error(`${name}: ${object.error.message}`)
  return object.value
}
