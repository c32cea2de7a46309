// Finds the instructions of a function body: where each begins and ends, by the opcode table. It does not validate: V8
// does, when the module is compiled. It does make sure that blocks nest and that the last `end` is the last byte.
import type { Expected } from '@worc/protocol'
import { ByteReader } from './byte-reader.js'
import { hex, reading } from './malformed.js'
import { instructionCode, opcodeTable } from './opcode-table.js'
import type { Immediates } from './opcode-table.js'

/**
 * Called for each instruction, nested ones included, in order of offset. Offsets are bytes from the start of the body.
 */
export type InstructionVisitor = (code: number, offset: number, end: number) => void

export interface WalkedBody {
  /** Where the instructions begin, after the declarations of locals. */
  readonly codeOffset: number
  readonly instructionCount: number
}

/**
 * Walks a body as `FunctionBody.body` holds it: locals, then code. Error: BadObject, with an offset inside the body.
 */
export function walkFunctionBody(body: Uint8Array, visit: InstructionVisitor): Expected<WalkedBody> {
  return reading(() => {
    const reader = new ByteReader(body, 0, body.length, 'function body')
    skipLocals(reader)
    const codeOffset = reader.position
    const instructionCount = walkExpression(reader, visit)
    if (!reader.atEnd) reader.fail(`${reader.remaining} bytes follow the end of the function`)
    return { codeOffset, instructionCount }
  })
}

const constantInstructions: ReadonlySet<number> = new Set(
  [
    ...['i32.const', 'i64.const', 'f32.const', 'f64.const', 'v128.const', 'global.get', 'ref.null', 'ref.func', 'end'],
    ...['i32.add', 'i32.sub', 'i32.mul', 'i64.add', 'i64.sub', 'i64.mul'],
  ].map(instructionCode),
)

/** Passes over a constant expression, its `end` included. Throws Malformed. */
export function skipConstantExpression(reader: ByteReader): void {
  walkExpression(reader, (code, offset) => {
    if (!constantInstructions.has(code))
      reader.fail(`opcode ${hex(code)} is not allowed in a constant expression`, offset)
  })
}

const opensBlock: ReadonlySet<number> = new Set(['block', 'loop', 'if', 'try', 'try_table'].map(instructionCode))
const closesBlock: ReadonlySet<number> = new Set(['end', 'delegate'].map(instructionCode))

function walkExpression(reader: ByteReader, visit: InstructionVisitor): number {
  let count = 0
  for (let depth = 1; depth > 0; count++) {
    const offset = reader.position
    const code = skipInstruction(reader)
    if (opensBlock.has(code)) depth++
    else if (closesBlock.has(code)) depth--
    visit(code, offset, reader.position)
  }
  return count
}

/** The highest local count a function can have: indexes are 32 bits. */
const maximumLocals = 0xffff_ffff

function skipLocals(reader: ByteReader): void {
  const groups = reader.count('local group count', 2)
  let total = 0
  for (let i = 0; i < groups; i++) {
    const at = reader.position
    total += reader.u32('local count')
    if (total > maximumLocals) reader.fail(`${total} locals are more than ${maximumLocals}`, at)
    reader.skipLeb('local type', 32)
  }
}

const onePage = new Array<Immediates | undefined>(256).fill(undefined)
const prefixed = new Map<number, Immediates>()
const prefixes: ReadonlySet<number> = new Set(
  opcodeTable.filter(({ code }) => code > 0xff).map(({ code }) => code >>> 16),
)
for (const { code, immediates } of opcodeTable) {
  if (code > 0xff) prefixed.set(code, immediates)
  else onePage[code] = immediates
}

function skipInstruction(reader: ByteReader): number {
  const at = reader.position
  let code = reader.u8('opcode')
  let immediates = onePage[code]
  if (prefixes.has(code)) {
    const prefix = code
    const number = reader.u32('opcode')
    code = prefix * 0x1_0000 + number
    immediates = number > 0xffff ? undefined : prefixed.get(code)
  }
  if (immediates === undefined) return reader.fail(`unknown opcode ${hex(code)}`, at)
  skipImmediates(reader, immediates)
  return code
}

function skipImmediates(reader: ByteReader, immediates: Immediates): void {
  switch (immediates) {
    case 'none':
      return
    case 'block':
      return reader.skipLeb('block type', 32)
    case 'label':
      return reader.skipLeb('label', 32)
    case 'labels':
      return skipVector(reader, 'labels', 1)
    case 'index':
      return reader.skipLeb('index', 32)
    case 'index index':
      reader.skipLeb('index', 32)
      return reader.skipLeb('index', 32)
    case 'types':
      return skipVector(reader, 'types', 0)
    case 'memarg':
      return skipMemoryArgument(reader)
    case 'memarg lane':
      skipMemoryArgument(reader)
      return reader.skip(1, 'lane')
    case 'lane':
      return reader.skip(1, 'lane')
    case 'i32':
      return reader.skipLeb('i32 constant', 32)
    case 'i64':
      return reader.skipLeb('i64 constant', 64)
    case 'f32':
      return reader.skip(4, 'f32 constant')
    case 'f64':
      return reader.skip(8, 'f64 constant')
    case 'sixteen bytes':
      return reader.skip(16, 'v128 immediate')
    case 'reference type':
      return reader.skipLeb('reference type', 32)
    case 'reserved byte':
      return reader.skip(1, 'reserved byte')
    case 'block catches':
      reader.skipLeb('block type', 32)
      return skipCatches(reader)
  }
}

function skipMemoryArgument(reader: ByteReader): void {
  reader.skipLeb('alignment', 32)
  reader.skipLeb('memory offset', 64)
}

function skipVector(reader: ByteReader, what: string, more: number): void {
  const count = reader.count(what, 1) + more
  for (let i = 0; i < count; i++) reader.skipLeb(what, 32)
}

/** Catch clauses 0 and 1 name a tag and a label, 2 and 3 only a label. */
function skipCatches(reader: ByteReader): void {
  const count = reader.count('catch clause count', 2)
  for (let i = 0; i < count; i++) {
    const at = reader.position
    const kind = reader.u8('catch clause')
    if (kind > 3) reader.fail(`unknown catch clause ${kind}`, at)
    if (kind < 2) reader.skipLeb('tag index', 32)
    reader.skipLeb('label', 32)
  }
}
