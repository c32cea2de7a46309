// Names what a file is when it is not a wasm object: the wrong file is the commonest bad object, and "it looks like
// ELF" saves its sender an hour. Only the first bytes are looked at; nothing of these formats is decoded.
import { decodeUtf8 } from './utf8.js'

const signatures: readonly (readonly [magic: readonly number[], looksLike: string])[] = [
  [[0x7f, 0x45, 0x4c, 0x46], 'an ELF file'],
  [[0xfe, 0xed, 0xfa, 0xce], 'a Mach-O file'],
  [[0xfe, 0xed, 0xfa, 0xcf], 'a Mach-O file'],
  [[0xce, 0xfa, 0xed, 0xfe], 'a Mach-O file'],
  [[0xcf, 0xfa, 0xed, 0xfe], 'a Mach-O file'],
  [[0xca, 0xfe, 0xba, 0xbe], 'a universal Mach-O file'],
  [[0x42, 0x43, 0xc0, 0xde], 'LLVM bitcode'],
  [[0xde, 0xc0, 0x17, 0x0b], 'LLVM bitcode'],
  [[0x4d, 0x5a], 'a Windows executable'],
  [[0x64, 0x86], 'a COFF object'],
  [[0x4c, 0x01], 'a COFF object'],
  [[0x64, 0xaa], 'a COFF object'],
  [[0x00, 0x00, 0xff, 0xff], 'a COFF object'],
]

const texts: readonly (readonly [beginning: string, looksLike: string])[] = [
  ['!<arch>\n', 'an ar archive'],
  ['!<thin>\n', 'a thin ar archive'],
  ['(module', 'WebAssembly text'],
  ['; ModuleID', 'LLVM assembly'],
]

/** What the bytes look like ("an ELF file"), or the bytes they begin with. */
export function describeForeignFile(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty'
  const text = decodeUtf8(bytes, 0, Math.min(bytes.length, 16))
  const looksLike =
    signatures.find(([magic]) => magic.every((byte, i) => bytes[i] === byte))?.[1] ??
    texts.find(([beginning]) => text?.startsWith(beginning) === true)?.[1]
  if (looksLike !== undefined) return `it looks like ${looksLike}`
  const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0'))
  return `it begins with ${first.join(' ')}, not 00 61 73 6d`
}
