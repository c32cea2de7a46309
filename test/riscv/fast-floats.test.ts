// Floats that the interpreter calculates with WebAssembly's own instructions are those of the exact unit, to the last bit and flag:
// random operands that are likely to be border cases, in every mode, with inexact known before and not.
import { before, describe, it } from 'mocha'
import { expect } from 'chai'
import { createFloatUnit, floatOperations } from '@worc/riscv'
import type { FloatOperation } from '@worc/riscv'
import { seeded } from '../executor-memory/claims-under-test.js'
import { openMachine, returned } from './machine.js'
import type { Machine } from './machine.js'

type Format = 's' | 'd'

interface Tried {
  /** Of fa0, fa1, fa2 into fa0; or of a0 and fa0. Without its mode. */
  readonly instruction: string
  readonly operation: FloatOperation
  readonly format: Format
  /** 64 where an integer has so many bits. */
  readonly integerBits?: 32 | 64
}

const seed = 20
const rounds = 3000
/** Of a case: three operands, mode and flags; then result and flags. */
const caseBytes = 64

function tried(format: Format): readonly Tried[] {
  const other = format === 's' ? 'd' : 's'
  const of = (instruction: string, operation: FloatOperation, integerBits?: 32 | 64): Tried => ({
    instruction: instruction.replaceAll('%', format),
    operation,
    format,
    ...(integerBits === undefined ? {} : { integerBits }),
  })
  return [
    of('fadd.% fa0, fa0, fa1', 'add'),
    of('fsub.% fa0, fa0, fa1', 'sub'),
    of('fmul.% fa0, fa0, fa1', 'mul'),
    of('fdiv.% fa0, fa0, fa1', 'div'),
    of('fsqrt.% fa0, fa0', 'sqrt'),
    of('fmadd.% fa0, fa0, fa1, fa2', 'fma'),
    of('fmin.% fa0, fa0, fa1', 'min'),
    of('fmax.% fa0, fa0, fa1', 'max'),
    of('feq.% a0, fa0, fa1', 'eq'),
    of('flt.% a0, fa0, fa1', 'lt'),
    of('fle.% a0, fa0, fa1', 'le'),
    of('fclass.% a0, fa0', 'classify'),
    of(`fcvt.${other}.% fa0, fa0`, 'to other format'),
    ...([32, 64] as const).flatMap((bits) =>
      (['', 'u'] as const).flatMap((sign) => {
        const integer = `${bits === 32 ? 'w' : 'l'}${sign}`
        const name = sign === '' ? 'signed' : 'unsigned'
        return [
          of(`fcvt.${integer}.% a0, fa0`, `to ${name}`, bits),
          of(`fcvt.%.${integer} fa0, a0`, `from ${name}`, bits),
        ]
      }),
    ),
  ]
}

describe(`fast floats (seed ${seed})`, () => {
  let machine: Machine
  let data: number

  before(() => {
    machine = openMachine()
    data = machine.data(rounds * caseBytes).address
  })

  for (const format of ['s', 'd'] as const)
    for (const each of tried(format))
      it(`${each.instruction}: results and flags are the exact ones`, () => {
        const random = seeded(seed)
        const cases = Array.from({ length: rounds }, () => caseOf(random, each))
        const wrong = run(each, cases)
          .map((mine, index) => ({ mine, exact: exactOf(each, cases[index] ?? noCase), of: cases[index] }))
          .filter(({ mine, exact }) => mine.bits !== exact.bits || mine.flags !== exact.flags)
        expect(wrong.slice(0, 3).map(shown)).to.deep.equal([])
      })

  /** Executes the instruction for each case, on the hart. */
  function run(each: Tried, cases: readonly Case[]): readonly Outcome[] {
    const view = machine.view()
    for (const [index, { operands, mode, flags }] of cases.entries()) {
      const at = data + index * caseBytes
      for (const [position, bits] of operands.entries()) view.setBigUint64(at + 8 * position, bits, true)
      view.setBigUint64(at + 24, BigInt((mode << 5) | flags), true)
    }
    const isFromInteger = each.operation.startsWith('from')
    const isToInteger = /^\S+ a0,/.test(each.instruction)
    const source = `
      1: ld a2, 24(a0)
      fscsr a2
      mv a3, a0
      ${isFromInteger ? 'ld a0, 0(a3)' : 'fld fa0, 0(a3)'}
      fld fa1, 8(a3)
      fld fa2, 16(a3)
      ${each.instruction}
      ${isToInteger ? 'sd a0, 32(a3)' : 'fsd fa0, 32(a3)'}
      frcsr a2
      sd a2, 40(a3)
      addi a0, a3, ${caseBytes}
      addi a1, a1, -1
      bnez a1, 1b
      ret`
    const code = machine.place(source, 64)
    returned(
      machine.hart(64, 0).call(code.address, { parameters: ['pointer', 'i32'], results: [] }, [data, cases.length]),
    )
    machine.remove(code.reservation)
    return cases.map((_, index) => ({
      bits: view.getBigUint64(data + index * caseBytes + 32, true),
      flags: view.getUint32(data + index * caseBytes + 40, true) & 31,
    }))
  }
})

interface Case {
  /** As in registers. */
  readonly operands: readonly bigint[]
  readonly mode: number
  readonly flags: number
}

interface Outcome {
  readonly bits: bigint
  readonly flags: number
}

const noCase: Case = { operands: [], mode: 0, flags: 0 }

const state = new SharedArrayBuffer(1024)
const unit = createFloatUnit(state)
/** hartState.fcsr */
const flagsAt = 532 / 4

function exactOf({ operation, format, integerBits, instruction }: Tried, { operands, mode, flags }: Case): Outcome {
  const words = new Int32Array(state)
  words[flagsAt] = flags
  const number = floatOperations.indexOf(operation) | (format === 'd' ? 0x100 : 0) | (integerBits === 64 ? 0x200 : 0)
  const width = integerBits !== undefined && operation.startsWith('from') ? integerBits : format === 'd' ? 64 : 32
  const [a = 0n, b = 0n, c = 0n] = operands.map((bits) => BigInt.asUintN(width, bits))
  const result = unit(0, number, mode, a, b, c)
  const isSingle = /^\S+ fa0,/.test(instruction) && !/^(fcvt\.d|f\w+\.d )/.test(instruction)
  const isWord = /^\S+ a0,/.test(instruction) && integerBits === 32
  const bits = isSingle
    ? BigInt.asUintN(32, result) | 0xffff_ffff_0000_0000n
    : isWord
      ? BigInt.asUintN(64, BigInt.asIntN(32, result))
      : BigInt.asUintN(64, result)
  return { bits, flags: (words[flagsAt] ?? 0) & 31 }
}

function shown({ mine, exact, of }: { mine: Outcome; exact: Outcome; of: Case | undefined }): string {
  const hex = (bits: bigint): string => bits.toString(16)
  const operands = of?.operands.map(hex).join(' ') ?? ''
  return `${operands} mode ${of?.mode} flags ${of?.flags}: ${hex(mine.bits)} ${mine.flags}, not ${hex(exact.bits)} ${exact.flags}`
}

function caseOf(random: (limit: number) => number, { operation, format }: Tried): Case {
  const mode = random(2) === 0 ? 0 : random(5)
  const flags = random(2) === 0 ? 0 : random(32)
  if (operation.startsWith('from')) return { operands: [integerOf(random), 0n, 0n], mode, flags }
  const a = floatOf(random, format, undefined)
  const b = floatOf(random, format, a)
  const c = floatOf(random, format, random(2) === 0 ? productOf(format, a, b) : b)
  const boxed = (bits: bigint): bigint => (format === 'd' ? bits : bits | 0xffff_ffff_0000_0000n)
  const operands = random(50) === 0 ? roundedUpToNormal(format, operation) : [a, b, c]
  return { operands: operands.map(boxed), mode, flags }
}

/** Half or twice something that is then a little too small to be normal, and is rounded to what is: it underflows. */
function roundedUpToNormal(format: Format, operation: FloatOperation): readonly bigint[] {
  const factor = operation === 'div' ? 2 : 0.5
  const [fractionBits, bits] = format === 'd' ? [52n, bitsOf.double(factor)] : [23n, bitsOf.single(factor)]
  return [(1n << (fractionBits + 1n)) - 1n, bits, 0n]
}

function integerOf(random: (limit: number) => number): bigint {
  const bits = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))
  const value = bits >> BigInt(random(64))
  return BigInt.asUintN(64, random(2) === 0 ? value : -value)
}

/** Few or many bits, borders of the exponent's range, specials, and often near to the other one's magnitude. */
function floatOf(random: (limit: number) => number, format: Format, near: bigint | undefined): bigint {
  const [fractionBits, exponentBits] = format === 'd' ? [52n, 11n] : [23n, 8n]
  const top = (1 << Number(exponentBits)) - 1
  const sign = BigInt(random(2)) << (fractionBits + exponentBits)
  const many = ((BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))) & ((1n << fractionBits) - 1n)
  const kept = BigInt(random(Number(fractionBits) + 1))
  const fraction = random(3) === 0 ? many : random(8) === 0 ? (1n << fractionBits) - 1n : (many >> kept) << kept
  const nearExponent = near === undefined ? top >> 1 : Number((near >> fractionBits) & BigInt(top))
  const chosen = random(10)
  const exponent =
    chosen === 0
      ? random(3)
      : chosen === 1
        ? top - random(3)
        : chosen < 5
          ? random(top + 1)
          : Math.min(Math.max(nearExponent + random(7) - 3, 0), top)
  return sign | (BigInt(exponent) << fractionBits) | fraction
}

/** Something of the size of the product, so that a sum with it cancels. */
function productOf(format: Format, a: bigint, b: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8))
  const value = (bits: bigint): number => {
    view.setBigUint64(0, bits)
    return format === 'd' ? view.getFloat64(0) : view.getFloat32(4)
  }
  const product = -(value(a) * value(b))
  return format === 'd' ? bitsOf.double(product) : bitsOf.single(product)
}

const bitsOf = {
  double: (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n,
  single: (value: number): bigint => BigInt(new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0),
}
