// Where the calling conventions lp64d and ilp32d put scalars: a0 to a7 and fa0 to fa7 in order, then the stack. A float that
// finds no float register goes where an integer of its size goes. On RV32 an integer of 64 bits takes two registers, or the
// last one and a word of the stack, or eight aligned bytes of it.
//
// Source: RISC-V ELF psABI, chapter 2.
import type { ValueType } from '@worc/protocol'
import type { Xlen } from '../instruction.js'
import type { HartRegisters } from './hart-registers.js'
import { registerNumber } from './hart-registers.js'

/** A pointer is a number in JavaScript, and an integer of XLEN bits for the hart. */
export type HartValueType = ValueType | 'pointer'

export interface HartSignature {
  readonly parameters: readonly HartValueType[]
  /** None or one. */
  readonly results: readonly HartValueType[]
}

/** i64 is bigint, all others are numbers. */
export type HartValue = number | bigint

/** Pieces of a value: registers and offsets on the stack, the lowest bits first. */
type Piece =
  | { readonly kind: 'x'; readonly number: number }
  | { readonly kind: 'f'; readonly number: number }
  | { readonly kind: 'stack'; readonly offsetBytes: number }

interface ArgumentPlaces {
  readonly places: readonly (readonly Piece[])[]
  /** What the arguments take of the stack, a multiple of 16. */
  readonly stackBytes: number
}

const registerCount = 8

const known = new WeakMap<HartSignature, Partial<Record<Xlen, ArgumentPlaces>>>()

/** The same for the same signature. */
export function argumentPlaces(signature: HartSignature, xlen: Xlen): ArgumentPlaces {
  const found = known.get(signature)?.[xlen]
  if (found !== undefined) return found
  const places = placesOf(signature.parameters, xlen)
  known.set(signature, { ...known.get(signature), [xlen]: places })
  return places
}

function placesOf(parameters: readonly HartValueType[], xlen: Xlen): ArgumentPlaces {
  const wordBytes = xlen / 8
  let [integers, floats, stack] = [0, 0, 0]
  const word = (): Piece => {
    if (integers < registerCount) return { kind: 'x', number: registerNumber.a0 + integers++ }
    stack += wordBytes
    return { kind: 'stack', offsetBytes: stack - wordBytes }
  }
  const places = parameters.map((type): readonly Piece[] => {
    if (isFloat(type) && floats < registerCount) return [{ kind: 'f', number: registerNumber.fa0 + floats++ }]
    if (sizeOf(type, xlen) <= wordBytes) return [word()]
    if (integers === registerCount) stack = Math.ceil(stack / 8) * 8
    return [word(), word()]
  })
  return { places, stackBytes: Math.ceil(stack / 16) * 16 }
}

/** Memory that belongs to the guest's stack and was checked; undefined where there is nothing on it. */
type StackView = DataView | undefined

/** Puts arguments into registers and, from the start of the view on, on the stack. */
export function writeArguments(
  registers: HartRegisters,
  { places }: ArgumentPlaces,
  types: readonly HartValueType[],
  values: readonly HartValue[],
  stack: StackView,
): void {
  for (let index = 0; index < places.length; index++) {
    const [type = 'i32', value = 0, pieces = []] = [types[index], values[index], places[index]]
    const [first] = pieces
    if (first?.kind === 'x' && pieces.length === 1) writeRegister(registers, first.number, type, value)
    else if (first?.kind === 'f' && type === 'f32') registers.setSingle(first.number, Number(value))
    else if (first?.kind === 'f') registers.setDouble(first.number, Number(value))
    else writePieces(registers, pieces, bitsOf(type, value, registers.xlen), stack)
  }
}

function writeRegister(registers: HartRegisters, number: number, type: HartValueType, value: HartValue): void {
  if (type === 'i32') registers.setXNumber(number, Number(value) | 0)
  else if (type === 'pointer' && Number.isSafeInteger(value)) registers.setXNumber(number, Number(value))
  else registers.setX(number, bitsOf(type, value, registers.xlen))
}

function writePieces(registers: HartRegisters, pieces: readonly Piece[], value: bigint, stack: StackView): void {
  const { xlen } = registers
  let bits = value
  for (const piece of pieces) {
    if (piece.kind === 'x') registers.setX(piece.number, BigInt.asIntN(xlen, bits))
    else if (piece.kind === 'f') registers.setF(piece.number, bits)
    else if (xlen === 64) stack?.setBigInt64(piece.offsetBytes, bits, true)
    else stack?.setInt32(piece.offsetBytes, Number(BigInt.asIntN(32, bits)), true)
    bits >>= BigInt(xlen)
  }
}

/** What a function that was called by guest code was given. */
export function readArguments(
  registers: HartRegisters,
  { places }: ArgumentPlaces,
  types: readonly HartValueType[],
  stack: StackView,
): HartValue[] {
  const { xlen } = registers
  const read = (piece: Piece): bigint => {
    if (piece.kind === 'f') return registers.f(piece.number)
    if (piece.kind === 'x') return registers.x(piece.number)
    if (xlen === 64) return stack?.getBigUint64(piece.offsetBytes, true) ?? 0n
    return BigInt(stack?.getUint32(piece.offsetBytes, true) ?? 0)
  }
  return places.map((pieces, index) => {
    const bits = pieces.reduce((sum, piece, position) => sum | (read(piece) << BigInt(position * xlen)), 0n)
    return valueOf(types[index] ?? 'i32', bits, pieces[0]?.kind === 'f')
  })
}

/** The value in a0 and a1, or fa0. */
export function readResult(registers: HartRegisters, type: HartValueType): HartValue {
  const { a0, fa0 } = registerNumber
  switch (type) {
    case 'i32':
      return registers.xWord(a0)
    case 'pointer':
      return registers.xNumber(a0)
    case 'f32':
      return registers.single(fa0)
    case 'f64':
      return registers.double(fa0)
    case 'i64': {
      const upper = registers.xlen === 32 ? registers.x(a0 + 1) << 32n : 0n
      return BigInt.asIntN(64, registers.x(a0) | upper)
    }
  }
}

export function writeResult(registers: HartRegisters, type: HartValueType, value: HartValue): void {
  const { a0, fa0 } = registerNumber
  const bits = bitsOf(type, value, registers.xlen)
  if (isFloat(type)) return registers.setF(fa0, type === 'f32' ? boxed(bits) : bits)
  registers.setX(a0, BigInt.asIntN(registers.xlen, bits))
  if (registers.xlen === 32 && type === 'i64') registers.setX(a0 + 1, bits >> 32n)
}

function isFloat(type: HartValueType): boolean {
  return type === 'f32' || type === 'f64'
}

function sizeOf(type: HartValueType, xlen: Xlen): number {
  if (type === 'pointer') return xlen / 8
  return type === 'i32' || type === 'f32' ? 4 : 8
}

const scratch = new DataView(new ArrayBuffer(8))

/** Signed. An integer of 32 bits fills a register with its sign, an unsigned one too. */
function bitsOf(type: HartValueType, value: HartValue, xlen: Xlen): bigint {
  if (type === 'f32') {
    scratch.setFloat32(0, Number(value))
    return BigInt(scratch.getInt32(0))
  }
  if (type === 'f64') {
    scratch.setFloat64(0, Number(value))
    return scratch.getBigInt64(0)
  }
  if (type === 'i32') return BigInt(Number(value) | 0)
  return BigInt.asIntN(type === 'pointer' ? xlen : 64, BigInt(value))
}

function valueOf(type: HartValueType, bits: bigint, isInFloatRegister: boolean): HartValue {
  if (type === 'i32') return Number(BigInt.asIntN(32, bits))
  if (type === 'i64') return BigInt.asIntN(64, bits)
  if (type === 'pointer') return Number(bits)
  if (type === 'f32') {
    // What is no boxed single counts as the canonical NaN.
    if (isInFloatRegister && bits >> 32n !== 0xffff_ffffn) return NaN
    scratch.setUint32(0, Number(bits & 0xffff_ffffn))
    return scratch.getFloat32(0)
  }
  scratch.setBigUint64(0, bits)
  return scratch.getFloat64(0)
}

function boxed(bits: bigint): bigint {
  return bits | 0xffff_ffff_0000_0000n
}
