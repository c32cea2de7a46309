// What a program finds on its stack when it begins: the arguments of main, or all that Linux gives a new process.
//
//   stack pointer ─►  argc | argv..., 0 | envp..., 0 | (kind, value)..., 0, 0 | 16 random bytes | strings
//
// Source: System V ABI, "Initial Stack and Register State"; Linux include/uapi/linux/auxvec.h
import { randomFillSync } from 'node:crypto'
import type { ExecutorAddr } from '@worc/protocol'

export interface StackPlace {
  readonly pointerBytes: 4 | 8
  /** Takes bytes off the top of the stack: the new top, aligned to 16 bytes, and a view of what was taken. */
  take(sizeBytes: number): { readonly address: ExecutorAddr; readonly bytes: Uint8Array }
}

/** Pointers to the strings, a null pointer, then the strings. */
export function writeArguments(place: StackPlace, args: readonly string[]): ExecutorAddr {
  const { strings, sizeBytes } = encoded(args)
  const pointersBytes = (args.length + 1) * place.pointerBytes
  const { address, bytes } = place.take(pointersBytes + sizeBytes)
  const words = pointersTo(strings, address + pointersBytes)
  writeWords(place, bytes, [...words, 0])
  writeStrings(bytes, pointersBytes, strings)
  return address
}

const auxiliary = { pageSize: 6, secure: 23, random: 25 } as const
const guestPageBytes = 4096
const randomBytes = 16

/** The stack pointer is then where a process's entry expects it. */
export function writeProcessStack(place: StackPlace, args: readonly string[], environment: readonly string[]): void {
  const { strings, sizeBytes } = encoded([...args, ...environment])
  // argc, two null pointers, and four pairs.
  const randomAt = (1 + strings.length + 2 + 4 * 2) * place.pointerBytes
  const stringsAt = randomAt + randomBytes
  const { address, bytes } = place.take(stringsAt + sizeBytes)
  const pointers = pointersTo(strings, address + stringsAt)
  const pairs = [auxiliary.pageSize, guestPageBytes, auxiliary.secure, 0, auxiliary.random, address + randomAt, 0, 0]
  const [argv, envp] = [pointers.slice(0, args.length), pointers.slice(args.length)]
  writeWords(place, bytes, [args.length, ...argv, 0, ...envp, 0, ...pairs])
  randomFillSync(bytes.subarray(randomAt, stringsAt))
  writeStrings(bytes, stringsAt, strings)
}

function encoded(texts: readonly string[]): { readonly strings: readonly Uint8Array[]; readonly sizeBytes: number } {
  const encoder = new TextEncoder()
  const strings = texts.map((text) => encoder.encode(`${text}\0`))
  return { strings, sizeBytes: strings.reduce((sum, { length }) => sum + length, 0) }
}

function pointersTo(strings: readonly Uint8Array[], firstAddress: number): number[] {
  let next = firstAddress
  return strings.map(({ length }) => {
    const address = next
    next += length
    return address
  })
}

/** Addresses are below 2^32. */
function writeWords({ pointerBytes }: StackPlace, bytes: Uint8Array, words: readonly number[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  bytes.fill(0, 0, words.length * pointerBytes)
  for (const [index, word] of words.entries()) view.setUint32(index * pointerBytes, word, true)
}

function writeStrings(bytes: Uint8Array, offset: number, strings: readonly Uint8Array[]): void {
  let at = offset
  for (const string of strings) {
    bytes.set(string, at)
    at += string.length
  }
}
