// One instruction of source: the row whose syntax it is written in, the values of its operands, and its bytes; or else
// what it is a way of writing.
import { compress } from '../compress.js'
import type { Decoded } from '../decode.js'
import { encode } from '../decode.js'
import type { Instruction } from '../instruction.js'
import { syntaxParts } from '../instruction.js'
import type { Isa } from '../isa.js'
import { instructionTable, instructionsOf } from '../isa.js'
import type { Operand } from '../operand.js'
import { isEncodable, operandNamed } from '../operand.js'
import { csrNumber, dynamicRounding, fenceSet, registerName, registerNumber, roundingMode } from '../register-names.js'
import { loadImmediate } from './load-immediate.js'
import type { ObjectBuilder } from './object-builder.js'
import { expansionsOf } from './pseudo-instructions.js'
import type { RelocationName } from './relocation-types.js'
import { isRelaxable, relocationOf } from './relocation-types.js'
import { SourceError } from './source-error.js'
import { splitOperands } from './statements.js'
import type { OperandValue, SymbolicValue } from './values.js'
import { checkFits, isConstant, parseConstant, parseOperandValue } from './values.js'

interface Pending {
  readonly operand: Operand
  readonly relocation: RelocationName
  readonly value: SymbolicValue
}

interface Parsed {
  readonly decoded: Decoded
  readonly pending: readonly Pending[]
}

/** Templates expand to rows, or to templates that do; none goes deeper. */
const deepestExpansion = 4

/** Assembles at the end of the current section. Throws SourceError. */
export function assembleInstruction(builder: ObjectBuilder, name: string, text: string): void {
  assembleNested(builder, name, text, { mayCompress: true, depth: 0 })
}

interface Nesting {
  readonly mayCompress: boolean
  readonly depth: number
}

function assembleNested(builder: ObjectBuilder, name: string, text: string, { mayCompress, depth }: Nesting): void {
  const { isa, isPic } = builder.modes
  const operands = splitOperands(text)
  if (name === 'li') return assembleLoadImmediate(builder, operands)
  const rows = rowsNamed(isa, name)
  if (rows.length === 0 && instructionTable.some((row) => row.name === name))
    throw new SourceError(unavailable(isa, name))
  const failures: SourceError[] = []
  for (const row of rows) {
    const parsed = attempt(failures, () => parseInstruction(builder, row, operands))
    if (parsed !== undefined) return emit(builder, parsed, mayCompress)
  }
  if (depth < deepestExpansion)
    for (const expansion of expansionsOf(name, operands, { isPic, xlen: isa.xlen })) {
      const isDone = attempt(failures, () => {
        expand(builder, expansion, depth + 1)
        return true
      })
      if (isDone === true) return
    }
  throw (
    failures.find(({ isShape }) => !isShape) ??
    failures.at(-1) ??
    new SourceError(`"${name}" with ${operands.length} operands is no instruction`)
  )
}

/** The value of what succeeds; what does not is remembered, since something else may yet succeed. */
function attempt<T>(failures: SourceError[], action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    failures.push(error)
    return undefined
  }
}

function unavailable({ xlen, extensions }: Isa, name: string): string {
  const rows = instructionTable.filter((row) => row.name === name)
  const row = rows.find(({ xlens }) => xlens.includes(xlen))
  if (row === undefined) return `"${name}" is an instruction of RV${96 - xlen} only`
  return `"${name}" needs the extension ${row.extensions.filter((each) => !extensions.has(each)).join(' and ')}`
}

const rowsByIsa = new WeakMap<Isa, ReadonlyMap<string, readonly Instruction[]>>()

function rowsNamed(isa: Isa, name: string): readonly Instruction[] {
  const known = rowsByIsa.get(isa) ?? groupedByName(instructionsOf(isa))
  rowsByIsa.set(isa, known)
  return known.get(name) ?? []
}

function groupedByName(rows: readonly Instruction[]): ReadonlyMap<string, readonly Instruction[]> {
  const grouped = new Map<string, Instruction[]>()
  for (const row of rows) grouped.set(row.name, [...(grouped.get(row.name) ?? []), row])
  return grouped
}

const compressedByIsa = new WeakMap<Isa, readonly Instruction[]>()

function compressedRowsOf(isa: Isa): readonly Instruction[] {
  const known = compressedByIsa.get(isa) ?? instructionsOf(isa).filter(({ lengthBytes }) => lengthBytes === 2)
  compressedByIsa.set(isa, known)
  return known
}

// ---- bytes

function emit(builder: ObjectBuilder, { decoded, pending }: Parsed, mayCompress: boolean): void {
  const { section, modes, line } = builder
  if (!section.isCode) throw new SourceError(`section ${section.name} is not for instructions: it lacks the flag x`)
  const isWhole = pending.length === 0 && mayCompress
  const short = isWhole ? compress(decoded, compressedRowsOf(modes.isa)) : undefined
  const chosen = short ?? decoded
  const offset = section.sizeBytes
  section.alignmentBytes = Math.max(section.alignmentBytes, modes.isa.extensions.has('c') ? 2 : 4)
  section.append(BigInt(encode(chosen)), chosen.instruction.lengthBytes)
  for (const { operand, relocation, value } of pending) {
    const relaxes = modes.relaxes && (isRelaxable(relocation) || operand.kind === 'target')
    builder.addFixup({ kind: 'operand', line, offset, operand, relocation, value, relaxes })
  }
}

function expand(builder: ObjectBuilder, expansion: readonly string[], depth: number): void {
  const isMarked = expansion.some((part) => part.startsWith('@:'))
  const label = isMarked ? builder.ownLabel() : ''
  for (const part of expansion) {
    const text = part.replace(/^@: /, '').replaceAll('@', label)
    const [, mark = '', name = '', operands = ''] = /^(!?)(\S+) ?(.*)$/.exec(text) ?? []
    assembleNested(builder, name, operands, { mayCompress: mark === '', depth })
  }
}

function assembleLoadImmediate(builder: ObjectBuilder, [register = '', value = '', ...more]: readonly string[]): void {
  const { xlen } = builder.modes.isa
  if (value === '' || more.length > 0) throw new SourceError('li needs a register and a number')
  if (registerNumber('x', register) === undefined) throw new SourceError(`"${register}" is no integer register`)
  const constant = parseConstant(value, builder.lookup)
  checkFits(constant, xlen)
  for (const part of loadImmediate(register, constant, xlen)) {
    const [name = ''] = part.split(' ')
    assembleNested(builder, name, part.slice(name.length), { mayCompress: true, depth: deepestExpansion })
  }
}

// ---- operands

function parseInstruction(builder: ObjectBuilder, row: Instruction, texts: readonly string[]): Parsed {
  const groups = row.syntax === '' ? [] : row.syntax.split(', ')
  const required = groups.filter((group) => group !== 'rm' && group !== 'exact').length
  const isTlsAdd = row.name === 'add' && texts.length === 4
  if (!isTlsAdd && (texts.length < required || texts.length > groups.length))
    throw new SourceError(
      `${row.name} takes ${required} operands, not ${texts.length}: ${row.name} ${row.syntax}`,
      true,
    )
  const operands: Record<string, number> = {}
  const pending: Pending[] = []
  for (const [index, group] of groups.entries())
    for (const [part, text] of partsOf(group, texts[index])) {
      const operand = operandNamed(part)
      const value = parseOperand(builder, operand, text)
      operands[part] = typeof value === 'number' ? value : 0
      if (typeof value !== 'number') pending.push(value)
      else checkValue(row, operand, value, text)
    }
  if (isTlsAdd) pending.push(threadOffset(builder, texts[3] ?? ''))
  return { decoded: { instruction: row, operands }, pending }
}

/** `imm(rs1)` and its text in pairs of operand and text; words of the syntax that stand for themselves must match. */
function partsOf(group: string, text: string | undefined): readonly (readonly [operand: string, text: string])[] {
  const parts = syntaxParts(group)
  if (!parts.includes('(')) {
    if (group !== 'sp') return [[group, text ?? '']]
    if (registerNumber('x', text ?? '') !== 2) throw new SourceError(`"${text ?? ''}" must be sp here`)
    return []
  }
  const [, before = '', inside = ''] = /^([^]*)\(\s*([\w$.]+)\s*\)$/.exec(text ?? '') ?? []
  if (inside === '') throw new SourceError(`"${text ?? ''}" is not written like ${group}`, true)
  const base = parts.at(-2) ?? ''
  const pairs: (readonly [string, string])[] = base === 'sp' ? [...partsOf('sp', inside)] : [[base, inside]]
  if (parts.length === 4) return [[parts[0] ?? '', before.trim() === '' ? '0' : before], ...pairs]
  if (!/^\s*0?\s*$/.test(before)) throw new SourceError(`"${text ?? ''}": this address has no offset`)
  return pairs
}

function parseOperand(builder: ObjectBuilder, operand: Operand, text: string): number | Pending {
  switch (operand.kind) {
    case 'x':
    case 'f':
      return named(
        registerNumber(operand.kind, text),
        text,
        operand.kind === 'x' ? 'integer register' : 'float register',
      )
    case 'csr':
      return csrNumber(text) ?? Number(parseConstant(text, builder.lookup))
    case 'rounding':
      return text === '' ? dynamicRounding : named(roundingMode(text), text, 'rounding mode')
    case 'exact rounding':
      return text === '' ? 0 : named(roundingMode(text), text, 'rounding mode')
    case 'fence':
      return named(fenceSet(text), text, 'set of i, o, r and w')
    case 'signed':
    case 'unsigned':
    case 'shift':
    case 'upper':
    case 'target':
      return numberOrPending(operand, parseOperandValue(text, builder.lookup), text)
  }
}

function named(value: number | undefined, text: string, what: string): number {
  if (value === undefined) throw new SourceError(`"${text}" is no ${what}`)
  return value
}

function numberOrPending(operand: Operand, value: OperandValue, text: string): number | Pending {
  if (isConstant(value)) {
    if (value.modifier === 'hi') return Number(BigInt.asIntN(20, (value.constant + 0x800n) >> 12n))
    if (value.modifier === 'lo') return Number(BigInt.asIntN(12, value.constant))
    if (value.modifier !== undefined) throw new SourceError(`"${text.trim()}" is of no symbol`)
    return operand.kind === 'upper' ? upperNumber(operand, value.constant) : Number(value.constant)
  }
  const relocation = relocationOf(value.modifier, operand.name)
  if (relocation === undefined)
    throw new SourceError(`"${text.trim()}" cannot stand here: the operand takes no such symbol`)
  return { operand, relocation, value }
}

/** Written without a sign: what lui and c.lui set are bits 12 to 31. */
function upperNumber({ minimum, maximum }: Operand, value: bigint): number {
  const number = Number(BigInt.asIntN(20, value))
  if (value < 0n || value > 0xfffffn || number < minimum || number > maximum)
    throw new SourceError(`${value} is out of range (0 to ${maximum}, and from ${minimum + 0x10_0000} to 1048575)`)
  return number
}

function checkValue({ excluded }: Instruction, operand: Operand, value: number, text: string): void {
  const { kind, minimum, maximum, step, name } = operand
  if (!isEncodable(operand, value)) {
    if (kind === 'x' || kind === 'f')
      throw new SourceError(
        `${text} is none of ${registerName(kind, minimum)} to ${registerName(kind, maximum)}, which this instruction takes`,
      )
    const steps = step === 1 ? '' : `, in steps of ${step}`
    throw new SourceError(`${value} is out of range (${minimum} to ${maximum}${steps})`)
  }
  if (value === excluded[name])
    throw new SourceError(`${text} cannot stand here: with it this would be another instruction`)
}

/** The fourth operand of `add a0, a0, tp, %tprel_add(x)` changes no bit: it tells a linker what the sum is for. */
function threadOffset(builder: ObjectBuilder, text: string): Pending {
  const value = parseOperandValue(text, builder.lookup)
  if (value.modifier !== 'tprel_add') throw new SourceError(`"${text}" is not written like %tprel_add(symbol)`)
  return { operand: operandNamed('rs2'), relocation: 'R_RISCV_TPREL_ADD', value }
}
