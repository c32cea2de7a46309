// Generates the interpreter: a WebAssembly module whose function `run(hart, fuel)` executes decoded instructions until one
// traps, one is not decoded yet, or the fuel is spent. One case for each row of the instruction table, made from its
// effects; all state is in memory between two instructions, so a trap is precise by construction.
//
//   loop:  no fuel? leave · pc outside the code? trap · record of pc · switch on its row: effects, next pc · again
import { ModuleWriter } from '@worc/wasm'
import type { Instruction } from '../instruction.js'
import type { Isa } from '../isa.js'
import { instructionsOf } from '../isa.js'
import { CodeWriter } from './code-writer.js'
import { emitInstruction } from './emit-instruction.js'
import type { Emitter, Functions, MemoryMap } from './emitter.js'
import { leave, recordBytes, trap, trapIf } from './emitter.js'
import { hartState, runExit } from './hart-state.js'
import { multiplyHighBody } from './multiply-high.js'

/** Numbers of rows in records. 0 is a record that is not there. */
const undecodedCase = 0
export const illegalCase = 1
/** Of an instruction that the end of the code cuts off. */
export const cutOffCase = 2
const firstRowCase = 3

export interface InterpreterOptions {
  readonly isa: Isa
  readonly map: MemoryMap
  /** Of the shared memory that the module imports. */
  readonly memory: { readonly minimumPages: number; readonly maximumPages: number }
}

/**
 * The module's bytes. Imports `worc.memory` and `worc.float` (see `FloatUnit`); exports `run(hart: i32, fuel: i64): i32`,
 * which gives one of `runExit`.
 */
export function interpreterModule({ isa, map, memory }: InterpreterOptions): Uint8Array<ArrayBuffer> {
  const module = new ModuleWriter()
  const bits = ['i32', 'i32', 'i32', 'i64', 'i64', 'i64'] as const
  const floatType = module.typeIndex({ parameters: bits, results: ['i64'] })
  const highType = module.typeIndex({ parameters: ['i64', 'i64', 'i32'], results: ['i64'] })
  const runType = module.typeIndex({ parameters: ['i32', 'i64'], results: ['i32'] })
  module.importMemory('worc', 'memory', { minimum: memory.minimumPages, maximum: memory.maximumPages, shared: true })
  const float = module.importFunction('worc', 'float', floatType)
  const multiplyHigh = module.addFunction(highType)
  const run = module.addFunction(runType)
  module.addExport('run', 'function', run)
  module.copyBody(multiplyHighBody())
  module.copyBody(runBody(isa, map, { float, multiplyHigh }))
  return module.finish().bytes
}

/** The rows that have a case each; those that only differ in memory ordering share one. */
export function caseNumbers(isa: Isa): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  for (const { name } of baseRows(isa)) {
    const shared = withoutOrdering(name)
    numbers.set(name, numbers.get(shared) ?? new Set(numbers.values()).size + firstRowCase)
  }
  return numbers
}

function baseRows(isa: Isa): readonly Instruction[] {
  return instructionsOf(isa).filter(({ effects }) => effects !== undefined)
}

function withoutOrdering(name: string): string {
  return name.replace(/\.(aq|rl|aqrl)$/, '')
}

function runBody(isa: Isa, map: MemoryMap, functions: Functions): Uint8Array {
  const { xlen } = isa
  const x = xlen === 32 ? 'i32' : 'i64'
  const code = new CodeWriter(2)
  const [hart, fuel] = [0, 1]
  const [pc, record, word] = [code.local(x), code.local('i32'), code.local('i32')]
  const retiredAtEnd = code.local('i64')
  const emitter: Emitter = { code, xlen, x, map, functions, hart, pc, record, word, fuel, retiredAtEnd }
  const rows = baseRows(isa).filter(({ name }) => name === withoutOrdering(name))

  code.op('local.get', hart)
  code.memory(`${x}.load`, 8, hartState.pc)
  code.op('local.set', pc)
  code.op('local.get', hart)
  code.memory('i64.load', 8, hartState.retired)
  code.op('local.get', fuel)
  code.op('i64.add')
  code.op('local.set', retiredAtEnd)

  code.open('loop')
  emitFetch(emitter)
  const caseCount = firstRowCase + rows.length
  for (let each = 0; each < caseCount; each++) code.open('block')
  code.op('local.get', word)
  code.constant('i32', 0xffff)
  code.op('i32.and')
  code.branchTable(Array.from({ length: caseCount }, (_, each) => each))
  for (let each = 0; each < caseCount; each++) {
    code.op('end')
    const row = rows[each - firstRowCase]
    if (row === undefined) emitSpecialCase(emitter, each)
    else {
      emitInstruction(emitter, row.effects ?? [])
      // Out of the blocks that are still open, to the loop.
      code.op('br', caseCount - 1 - each)
    }
  }
  code.op('end')
  code.op('unreachable')
  return code.body()
}

/** Leaves without fuel; else takes some, and finds the record of pc. */
function emitFetch(emitter: Emitter): void {
  const { code, x, pc, fuel, record, word, map } = emitter
  code.op('local.get', fuel)
  code.op('i64.eqz')
  code.open('if')
  leave(emitter, runExit.outOfFuel, 0)
  code.op('end')
  code.op('local.get', fuel)
  code.constant('i64', 1)
  code.op('i64.sub')
  code.op('local.set', fuel)

  code.op('local.get', pc)
  code.constant(x, map.code.start)
  code.op(`${x}.sub`)
  const distance = code.keep(x)
  code.op('local.get', distance)
  code.constant(x, map.code.end - map.code.start)
  code.op(`${x}.ge_u`)
  trapIf(emitter, 'fetchFault', pc)
  code.op('local.get', distance)
  if (x === 'i64') code.op('i32.wrap_i64')
  code.constant('i32', Math.log2(recordBytes / 2))
  code.op('i32.shl')
  code.constant('i32', map.records)
  code.op('i32.add')
  code.op('local.tee', record)
  code.memory('i32.atomic.load', 4, 0, true)
  code.op('local.set', word)
}

function emitSpecialCase(emitter: Emitter, which: number): void {
  const { code, x, record, pc } = emitter
  if (which === undecodedCase) return leave(emitter, runExit.undecoded, 1)
  if (which === cutOffCase) return trap(emitter, 'fetchFault', pc)
  code.op('local.get', record)
  code.memory(x === 'i32' ? 'i32.load' : 'i64.load32_u', 4, 8)
  trap(emitter, 'illegalInstruction', code.keep(x))
}
