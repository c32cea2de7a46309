// Which words of an instruction are tried: its registers apart, equal and zero, each of them in every register there is; its
// immediates at their ends and in between; every rounding mode. What an instance touches is read off the instruction that it
// stands for, so compressed ones need nothing of their own.
import { decoderFor, encode } from '@worc/riscv'
import type { Decoded, Instruction, Operand, Xlen } from '@worc/riscv'
import type { Random } from './operand-values.js'

export interface Instance {
  readonly word: number
  readonly lengthBytes: 2 | 4
  /** The base instruction, with the values of its operands. */
  readonly base: Decoded
  /** Distinct ones, without x0. */
  readonly x: readonly number[]
  readonly f: readonly number[]
  /** With all values, or only a few. */
  readonly thorough: boolean
}

type Values = Readonly<Record<string, number>>

/** Empty for what only traps. */
export function instancesOf(row: Instruction, xlen: Xlen, random: Random): readonly Instance[] {
  if (/^(ecall|ebreak|unimp|c\.ebreak|c\.unimp)$/.test(row.name)) return []
  const seen = new Set<number>()
  return variantsOf(row, random).flatMap(([operands, thorough]): readonly Instance[] => {
    const instance = instanceOf({ instruction: row, operands }, xlen, thorough)
    if (instance === undefined || seen.has(instance.word)) return []
    seen.add(instance.word)
    return [instance]
  })
}

function instanceOf(decoded: Decoded, xlen: Xlen, thorough: boolean): Instance | undefined {
  const { instruction, operands } = decoded
  if (Object.entries(instruction.excluded).some(([name, value]) => operands[name] === value)) return undefined
  const word = encode(decoded)
  const decoder = decoderFor(xlen)
  const again = decoder.decode(word)
  if (again?.instruction !== instruction) return undefined
  const base = decoder.expand(again)
  const registers = (kind: 'x' | 'f'): number[] => {
    const numbers = base.instruction.operands
      .filter((each) => each.kind === kind)
      .map((each) => base.operands[each.name])
    return [...new Set(numbers.filter((number) => number !== undefined))]
  }
  const x = registers('x').filter((number) => number !== 0)
  return { word, lengthBytes: instruction.lengthBytes, base, x, f: registers('f'), thorough }
}

function variantsOf(row: Instruction, random: Random): readonly (readonly [Values, thorough: boolean])[] {
  const { operands } = row
  const registers = operands.filter(isRegister)
  const plain: Values = Object.fromEntries(operands.map((each, index) => [each.name, plainValue(each, index)]))
  const with_ = (changed: Values): Values => ({ ...plain, ...changed })
  const equal = registers.flatMap((one) =>
    registers
      .filter((other) => other !== one && other.kind === one.kind)
      .map((other) => with_({ [one.name]: plain[other.name] ?? 0 })),
  )
  const same = (number: number): Values => with_(Object.fromEntries(registers.map(({ name }) => [name, number])))
  const zero = registers.filter(({ minimum }) => minimum === 0).map(({ name }) => with_({ [name]: 0 }))
  const modes = operands.filter(({ kind }) => kind.endsWith('rounding'))
  const rounded = modes.flatMap(({ name }) => [0, 1, 2, 3, 4, 7].map((mode) => with_({ [name]: mode })))
  const thorough = [
    plain,
    ...equal,
    same(10),
    ...zero,
    ...(registers.every((each) => each.minimum === 0) ? [same(0)] : []),
  ]
  const swept = registers.flatMap(({ name, minimum, maximum }) =>
    Array.from({ length: maximum - minimum + 1 }, (_, index) => with_({ [name]: minimum + index })),
  )
  const immediates = operands.filter((each) => !isRegister(each) && !modes.includes(each))
  const others = immediates.flatMap((each) => immediatesOf(each, random).map((value) => with_({ [each.name]: value })))
  return [
    ...[...thorough, ...rounded].map((values) => [values, true] as const),
    ...[...swept, ...others].map((values) => [values, false] as const),
  ]
}

function isRegister({ kind }: Operand): boolean {
  return kind === 'x' || kind === 'f'
}

/** Registers apart, and such as compressed instructions can name. */
function plainValue(operand: Operand, index: number): number {
  const { kind, minimum, maximum, step } = operand
  if (isRegister(operand)) return 10 + index
  if (kind === 'csr') return 3
  if (kind === 'target') return 16
  if (kind.endsWith('rounding')) return 7
  return Math.min(maximum, Math.max(minimum, 5 * step))
}

function immediatesOf({ kind, minimum, maximum, step }: Operand, random: Random): readonly number[] {
  if (kind === 'csr') return [1, 2, 3]
  const powers = Array.from({ length: 20 }, (_, bit) => step * 2 ** bit)
  const some = Array.from({ length: 6 }, () => minimum + step * random((maximum - minimum) / step + 1))
  const all = [minimum, maximum, 0, ...powers, ...powers.map((value) => -value), maximum - step, ...some]
  return all.filter((value) => value >= minimum && value <= maximum)
}
