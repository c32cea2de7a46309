// Which instructions there are: an XLEN and a set of extensions, and the rows of the table that both allow.
import type { Extension, Instruction, Xlen } from './instruction.js'
import { atomicRowsOfA } from './table/atomic.js'
import { baseIntegerRows } from './table/base-integer.js'
import { bitManipulationRows } from './table/bit-manipulation.js'
import { compressedRows } from './table/compressed.js'
import { controlRegisterRows } from './table/control-register.js'
import { floatingPointRows } from './table/floating-point.js'
import { multiplyRows } from './table/multiply.js'

export interface Isa {
  readonly xlen: Xlen
  readonly extensions: ReadonlySet<Extension>
}

const everyExtension: readonly Extension[] = ['i', 'm', 'a', 'f', 'd', 'c', 'zicsr', 'zifencei', 'zba', 'zbb', 'zbs']

/** All rows of both XLENs; a name has as many rows as it has encodings. */
export const instructionTable: readonly Instruction[] = [
  ...baseIntegerRows,
  ...multiplyRows,
  ...atomicRowsOfA,
  ...controlRegisterRows,
  ...floatingPointRows,
  ...bitManipulationRows,
  ...compressedRows,
]

/** RV32 or RV64 with everything that the table has, less what is named. */
export function fullIsa(xlen: Xlen, without: readonly Extension[] = []): Isa {
  return { xlen, extensions: new Set(everyExtension.filter((extension) => !without.includes(extension))) }
}

/** The rows that are instructions of this ISA. */
export function instructionsOf({ xlen, extensions }: Isa): readonly Instruction[] {
  return instructionTable.filter(
    (row) => row.xlens.includes(xlen) && row.extensions.every((extension) => extensions.has(extension)),
  )
}
