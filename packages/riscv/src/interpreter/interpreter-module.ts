// Generates the interpreter: a WebAssembly module whose function `run(hart, fuel)` executes decoded instructions until one
// traps, one is not decoded yet, or the fuel is spent. One case for each row of the instruction table, made from its
// effects; all state is in memory between two instructions, so a trap is precise by construction.
//
//   loop:  no fuel? leave · page of pc not executable? trap · record of pc · switch on its row: effects, next pc · again
import { pageBits, pageBytes } from '@worc/executor-memory'
import type { PageTablePlace } from '@worc/executor-memory'
import { ModuleWriter } from '@worc/wasm'
import type { Instruction } from '../instruction.js'
import type { Isa } from '../isa.js'
import { instructionsOf } from '../isa.js'
import { CodeWriter } from './code-writer.js'
import { emitInstruction } from './emit-instruction.js'
import { fastFunctions, fastKey } from './fast-float.js'
import type { Emitter, Functions } from './emitter.js'
import { leave, memoryAddress, pageRecords, pushPageOffset, trap, trapIf } from './emitter.js'
import { hartState, runExit } from './hart-state.js'
import { multiplyHighBody } from './multiply-high.js'
import { permittedBody } from './permitted.js'

/** Numbers of rows in records. 0 is a record that is not there. */
const undecodedCase = 0
export const illegalCase = 1
/** Of an instruction that ends on another page. */
export const crossingCase = 2
const firstRowCase = 3

export interface InterpreterOptions {
  readonly isa: Isa
  readonly pages: PageTablePlace
  /** Of the shared memory that the module imports. */
  readonly memory: { readonly minimumPages: number; readonly maximumPages: number }
}

/**
 * The module's bytes. Imports `worc.memory` and `worc.float` (see `FloatUnit`); exports `run(hart: i32, fuel: i64): i32`,
 * which gives one of `runExit`.
 */
export function interpreterModule({ isa, pages, memory }: InterpreterOptions): Uint8Array<ArrayBuffer> {
  const module = new ModuleWriter()
  const bits = ['i32', 'i32', 'i32', 'i64', 'i64', 'i64'] as const
  const floatType = module.typeIndex({ parameters: bits, results: ['i64'] })
  const highType = module.typeIndex({ parameters: ['i64', 'i64', 'i32'], results: ['i64'] })
  const permittedType = module.typeIndex({ parameters: ['i64', 'i64', 'i32'], results: ['i32'] })
  const runType = module.typeIndex({ parameters: ['i32', 'i64'], results: ['i32'] })
  module.importMemory('worc', 'memory', { minimum: memory.minimumPages, maximum: memory.maximumPages, shared: true })
  const float = module.importFunction('worc', 'float', floatType)
  const multiplyHigh = module.addFunction(highType)
  const permitted = module.addFunction(permittedType)
  const fast = new Map(
    fastFunctions.map((each) => {
      const type = module.typeIndex({ parameters: ['i32', 'i32', ...each.parameters], results: [each.result] })
      return [fastKey(each), module.addFunction(type)] as const
    }),
  )
  const run = module.addFunction(runType)
  module.addExport('run', 'function', run)
  module.copyBody(multiplyHighBody())
  module.copyBody(permittedBody(pages))
  for (const { body } of fastFunctions) module.copyBody(body(float))
  module.copyBody(runBody(isa, pages, { float, multiplyHigh, permitted, fast }))
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

function runBody(isa: Isa, pages: PageTablePlace, functions: Functions): Uint8Array {
  const { xlen } = isa
  const x = xlen === 32 ? 'i32' : 'i64'
  const code = new CodeWriter(2)
  const [hart, fuel] = [0, 1]
  const [pc, record, word] = [code.local(x), code.local('i32'), code.local('i32')]
  const retiredAtEnd = code.local('i64')
  const known = { page: code.local(x), offset: code.local('i32'), word: code.local('i32'), records: code.local('i32') }
  const emitter: Emitter = { code, xlen, x, pages, functions, hart, pc, record, word, fuel, retiredAtEnd, known }
  const rows = baseRows(isa).filter(({ name }) => name === withoutOrdering(name))

  code.op('local.get', hart)
  code.memory(`${x}.load`, 8, hartState.pc)
  code.op('local.set', pc)
  code.op('local.get', hart)
  code.memory('i64.load', 8, hartState.retired)
  code.op('local.get', fuel)
  code.op('i64.add')
  code.op('local.set', retiredAtEnd)

  // No page has such a word.
  code.constant('i32', -1)
  code.op('local.set', known.word)

  code.open('loop')
  emitFetch(emitter)
  code.open('loop')
  const caseCount = firstRowCase + rows.length
  for (let each = 0; each < caseCount; each++) code.open('block')
  code.op('local.get', word)
  code.constant('i32', 0xffff)
  code.op('i32.and')
  code.branchTable(Array.from({ length: caseCount }, (_, each) => each))
  for (let each = 0; each < caseCount; each++) {
    code.op('end')
    const row = rows[each - firstRowCase]
    // Out of the blocks that are still open, to the inner loop.
    const again = caseCount - 1 - each
    if (row === undefined) emitSpecialCase(emitter, each, again)
    else {
      emitInstruction(emitter, row.effects ?? [])
      code.op('br', again + 1)
    }
  }
  code.op('end')
  code.op('end')
  code.op('unreachable')
  return code.body()
}

/** Leaves without fuel; else takes some, and finds the record of pc. */
function emitFetch(emitter: Emitter): void {
  const { code, x, pc, fuel, record, word, pages } = emitter
  code.op('local.get', fuel)
  code.op('i64.eqz')
  code.open('if')
  leave(emitter, runExit.outOfFuel, 0)
  code.op('end')
  code.op('local.get', fuel)
  code.constant('i64', 1)
  code.op('i64.sub')
  code.op('local.set', fuel)

  const { known } = emitter
  // Which page it is was found out before: as long as its word is the same, its records are where they were.
  code.op('local.get', pc)
  code.op('local.get', known.page)
  code.op(`${x}.sub`)
  code.constant(x, pageBytes)
  code.op(`${x}.ge_u`)
  code.op('local.get', known.offset)
  code.memory('i32.atomic.load', 4, pages.address, true)
  code.op('local.get', known.word)
  code.op('i32.ne')
  code.op('i32.or')
  code.open('if')
  emitPage(emitter)
  code.op('end')
  memoryAddress(emitter, pc)
  code.constant('i32', recordShift)
  code.op('i32.shl')
  code.op('local.get', known.records)
  code.op('i32.add')
  code.op('local.tee', record)
  code.memory('i32.atomic.load', 4, 0, true)
  code.op('local.set', word)
}

/** The record of an address is as far from that of address 0 as this says. */
const recordShift = Math.log2(pageRecords.recordBytes / 2)

/** Makes the page of pc the known one, or traps. */
function emitPage(emitter: Emitter): void {
  const { code, x, pc, pages, known } = emitter
  emitIsBeyond(emitter)
  pushPageOffset(emitter, pc)
  code.op('local.tee', known.offset)
  code.memory('i32.atomic.load', 4, pages.address, true)
  code.op('local.tee', known.word)
  code.constant('i32', pageBits.execute)
  code.op('i32.and')
  code.op('i32.eqz')
  trapIf(emitter, 'fetchFault', pc)
  code.op('local.get', pc)
  code.constant(x, -pageBytes)
  code.op(`${x}.and`)
  code.op('local.set', known.page)
  code.op('local.get', known.word)
  code.constant('i32', ~pageBits.all)
  code.op('i32.and')
  memoryAddress(emitter, known.page)
  code.constant('i32', recordShift)
  code.op('i32.shl')
  code.op('i32.sub')
  code.op('local.set', known.records)
}

/** Traps if no page can have the pc. */
function emitIsBeyond(emitter: Emitter): void {
  const { code, x, pc, pages } = emitter
  const beyond = BigInt.asUintN(x === 'i32' ? 32 : 64, -BigInt(pages.limitBytes))
  if (beyond === 0n) return
  code.op('local.get', pc)
  code.constant(x, beyond)
  code.op(`${x}.and`)
  code.constant(x, 0)
  code.op(`${x}.ne`)
  trapIf(emitter, 'fetchFault', pc)
}

/** `again` is the label of the switch. */
function emitSpecialCase(emitter: Emitter, which: number, again: number): void {
  const { code, x, record } = emitter
  if (which === undecodedCase) return leave(emitter, runExit.undecoded, 1)
  if (which === crossingCase) return emitCrossing(emitter, again)
  code.op('local.get', record)
  code.memory(x === 'i32' ? 'i32.load' : 'i64.load32_u', 4, 8)
  trap(emitter, 'illegalInstruction', code.keep(x))
}

/** Executes the page's last record, if the next page is executable and begins with what it was decoded with. */
function emitCrossing(emitter: Emitter, again: number): void {
  const { code, x, pc, record, word, functions } = emitter
  const held = code.held
  code.op('local.get', pc)
  code.constant(x, 2)
  code.op(`${x}.add`)
  const next = code.keep(x)
  code.op('local.get', next)
  if (x === 'i32') code.op('i64.extend_i32_u')
  code.constant('i64', 2)
  code.constant('i32', pageBits.execute)
  code.op('call', functions.permitted)
  code.op('i32.eqz')
  trapIf(emitter, 'fetchFault', next)
  memoryAddress(emitter, next)
  code.memory('i32.load16_u', 2, 0)
  code.op('local.get', record)
  code.memory('i32.load', 4, 4)
  code.op('i32.ne')
  code.open('if')
  leave(emitter, runExit.undecoded, 1)
  code.op('end')
  code.op('local.get', record)
  code.constant('i32', pageRecords.recordBytes)
  code.op('i32.add')
  code.op('local.tee', record)
  code.memory('i32.load', 4, 0)
  code.op('local.set', word)
  code.op('br', again)
  code.release(held)
}
