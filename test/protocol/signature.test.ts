// Signature codes: a letter a value, results after the colon. Every code is read back as the types it was made of.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { concreteSignature, parseSignatureCode, parseWasmSignature, signatureCode } from '@worc/protocol'

const types = ['i32', 'i64', 'f32', 'f64', 'v128', 'funcref', 'externref', 'pointer'] as const

describe('signatureCode', () => {
  it('writes what C functions have', () => {
    expect(signatureCode(['i32', 'i32'], ['i64'])).to.equal('ii:l')
    expect(signatureCode([], [])).to.equal(':')
    expect(signatureCode(['f64'], [])).to.equal('d:')
    expect(signatureCode([], ['f32'])).to.equal(':f')
  })

  it('has another letter for each type', () => {
    expect(new Set(types.map((type) => signatureCode([type], []))).size).to.equal(types.length)
  })

  it('tells parameters from results: (i32) -> () is not () -> (i32)', () => {
    expect(signatureCode(['i32'], [])).not.to.equal(signatureCode([], ['i32']))
  })
})

describe('parseSignatureCode', () => {
  it('reads back what was written: no, one and two of every type on either side', () => {
    const lists = [[], ...types.map((type) => [type]), ...types.flatMap((a) => types.map((b) => [a, b]))]
    for (const parameters of lists) {
      for (const results of lists) {
        expect(parseSignatureCode(signatureCode(parameters, results))).to.deep.equal({ parameters, results })
      }
    }
  })

  it('refuses a letter that is no type, and names it', () => {
    expect(() => parseSignatureCode('ix:l')).to.throw('"x" is no value type of a signature code')
    expect(() => parseSignatureCode('i:I')).to.throw('"I" is no value type')
  })
})

describe('a pointer', () => {
  it('is an integer of the width that the target has', () => {
    const code = signatureCode(['pointer', 'f32'], ['pointer'])
    expect(concreteSignature(code, 'i32')).to.equal(signatureCode(['i32', 'f32'], ['i32']))
    expect(concreteSignature(code, 'i64')).to.equal(signatureCode(['i64', 'f32'], ['i64']))
    expect(parseWasmSignature(code)).to.deep.equal({ parameters: ['i32', 'f32'], results: ['i32'] })
  })
})
