// Values of operands and data: numbers, symbols, differences of symbols, and the operators (%hi and others) that ask a
// linker for a part of an address. All arithmetic is on numbers; a symbol may only be moved by one, or taken from another.
import { SourceError } from './source-error.js'

/** `constant + plus - minus`; symbols by name. */
export interface SymbolicValue {
  readonly constant: bigint
  readonly plus: string | undefined
  readonly minus: string | undefined
}

/** A value, or a part of it: `%pcrel_hi(Foo + 4)`. */
export interface OperandValue extends SymbolicValue {
  readonly modifier: string | undefined
}

/** What a name stands for when the value is read: a number that `.set` gave it, or itself. `.` is the current address. */
type NameLookup = (name: string) => SymbolicValue

export function isConstant({ plus, minus }: SymbolicValue): boolean {
  return plus === undefined && minus === undefined
}

export function constantValue(constant: bigint): SymbolicValue {
  return { constant, plus: undefined, minus: undefined }
}

/** As a signed or as an unsigned number. Throws SourceError. */
export function checkFits(value: bigint, bits: number): void {
  if (BigInt.asIntN(bits, value) !== value && BigInt.asUintN(bits, value) !== value)
    throw new SourceError(`${value} does not fit ${bits} bits`)
}

const modifierPattern = /^\s*%(\w+)\s*\(([^]*)\)\s*$/

/** Throws SourceError. */
export function parseOperandValue(text: string, lookup: NameLookup): OperandValue {
  const match = modifierPattern.exec(text)
  if (match === null) return { ...parseValue(text, lookup), modifier: undefined }
  return { ...parseValue(match[2] ?? '', lookup), modifier: match[1] }
}

/** Throws SourceError. */
export function parseValue(text: string, lookup: NameLookup): SymbolicValue {
  const tokens = tokensOf(text)
  const parser = new ValueParser(tokens, text, lookup)
  return parser.whole()
}

/** Throws SourceError where the value is not known yet. */
export function parseConstant(text: string, lookup: NameLookup): bigint {
  const value = parseValue(text, lookup)
  if (!isConstant(value)) throw new SourceError(`"${text.trim()}" must be a number that is known here`)
  return value.constant
}

const tokenPattern =
  /\s*(0[xX][\da-fA-F]+|0[bB][01]+|\d+[fb](?!\w)|\d+|'(?:\\.|[^\\])'?|"[^"]*"|[A-Za-z_.$][\w.$@]*|<<|>>|[-+*/%&|^~!()])/y

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = []
  const pattern = new RegExp(tokenPattern)
  const whole = text.trimEnd()
  while (pattern.lastIndex < whole.length) {
    const at = pattern.lastIndex
    const token = pattern.exec(whole)?.[1]
    if (token === undefined) throw new SourceError(`"${whole.slice(at).trim()}" is no value`)
    tokens.push(token)
  }
  return tokens
}

/** How tightly an operator binds. */
const precedence: Readonly<Record<string, number>> = {
  '*': 4,
  '/': 4,
  '%': 4,
  '<<': 4,
  '>>': 4,
  '|': 3,
  '&': 3,
  '^': 3,
  '+': 2,
  '-': 2,
}

/** Deeper brackets than anybody writes, shallower than our own stack. */
const maximumDepth = 200

class ValueParser {
  readonly #tokens: readonly string[]
  readonly #text: string
  readonly #lookup: NameLookup
  #next = 0
  #depth = 0

  constructor(tokens: readonly string[], text: string, lookup: NameLookup) {
    this.#tokens = tokens
    this.#text = text.trim()
    this.#lookup = lookup
  }

  whole(): SymbolicValue {
    if (this.#tokens.length === 0) throw new SourceError('a value is missing')
    const value = this.#binary(0)
    const rest = this.#tokens[this.#next]
    if (rest !== undefined) throw new SourceError(`"${this.#text}": "${rest}" is not expected`)
    return value
  }

  #binary(minimum: number): SymbolicValue {
    let left = this.#unary()
    for (;;) {
      const operator = this.#tokens[this.#next] ?? ''
      const binds = precedence[operator] ?? 0
      if (binds === 0 || binds <= minimum) return left
      this.#next++
      left = this.#combine(operator, left, this.#binary(binds))
    }
  }

  #unary(): SymbolicValue {
    const token = this.#tokens[this.#next++]
    if (token === undefined) throw new SourceError(`"${this.#text}" ends too early`)
    if (++this.#depth > maximumDepth) throw new SourceError(`a value has more than ${maximumDepth} operators in a row`)
    const value = this.#operand(token)
    this.#depth--
    return value
  }

  #operand(token: string): SymbolicValue {
    switch (token) {
      case '(': {
        const value = this.#binary(0)
        if (this.#tokens[this.#next++] !== ')') throw new SourceError(`"${this.#text}": a bracket is not closed`)
        return value
      }
      case '-':
        return this.#combine('-', constantValue(0n), this.#unary())
      case '+':
        return this.#unary()
      case '~':
        return this.#combine('^', constantValue(-1n), this.#unary())
    }
    if (/^\d+[fb]$/.test(token) || /^[A-Za-z_.$]/.test(token)) return this.#lookup(token)
    if (/^0\d*[89]/.test(token))
      throw new SourceError(`"${this.#text}": ${token} is octal, but 8 and 9 are no digits there`)
    if (/^\d/.test(token)) return constantValue(BigInt(/^0\d+$/.test(token) ? `0o${token.slice(1)}` : token))
    if (token.startsWith("'")) return constantValue(BigInt(characterCode(token.slice(1).replace(/'$/, ''))))
    if (token.startsWith('"')) return this.#lookup(token.slice(1, -1))
    throw new SourceError(`"${this.#text}": "${token}" is not expected`)
  }

  #combine(operator: string, left: SymbolicValue, right: SymbolicValue): SymbolicValue {
    if (operator === '+') return this.#sum(left, right)
    if (operator === '-') return this.#sum(left, { constant: -right.constant, plus: right.minus, minus: right.plus })
    if (!isConstant(left) || !isConstant(right))
      throw new SourceError(`"${this.#text}": ${operator} needs numbers, not symbols`)
    return constantValue(this.#calculate(operator, left.constant, right.constant))
  }

  #sum(left: SymbolicValue, right: SymbolicValue): SymbolicValue {
    const one = (a: string | undefined, b: string | undefined): string | undefined => {
      if (a !== undefined && b !== undefined) throw new SourceError(`"${this.#text}" is the sum of two symbols`)
      return a ?? b
    }
    const [plus, minus] = [one(left.plus, right.plus), one(left.minus, right.minus)]
    const constant = left.constant + right.constant
    return plus !== undefined && plus === minus ? constantValue(constant) : { constant, plus, minus }
  }

  #calculate(operator: string, left: bigint, right: bigint): bigint {
    switch (operator) {
      case '*':
        return BigInt.asIntN(64, left * right)
      case '/':
      case '%':
        if (right === 0n) throw new SourceError(`"${this.#text}" divides by zero`)
        return operator === '/' ? left / right : left % right
      case '<<':
      case '>>':
        if (right < 0n || right > 63n) throw new SourceError(`"${this.#text}": a shift by ${right} (0 to 63)`)
        return operator === '<<' ? BigInt.asIntN(64, left << right) : left >> right
      case '&':
        return left & right
      case '|':
        return left | right
      default:
        return left ^ right
    }
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' }

function characterCode(text: string): number {
  const character = text.startsWith('\\') ? (escapes[text.charAt(1)] ?? text.charAt(1)) : text
  if (character === '') throw new SourceError('a character is missing behind the quote')
  return character.charCodeAt(0)
}

/** The bytes of a string in quotes, in UTF-8. Throws SourceError. */
export function parseString(text: string): readonly number[] {
  if (!/^"(?:\\[^]|[^"\\])*"$/.test(text)) throw new SourceError(`${text} is no string in quotes`)
  const bytes: number[] = []
  for (const [part] of text
    .slice(1, -1)
    .matchAll(/\\x[\da-fA-F]+|\\[0-7]{1,3}|\\[^]|[\ud800-\udbff][\udc00-\udfff]|[^]/g)) {
    if (/^\\x/.test(part)) bytes.push(parseInt(part.slice(2), 16) & 0xff)
    else if (/^\\[0-7]/.test(part)) bytes.push(parseInt(part.slice(1), 8) & 0xff)
    else if (part.startsWith('\\')) bytes.push(characterCode(part))
    else bytes.push(...utf8Bytes(part))
  }
  return bytes
}

function utf8Bytes(character: string): readonly number[] {
  const isLone = character.length === 1 && character >= '\ud800' && character <= '\udfff'
  if (isLone) throw new SourceError('a string holds half a character')
  return (encodeURIComponent(character).match(/%..|[^]/g) ?? []).map((part) =>
    part.length === 3 ? parseInt(part.slice(1), 16) : part.charCodeAt(0),
  )
}
