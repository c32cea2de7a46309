// Shows that what ByteWriter encodes is what the reader and V8 decode, at the edges of each range.
import { ByteWriter } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'

function written(write: (writer: ByteWriter) => void): number[] {
  const writer = new ByteWriter(1)
  write(writer)
  return Array.from(writer.written)
}

/** An i32 or i64 constant as V8 reads it. */
function constant(type: 'i32' | 'i64', encoded: readonly number[]): unknown {
  const [code, opcode] = type === 'i32' ? [0x7f, 0x41] : [0x7e, 0x42]
  const global = [1, code, 0, opcode, ...encoded, 0x0b]
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 6, global.length, ...global, 7, 5, 1, 1, 0x67, 3, 0]
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)))
  return (exports['g'] as WebAssembly.Global).value
}

describe('ByteWriter', () => {
  it('u32: shortest form', () => {
    const cases: readonly (readonly [number, readonly number[]])[] = [
      [0, [0]],
      [127, [0x7f]],
      [128, [0x80, 1]],
      [624_485, [0xe5, 0x8e, 0x26]],
      [0xffff_ffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ]
    for (const [value, bytes] of cases) expect(written((w) => w.u32(value))).to.deep.equal(bytes)
  })

  it('s32 and padded s32: V8 reads the same value', () => {
    for (const value of [0, 1, -1, 63, 64, -64, -65, 8191, -8192, 0x7fff_ffff, -0x8000_0000]) {
      expect(
        constant(
          'i32',
          written((w) => w.s32(value)),
        ),
      ).to.equal(value)
      const wide = written((w) => w.paddedS32(value))
      expect(wide).to.have.length(5)
      expect(constant('i32', wide)).to.equal(value)
    }
  })

  it('s64: V8 reads the same value', () => {
    for (const value of [0n, -1n, 63n, 64n, -65n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)])
      expect(
        constant(
          'i64',
          written((w) => w.s64(value)),
        ),
      ).to.equal(value)
  })

  it('padded u32, and patches over it', () => {
    const writer = new ByteWriter(1)
    writer.paddedU32(0xffff_ffff)
    writer.u8(7)
    expect(Array.from(writer.written)).to.deep.equal([0xff, 0xff, 0xff, 0xff, 0x0f, 7])
    writer.patchPaddedU32(0, 300)
    expect(Array.from(writer.written)).to.deep.equal([0xac, 0x82, 0x80, 0x80, 0, 7])
    writer.patchFixed32(1, -2)
    writer.patchU8(5, 8)
    expect(Array.from(writer.written)).to.deep.equal([0xac, 0xfe, 0xff, 0xff, 0xff, 8])
  })

  it('names: UTF-8, as TextEncoder writes it', () => {
    for (const name of ['', 'Foo', 'größe', '函数', '🙂', 'a\ud800b']) {
      const encoded = new TextEncoder().encode(name)
      expect(written((w) => w.name(name))).to.deep.equal([encoded.length, ...encoded])
    }
  })

  it('what does not fit is a program error', () => {
    const writer = new ByteWriter()
    expect(() => writer.u32(-1)).to.throw('-1 does not fit an unsigned 32-bit LEB')
    expect(() => writer.u32(2 ** 32)).to.throw('4294967296 does not fit an unsigned 32-bit LEB')
    expect(() => writer.s32(2 ** 31)).to.throw('2147483648 does not fit a signed 32-bit LEB')
    expect(() => writer.s64(2n ** 63n)).to.throw('does not fit a signed 64-bit LEB')
    expect(() => writer.patchPaddedU32(0, 1)).to.throw('patch of 5 bytes at 0 is outside the 0 bytes written')
  })
})
