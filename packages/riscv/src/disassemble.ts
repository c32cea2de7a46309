// Instructions to text, as llvm-objdump prints it with -M no-aliases: ABI names, numbers in hexadecimal, targets as
// addresses. What it prints an assembler reads back as the same word.
import type { Decoded } from './decode.js'
import { syntaxParts } from './instruction.js'
import type { Xlen } from './instruction.js'
import type { Operand } from './operand.js'
import { csrName, fenceName, registerName, roundingName } from './register-names.js'

export interface DisassembleOptions {
  readonly xlen: Xlen
  /** Where the instruction stands: targets are printed as `formatTarget` of their addresses, or else as distances. */
  readonly address?: bigint
  readonly formatTarget?: (address: bigint) => string
}

/** `addi a0, sp, -0x10`: the name, and behind it the operands, if any. */
export function disassemble({ instruction, operands }: Decoded, options: DisassembleOptions): string {
  const byName = new Map(instruction.operands.map((operand) => [operand.name, operand]))
  let text = ''
  for (const part of syntaxParts(instruction.syntax)) {
    const operand = byName.get(part)
    if (operand === undefined) text += part === ',' ? ', ' : part
    else text += operandText(operand, operands[part] ?? 0, options)
  }
  // A rounding mode that goes without saying leaves its comma behind.
  const written = text.replace(/, $/, '')
  return written === '' ? instruction.name : `${instruction.name} ${written}`
}

function operandText({ kind }: Operand, value: number, options: DisassembleOptions): string {
  switch (kind) {
    case 'x':
    case 'f':
      return registerName(kind, value)
    case 'signed':
    case 'unsigned':
    case 'shift':
      return hexadecimal(value)
    case 'upper':
      return hexadecimal(value & 0xfffff)
    case 'target':
      return targetText(value, options)
    case 'csr':
      return csrName(value, options.xlen) ?? hexadecimal(value)
    case 'rounding':
      return roundingName(value)
    case 'exact rounding':
      return value === 0 ? '' : roundingName(value)
    case 'fence':
      return fenceName(value)
  }
}

function targetText(distance: number, { xlen, address, formatTarget = bigHexadecimal }: DisassembleOptions): string {
  if (address === undefined) return hexadecimal(distance)
  return formatTarget(BigInt.asUintN(xlen, address + BigInt(distance)))
}

function hexadecimal(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`
}

function bigHexadecimal(value: bigint): string {
  return `0x${value.toString(16)}`
}
