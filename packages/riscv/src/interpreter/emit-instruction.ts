// The effects of one instruction to WebAssembly. Every value is computed into a local before the first effect takes place,
// which is what makes them take place together; then the pc moves on.
import type { Effect, TrapCause } from '../expression.js'
import type { Emitter } from './emitter.js'
import { checkAccess, memoryAddress, registerAddress, registerField, trap } from './emitter.js'
import { emitConversion, emitValue, wasmType } from './emit-value.js'
import { hartState } from './hart-state.js'

export function emitInstruction(emitter: Emitter, effects: readonly Effect[]): void {
  const { code } = emitter
  const held = code.held
  const commits = effects.map((effect) => prepare(emitter, effect))
  if (!effects.some(({ kind }) => kind === 'jump' || kind === 'branch')) {
    emitValue(emitter, { kind: 'next pc', type: 'x' })
    commits.push(commitPc(emitter))
  }
  for (const commit of commits) commit()
  code.release(held)
}

type Commit = () => void

/** Computes what the effect needs, and gives what then has to be done. */
function prepare(emitter: Emitter, effect: Effect): Commit {
  const { code, x, pc } = emitter
  switch (effect.kind) {
    case 'set': {
      emitValue(emitter, effect.value)
      const value = code.keep(x)
      return () => {
        registerAddress(emitter, registerField(effect.operand))
        code.op('local.get', value)
        code.memory(`${x}.store`, 8, 0)
      }
    }
    case 'set float':
      return prepareFloat(emitter, effect)
    case 'store':
      return prepareStore(emitter, effect)
    case 'jump':
      emitValue(emitter, effect.target)
      return commitPc(emitter)
    case 'branch':
      emitValue(emitter, effect.target)
      emitValue(emitter, { kind: 'next pc', type: 'x' })
      emitValue(emitter, effect.condition)
      code.op('select')
      return commitPc(emitter)
    case 'trap':
      return () => trap(emitter, causes[effect.cause], effect.cause === 'breakpoint' ? pc : undefined)
    case 'fence':
      return () => code.op('atomic.fence', 0)
  }
}

const causes: Readonly<Record<TrapCause, 'illegalInstruction' | 'breakpoint' | 'environmentCall'>> = {
  'illegal instruction': 'illegalInstruction',
  breakpoint: 'breakpoint',
  'environment call': 'environmentCall',
}

/** The pc on the stack is the next one. */
function commitPc({ code, x, pc }: Emitter): Commit {
  const next = code.keep(x)
  return () => {
    code.op('local.get', next)
    code.op('local.set', pc)
  }
}

function prepareFloat(emitter: Emitter, { operand, value }: Extract<Effect, { readonly kind: 'set float' }>): Commit {
  const { code } = emitter
  emitValue(emitter, value)
  if (wasmType(emitter, value.type) === 'f64') code.op('i64.reinterpret_f64')
  else {
    code.op('i32.reinterpret_f32')
    code.op('i64.extend_i32_u')
    code.constant('i64', 0xffff_ffff_0000_0000n)
    code.op('i64.or')
  }
  const bits = code.keep('i64')
  return () => {
    registerAddress(emitter, registerField(operand))
    code.op('local.get', bits)
    code.memory('i64.store', 8, hartState.floats)
  }
}

function prepareStore(
  emitter: Emitter,
  { width, address, value }: Extract<Effect, { readonly kind: 'store' }>,
): Commit {
  const { code, x } = emitter
  const target = width === 64 ? 'i64' : 'i32'
  emitValue(emitter, address)
  const at = code.keep(x)
  emitValue(emitter, value)
  emitConversion(emitter, value.type, target, false)
  const stored = code.keep(target)
  checkAccess(emitter, at, width / 8, 'store')
  return () => {
    memoryAddress(emitter, at)
    code.op('local.get', stored)
    const suffix = width === 64 || width === 32 ? '' : String(width)
    code.memory(`${target}.store${suffix}`, width / 8, 0)
  }
}
