// F and D: the same instructions for two formats, single and double, told apart by one bit. Signs are bits, so negation
// and sign injection are integer operations and keep whatever NaN they are given.
//
// Source: RISC-V Unprivileged ISA, chapters 20 and 21.
import type { Effect, FloatOperation, FloatType, Value } from '../expression.js'
import {
  add,
  binary,
  constant,
  float,
  floatBits,
  floatRegister,
  immediate,
  load,
  register,
  reinterpret,
  set,
  setFloat,
  signed,
  store,
  unsigned,
} from '../expression.js'
import type { Extension, Instruction, Xlen } from '../instruction.js'
import { bothXlens, row } from '../instruction.js'

interface Format {
  readonly suffix: 's' | 'd'
  readonly extension: Extension
  readonly type: FloatType
  readonly bits: 'i32' | 'i64'
  readonly width: 32 | 64
  readonly number: 0 | 1
}

const single: Format = { suffix: 's', extension: 'f', type: 'f32', bits: 'i32', width: 32, number: 0 }
const double: Format = { suffix: 'd', extension: 'd', type: 'f64', bits: 'i64', width: 64, number: 1 }

const rs1 = register('rs1')
const rv64: readonly Xlen[] = [64]
const opcodeFloat = 0x53

function rowsOf(format: Format): readonly Instruction[] {
  return [
    ...memoryRows(format),
    ...fusedRows(format),
    ...arithmeticRows(format),
    ...signRows(format),
    ...comparisonRows(format),
    ...conversionRows(format),
    ...moveRows(format),
  ]
}

/** `funct7` without its format bit; `funct3` is undefined where the rounding mode stands. */
function floatRow(
  name: string,
  { suffix, extension, number }: Format,
  [funct7, funct3, rs2]: readonly [funct7: number, funct3: number, rs2: number],
  syntax: string,
  effect: Effect,
  xlens = bothXlens,
): Instruction {
  const match = opcodeFloat | (funct3 << 12) | (rs2 << 20) | ((funct7 | number) << 25)
  return row(name.replace('%', suffix), [extension], match, syntax, [effect], { xlens })
}

function memoryRows({ suffix, extension, type, bits, width, number }: Format): readonly Instruction[] {
  const letter = suffix === 's' ? 'w' : 'd'
  const funct3 = 2 + number
  const loaded = reinterpret(type, load(bits, width, false, add(rs1, immediate('imm'))))
  const stored = store(width, add(rs1, immediate('offset')), unsigned(bits, floatBits('fs2')))
  return [
    row(`fl${letter}`, [extension], 0x07 | (funct3 << 12), 'fd, imm(rs1)', [setFloat(loaded)]),
    row(`fs${letter}`, [extension], 0x27 | (funct3 << 12), 'fs2, offset(rs1)', [stored]),
  ]
}

function fusedRows({ suffix, extension, type, bits, width, number }: Format): readonly Instruction[] {
  const plus = (operand: string): Value<FloatType> => floatRegister(type, operand)
  const minus = (operand: string): Value<FloatType> =>
    reinterpret(type, binary('xor', reinterpret(bits, plus(operand)), signBit(bits, width)))
  const fused = (name: string, opcode: number, factor: Value, addend: Value): Instruction => {
    const value = float(type, 'fma', type, [factor, plus('fs2'), addend], true)
    return row(`${name}.${suffix}`, [extension], opcode | (number << 25), 'fd, fs1, fs2, fs3, rm', [setFloat(value)])
  }
  return [
    fused('fmadd', 0x43, plus('fs1'), plus('fs3')),
    fused('fmsub', 0x47, plus('fs1'), minus('fs3')),
    fused('fnmsub', 0x4b, minus('fs1'), plus('fs3')),
    fused('fnmadd', 0x4f, minus('fs1'), minus('fs3')),
  ]
}

function arithmeticRows(format: Format): readonly Instruction[] {
  const { type } = format
  const sources = [floatRegister(type, 'fs1'), floatRegister(type, 'fs2')]
  const rounded = (name: string, funct7: number, operation: FloatOperation): Instruction =>
    floatRow(name, format, [funct7, 0, 0], 'fd, fs1, fs2, rm', setFloat(float(type, operation, type, sources, true)))
  const chosen = (name: string, funct3: number, operation: FloatOperation): Instruction =>
    floatRow(name, format, [0x14, funct3, 0], 'fd, fs1, fs2', setFloat(float(type, operation, type, sources, false)))
  const root = float(type, 'sqrt', type, [floatRegister(type, 'fs1')], true)
  return [
    rounded('fadd.%', 0x00, 'add'),
    rounded('fsub.%', 0x04, 'sub'),
    rounded('fmul.%', 0x08, 'mul'),
    rounded('fdiv.%', 0x0c, 'div'),
    floatRow('fsqrt.%', format, [0x2c, 0, 0], 'fd, fs1, rm', setFloat(root)),
    chosen('fmin.%', 0, 'min'),
    chosen('fmax.%', 1, 'max'),
  ]
}

function signRows(format: Format): readonly Instruction[] {
  const { type, bits, width } = format
  const magnitude = reinterpret(bits, floatRegister(type, 'fs1'))
  const other = reinterpret(bits, floatRegister(type, 'fs2'))
  const sign = signBit(bits, width)
  const others = constant(bits, -1)
  const injected = (name: string, funct3: number, signSource: Value<'i32' | 'i64'>): Instruction => {
    const kept = binary<'i32' | 'i64'>('and', magnitude, binary('xor', sign, others))
    const value = binary('or', kept, binary('and', signSource, sign))
    return floatRow(name, format, [0x10, funct3, 0], 'fd, fs1, fs2', setFloat(reinterpret(type, value)))
  }
  return [
    injected('fsgnj.%', 0, other),
    injected('fsgnjn.%', 1, binary('xor', other, others)),
    injected('fsgnjx.%', 2, binary<'i32' | 'i64'>('xor', other, magnitude)),
  ]
}

function comparisonRows(format: Format): readonly Instruction[] {
  const { type } = format
  const sources = [floatRegister(type, 'fs1'), floatRegister(type, 'fs2')]
  const compared = (name: string, funct3: number, operation: FloatOperation): Instruction => {
    const value = unsigned('x', float('i32', operation, type, sources, false))
    return floatRow(name, format, [0x50, funct3, 0], 'rd, fs1, fs2', set(value))
  }
  const kind = float('i32', 'classify', type, [floatRegister(type, 'fs1')], false)
  return [
    compared('feq.%', 2, 'eq'),
    compared('flt.%', 1, 'lt'),
    compared('fle.%', 0, 'le'),
    floatRow('fclass.%', format, [0x70, 1, 0], 'rd, fs1', set(unsigned('x', kind))),
  ]
}

/** To and from the four integer types; what cannot be inexact takes a rounding mode all the same. */
function conversionRows(format: Format): readonly Instruction[] {
  const { type } = format
  const integers = [
    ['w', 'i32', 'signed'],
    ['wu', 'i32', 'unsigned'],
    ['l', 'i64', 'signed'],
    ['lu', 'i64', 'unsigned'],
  ] as const
  return integers.flatMap(([letters, integer, signedness], number) => {
    const xlens = integer === 'i32' ? bothXlens : rv64
    const source = floatRegister(type, 'fs1')
    const to = signed('x', float(integer, `to ${signedness}`, type, [source], true))
    const from = float(type, `from ${signedness}`, type, [signed(integer, rs1)], true)
    const isExact = type === 'f64' && integer === 'i32'
    return [
      floatRow(`fcvt.${letters}.%`, format, [0x60, 0, number], 'rd, fs1, rm', set(to), xlens),
      floatRow(
        `fcvt.%.${letters}`,
        format,
        [0x68, 0, number],
        `fd, rs1, ${isExact ? 'exact' : 'rm'}`,
        setFloat(from),
        xlens,
      ),
    ]
  })
}

function moveRows(format: Format): readonly Instruction[] {
  const { type, bits, suffix } = format
  const letter = suffix === 's' ? 'w' : 'd'
  const xlens = suffix === 's' ? bothXlens : rv64
  const toInteger = signed('x', signed(bits, floatBits('fs1')))
  const fromInteger = reinterpret(type, signed(bits, rs1))
  return [
    floatRow(`fmv.x.${letter}`, format, [0x70, 0, 0], 'rd, fs1', set(toInteger), xlens),
    floatRow(`fmv.${letter}.x`, format, [0x78, 0, 0], 'fd, rs1', setFloat(fromInteger), xlens),
  ]
}

function signBit<T extends 'i32' | 'i64'>(bits: T, width: 32 | 64): Value<T> {
  return constant(bits, 1n << BigInt(width - 1))
}

function formatRows(): readonly Instruction[] {
  const narrowed = float('f32', 'to other format', 'f64', [floatRegister('f64', 'fs1')], true)
  const widened = float('f64', 'to other format', 'f32', [floatRegister('f32', 'fs1')], true)
  return [
    row('fcvt.s.d', ['d'], 0x4010_0053, 'fd, fs1, rm', [setFloat(narrowed)]),
    row('fcvt.d.s', ['d'], 0x4200_0053, 'fd, fs1, exact', [setFloat(widened)]),
  ]
}

export const floatingPointRows: readonly Instruction[] = [...rowsOf(single), ...rowsOf(double), ...formatRows()]
