// Division and remainder as RISC-V defines them: WebAssembly traps on zero and on overflow, RISC-V has results for both.
import type { Value } from '../expression.js'
import type { Emitter } from './emitter.js'

type Emit = (emitter: Emitter, value: Value) => void

export function emitDivision(
  emitter: Emitter,
  { operation, left, right }: Extract<Value, { readonly kind: 'binary' }>,
  type: 'i32' | 'i64',
  emit: Emit,
): void {
  const { code } = emitter
  const isQuotient = operation.startsWith('div')
  emit(emitter, left)
  const dividend = code.keep(type)
  emit(emitter, right)
  const divisor = code.keep(type)

  code.op('local.get', divisor)
  code.op(`${type}.eqz`)
  code.open('if', type)
  if (isQuotient) code.constant(type, -1)
  else code.op('local.get', dividend)
  code.op('else')
  if (operation.endsWith('_u')) divide()
  else {
    // By -1 the quotient is the negation, which also holds where it overflows.
    code.op('local.get', divisor)
    code.constant(type, -1)
    code.op(`${type}.eq`)
    code.open('if', type)
    code.constant(type, 0)
    if (isQuotient) {
      code.op('local.get', dividend)
      code.op(`${type}.sub`)
    }
    code.op('else')
    divide()
    code.op('end')
  }
  code.op('end')

  function divide(): void {
    code.op('local.get', dividend)
    code.op('local.get', divisor)
    code.op(`${type}.${operation}`)
  }
}
