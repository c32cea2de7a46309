// Expressions of the instruction table to WebAssembly: each leaves its value on the stack. Accesses are checked before they
// are made, so what traps has not happened.
import { floatOperations } from '../expression.js'
import type { Value, ValueType } from '../expression.js'
import type { Emitter } from './emitter.js'
import { checkAccess, memoryAddress, registerAddress, registerField, trapIf } from './emitter.js'
import { emitAtomic, emitLoadReserved, emitStoreConditional } from './emit-atomic.js'
import { emitCsr } from './emit-csr.js'
import { emitDivision } from './emit-division.js'
import { fastKey } from './fast-float.js'
import { hartState } from './hart-state.js'
import type { WasmType } from './code-writer.js'

export function wasmType({ x }: Emitter, type: ValueType): WasmType {
  return type === 'x' ? x : type
}

function integerType(emitter: Emitter, type: ValueType): 'i32' | 'i64' {
  const known = wasmType(emitter, type)
  if (known === 'i32' || known === 'i64') return known
  throw new Error(`${type} is no integer`)
}

export function emitValue(emitter: Emitter, value: Value): void {
  const { code, x, pc, record, word } = emitter
  switch (value.kind) {
    case 'constant':
      return code.constant(integerType(emitter, value.type), value.value)
    case 'immediate':
      code.op('local.get', record)
      code.memory(x === 'i32' ? 'i32.load' : 'i64.load32_s', 4, 8)
      return
    case 'register':
      registerAddress(emitter, registerField(value.operand))
      return code.memory(`${x}.load`, 8, 0)
    case 'float register':
      return emitFloatRegister(emitter, value)
    case 'float bits':
      registerAddress(emitter, registerField(value.operand))
      return code.memory('i64.load', 8, hartState.floats)
    case 'pc':
      return code.op('local.get', pc)
    case 'next pc':
      code.op('local.get', pc)
      code.op('local.get', word)
      code.constant('i32', 16)
      code.op('i32.shr_u')
      code.constant('i32', 0xff)
      code.op('i32.and')
      if (x === 'i64') code.op('i64.extend_i32_u')
      return code.op(`${x}.add`)
    case 'unary':
      emitValue(emitter, value.value)
      return code.op(`${integerType(emitter, value.value.type)}.${value.operation}`)
    case 'binary':
      return emitBinary(emitter, value)
    case 'compare':
      emitValue(emitter, value.left)
      emitValue(emitter, value.right)
      return code.op(`${integerType(emitter, value.left.type)}.${value.operation}`)
    case 'select':
      emitValue(emitter, value.then)
      emitValue(emitter, value.otherwise)
      emitValue(emitter, value.condition)
      return code.op('select')
    case 'convert':
      emitValue(emitter, value.value)
      return emitConversion(emitter, value.value.type, value.type, value.signed)
    case 'reinterpret':
      emitValue(emitter, value.value)
      return code.op(`${wasmType(emitter, value.type)}.reinterpret_${wasmType(emitter, value.value.type)}`)
    case 'load':
      return emitLoad(emitter, value)
    case 'load reserved':
      return emitLoadReserved(emitter, value, emitValue)
    case 'store conditional':
      return emitStoreConditional(emitter, value, emitValue)
    case 'atomic':
      return emitAtomic(emitter, value, emitValue)
    case 'csr':
      return emitCsr(emitter, value, emitValue)
    case 'float':
      return emitFloat(emitter, value)
  }
}

/** Between integers; between equal types it is nothing. */
export function emitConversion(emitter: Emitter, from: ValueType, to: ValueType, isSigned: boolean): void {
  const [source, target] = [integerType(emitter, from), integerType(emitter, to)]
  if (source === target) return
  emitter.code.op(target === 'i32' ? 'i32.wrap_i64' : `i64.extend_i32_${isSigned ? 's' : 'u'}`)
}

type Kind<K extends Value['kind']> = Extract<Value, { readonly kind: K }>

function emitBinary(emitter: Emitter, value: Kind<'binary'>): void {
  const { code, functions } = emitter
  const type = integerType(emitter, value.type)
  const { operation } = value
  if (/^(div|rem)_/.test(operation)) return emitDivision(emitter, value, type, emitValue)
  emitValue(emitter, value.left)
  if (!operation.startsWith('mulh_')) {
    emitValue(emitter, value.right)
    return code.op(`${type}.${operation}`)
  }
  const [leftSigned, rightSigned] = [operation !== 'mulh_uu', operation === 'mulh_ss']
  if (type === 'i64') {
    emitValue(emitter, value.right)
    code.constant('i32', (leftSigned ? 1 : 0) | (rightSigned ? 2 : 0))
    return code.op('call', functions.multiplyHigh)
  }
  code.op(`i64.extend_i32_${leftSigned ? 's' : 'u'}`)
  emitValue(emitter, value.right)
  code.op(`i64.extend_i32_${rightSigned ? 's' : 'u'}`)
  code.op('i64.mul')
  code.constant('i64', 32)
  code.op('i64.shr_u')
  code.op('i32.wrap_i64')
}

function emitLoad(emitter: Emitter, { type, width, signed, address }: Kind<'load'>): void {
  const { code, x } = emitter
  emitValue(emitter, address)
  const at = code.keep(x)
  checkAccess(emitter, at, width / 8, 'load')
  memoryAddress(emitter, at)
  const target = integerType(emitter, type)
  const isWhole = width === (target === 'i32' ? 32 : 64)
  code.memory(`${target}.load${isWhole ? '' : `${width}_${signed ? 's' : 'u'}`}`, width / 8, 0)
}

function emitFloatRegister(emitter: Emitter, { type, operand }: Kind<'float register'>): void {
  const { code } = emitter
  registerAddress(emitter, registerField(operand))
  if (type === 'f64') return code.memory('f64.load', 8, hartState.floats)
  code.memory('i64.load', 8, hartState.floats)
  const bits = code.keep('i64')
  code.op('local.get', bits)
  code.op('i32.wrap_i64')
  code.constant('i32', 0x7fc0_0000)
  code.op('local.get', bits)
  code.constant('i64', 32)
  code.op('i64.shr_s')
  code.constant('i64', -1)
  code.op('i64.eq')
  code.op('select')
  code.op('f32.reinterpret_i32')
}

/**
 * By a fast function, where there is one. Else operands go to the import as bits in i64, and its result comes back so. Either
 * accrues the flags.
 */
function emitFloat(emitter: Emitter, value: Kind<'float'>): void {
  const { type, operation, format, values, rounds } = value
  const { code, functions, hart } = emitter
  const mode = rounds ? emitRoundingMode(emitter) : undefined
  code.op('local.get', hart)
  const parameters = values.map((each) => wasmType(emitter, each.type))
  const fast = functions.fast.get(fastKey({ operation, format, parameters, result: wasmType(emitter, type) }))
  if (fast !== undefined) {
    if (mode === undefined) code.constant('i32', 0)
    else code.op('local.get', mode)
    for (const each of values) emitValue(emitter, each)
    return code.op('call', fast)
  }
  const integer = /signed$/.test(operation) ? integerWidth(emitter, type, values) : 0
  code.constant('i32', floatOperations.indexOf(operation) | (format === 'f64' ? 0x100 : 0) | (integer << 9))
  if (mode === undefined) code.constant('i32', 0)
  else code.op('local.get', mode)
  for (const position of [0, 1, 2]) {
    const value = values[position]
    if (value === undefined) code.constant('i64', 0)
    else emitBits(emitter, value)
  }
  code.op('call', functions.float)
  if (type === 'i64' || type === 'x') return
  if (type === 'f64') return code.op('f64.reinterpret_i64')
  code.op('i32.wrap_i64')
  if (type === 'f32') code.op('f32.reinterpret_i32')
}

/** 1 where the integer of a conversion has 64 bits. */
function integerWidth(emitter: Emitter, type: ValueType, [value]: readonly Value[]): 0 | 1 {
  const types = [type, value?.type ?? 'i32'].map((each) => wasmType(emitter, each))
  return types.includes('i64') ? 1 : 0
}

function emitBits(emitter: Emitter, value: Value): void {
  const { code } = emitter
  emitValue(emitter, value)
  const type = wasmType(emitter, value.type)
  if (type === 'f64') code.op('i64.reinterpret_f64')
  if (type === 'f32') code.op('i32.reinterpret_f32')
  if (type === 'f32' || type === 'i32') code.op('i64.extend_i32_u')
}

/** The instruction's own rounding mode or, if that is dynamic, frm; a reserved one is illegal. */
function emitRoundingMode(emitter: Emitter): number {
  const { code, record, hart } = emitter
  code.op('local.get', record)
  code.memory('i32.load8_u', 1, 7)
  const mode = code.keep('i32')
  code.op('local.get', mode)
  code.constant('i32', 7)
  code.op('i32.eq')
  code.open('if')
  code.op('local.get', hart)
  code.memory('i32.load', 4, hartState.fcsr)
  code.constant('i32', 5)
  code.op('i32.shr_u')
  code.op('local.set', mode)
  code.op('end')
  code.op('local.get', mode)
  code.constant('i32', 4)
  code.op('i32.gt_u')
  trapIf(emitter, 'illegalInstruction', undefined)
  return mode
}
