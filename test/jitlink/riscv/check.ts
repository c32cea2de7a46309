// Sentences about linked bytes, written into the assembly that they are about:
//
//   # check: decode_operand(Foo + 4, 2) = (Bar - Foo)[11:0]
//
// Both sides are numbers of 64 bits. Numbers, symbols (local ones too), `+ - & | << >>` from left to right, parentheses, bits
// `[high:low]` of a number, `*{width}address` for what the image holds there, and
//
//   decode_operand(address, n)   an operand of the instruction there: registers in the order of the syntax, then immediates
//   next_pc(address)             where the next instruction begins
//   got_addr(symbol), stub_addr(symbol), section_addr(name)
//
// The language is that of llvm-jitlink's `-check`, whose sentences (`# jitlink-check:`) are understood too: the name of a file
// as a first argument is skipped.
//
// Source: RuntimeDyldCheckerExprEval in llvm/lib/ExecutionEngine/RuntimeDyld/RuntimeDyldChecker.cpp
import { createDecoder, fullIsa, lengthOf } from '@worc/riscv'
import { isBlock, symbolAddress } from '@worc/jitlink'
import type { Block, Symbol } from '@worc/jitlink'
import type { Linked } from './linked.js'

/** Sentences that are false or mean nothing; undefined where the source has none at all, which is hardly meant. */
export function falseChecks(unit: Linked, source: string, label = 'check'): readonly string[] | undefined {
  const pattern = new RegExp(`^\\s*(?:#|//)\\s*(?:jitlink-)?${label}:(.*)$`, 'gm')
  const sentences = [...source.matchAll(pattern)].map(([, sentence = '']) => sentence.trim())
  if (sentences.length === 0) return undefined
  return sentences.flatMap((sentence) => {
    const [left, right, ...more] = sentence.split(' = ')
    if (left === undefined || right === undefined || more.length > 0) return `${sentence}: not one equation`
    try {
      const [one, other] = [new Evaluation(unit, left).result(), new Evaluation(unit, right).result()]
      return one === other ? [] : `${sentence}: 0x${one.toString(16)} is not 0x${other.toString(16)}`
    } catch (problem) {
      return `${sentence}: ${problem instanceof Error ? problem.message : String(problem)}`
    }
  })
}

const tokens = /0x[0-9a-fA-F]+|\d+|<<|>>|[A-Za-z_.$][\w.$/-]*|\S/g

const operators: Readonly<Record<string, (one: bigint, other: bigint) => bigint>> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '&': (one, other) => one & other,
  '|': (one, other) => one | other,
  '<<': (one, other) => one << other,
  '>>': (one, other) => one >> other,
}

/** One side of an equation, read and computed from left to right. */
class Evaluation {
  readonly #unit: Linked
  readonly #tokens: string[]

  constructor(unit: Linked, text: string) {
    this.#unit = unit
    this.#tokens = text.match(tokens) ?? []
  }

  result(): bigint {
    const value = this.#expression()
    if (this.#tokens.length > 0) throw new Error(`"${this.#tokens.join(' ')}" is left over`)
    return value
  }

  #expression(): bigint {
    let value = this.#term()
    for (;;) {
      const operator = operators[this.#tokens[0] ?? '']
      if (operator === undefined) return value
      this.#tokens.shift()
      value = BigInt.asUintN(64, operator(value, this.#term()))
    }
  }

  #term(): bigint {
    let value = this.#plainTerm()
    while (this.#tokens[0] === '[') {
      this.#expect('[')
      const high = this.#number()
      this.#expect(':')
      const low = this.#number()
      this.#expect(']')
      value = BigInt.asUintN(high - low + 1, value >> BigInt(low))
    }
    return value
  }

  #plainTerm(): bigint {
    const token = this.#tokens.shift() ?? ''
    if (token === '(') {
      const value = this.#expression()
      this.#expect(')')
      return value
    }
    if (token === '*') return this.#load()
    if (/^\d/.test(token)) return BigInt(token)
    if (this.#tokens[0] === '(') return BigInt.asUintN(64, BigInt(this.#call(token)))
    return BigInt(addressOf(this.#unit, token))
  }

  /** The address is all that follows, as far as it goes. */
  #load(): bigint {
    this.#expect('{')
    const width = this.#number()
    this.#expect('}')
    const bytes = this.#unit.bytesAt(Number(this.#expression()), width)
    return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  }

  #call(name: string): number {
    this.#expect('(')
    if (name === 'decode_operand') {
      const address = Number(this.#expression())
      this.#expect(',')
      const index = this.#number()
      this.#expect(')')
      return operandAt(this.#unit, address, index)
    }
    if (name === 'next_pc') {
      const address = Number(this.#expression())
      this.#expect(')')
      return address + lengthOf(wordAt(this.#unit, address))
    }
    let argument = this.#tokens.shift() ?? ''
    if (this.#tokens[0] === ',') {
      this.#expect(',')
      argument = this.#tokens.shift() ?? ''
    }
    this.#expect(')')
    if (name === 'got_addr') return entryFor(this.#unit, '$__GOT', argument)
    if (name === 'stub_addr') return stubFor(this.#unit, argument)
    if (name === 'section_addr') return startOf(this.#unit, argument)
    throw new Error(`${name} is not known`)
  }

  #number(): number {
    const token = this.#tokens.shift() ?? ''
    if (!/^(0x[0-9a-fA-F]+|\d+)$/.test(token)) throw new Error(`"${token}" is no number`)
    return Number(token)
  }

  #expect(token: string): void {
    const found = this.#tokens.shift()
    if (found !== token) throw new Error(`"${found ?? ''}" is not "${token}"`)
  }
}

function addressOf({ layout: { graph } }: Linked, name: string): number {
  const symbol = graph.symbols.find((each) => each.name === name)
  if (symbol === undefined) throw new Error(`there is no symbol "${name}"`)
  return symbolAddress(symbol)
}

/** The last instruction of a segment may have two bytes. */
function wordAt(unit: Linked, address: number): number {
  const [low, high] = unit.bytesAt(address, 2)
  const word = (low ?? 0) | ((high ?? 0) << 8)
  if (lengthOf(word) === 2) return word
  const [third, fourth] = unit.bytesAt(address + 2, 2)
  return (word | ((third ?? 0) << 16) | ((fourth ?? 0) << 24)) >>> 0
}

function operandAt(unit: Linked, address: number, index: number): number {
  const decoded = createDecoder(fullIsa(unit.layout.graph.architecture.registerBits)).decode(wordAt(unit, address))
  if (decoded === undefined) throw new Error(`there is no instruction at 0x${address.toString(16)}`)
  const { operands } = decoded.instruction
  const isRegister = (kind: string): boolean => kind === 'x' || kind === 'f'
  const sorted = [
    ...operands.filter(({ kind }) => isRegister(kind)),
    ...operands.filter(({ kind }) => !isRegister(kind)),
  ]
  const operand = sorted[index]
  if (operand === undefined) throw new Error(`${decoded.instruction.name} has ${operands.length} operands`)
  const value = decoded.operands[operand.name] ?? 0
  return operand.kind === 'upper' ? value & 0xf_ffff : value
}

function blocksOf({ layout: { graph } }: Linked, name: string): readonly Block[] {
  const blocks = graph.sections.filter((section) => section.name === name).flatMap((section) => section.blocks)
  if (blocks.length === 0) throw new Error(`there is no section "${name}"`)
  return blocks
}

function startOf(unit: Linked, name: string): number {
  return Math.min(...blocksOf(unit, name).map(({ address }) => address))
}

function entryFor(unit: Linked, section: string, name: string): number {
  const found = blocksOf(unit, section).find(({ edges }) => edges[0]?.target.name === name)
  if (found === undefined) throw new Error(`"${name}" has no entry in ${section}`)
  return found.address
}

/** It leads to the entry of the GOT. */
function stubFor(unit: Linked, name: string): number {
  const nameBehind = (target: Symbol | undefined): string | undefined =>
    target !== undefined && isBlock(target.base) ? target.base.edges[0]?.target.name : undefined
  const found = blocksOf(unit, '$__STUBS').find(({ edges }) => nameBehind(edges[0]?.target) === name)
  if (found === undefined) throw new Error(`"${name}" has no stub`)
  return found.address
}
