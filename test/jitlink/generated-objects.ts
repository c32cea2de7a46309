// Objects that no compiler would care to make: callers of thousands of functions, or of functions of hundreds of types.
import {
  ByteWriter,
  instructionCode,
  type FunctionType,
  type ObjectFile,
  type ObjectSymbol,
  type SymbolFlags,
  type ValueType,
} from '@worc/wasm'

export const flags: SymbolFlags = {
  binding: 'strong',
  hidden: false,
  undefined: false,
  exported: false,
  explicitName: false,
  noStrip: false,
  threadLocal: false,
  absolute: false,
}

export const emptyObject: ObjectFile = {
  types: [],
  imports: [],
  functions: [],
  globals: [],
  tags: [],
  segments: [],
  symbols: [],
  initFunctions: [],
  comdats: [],
  codeRelocations: [],
  dataRelocations: [],
  customSections: [],
  features: [],
}

const valueTypes: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64']
const functionIndexLEB = 0

/** The nth type: its parameters spell n with the four value types as digits. */
function nthType(n: number): FunctionType {
  const parameters: ValueType[] = []
  for (let rest = n + 1; rest > 0; rest = Math.floor((rest - 1) / 4))
    parameters.push(valueTypes[(rest - 1) % 4] ?? 'i32')
  return { parameters, results: ['i32'] }
}

function zeroOf(code: ByteWriter, type: ValueType): void {
  code.opcode(instructionCode(`${type}.const`))
  code.bytes(new Uint8Array(type === 'f32' ? 4 : type === 'f64' ? 8 : 1))
}

/** `caller` has functions call0, call1, ... that each call callee0, callee1, ... of `callees`, which return their number. */
export function manyCallees(
  count: number,
  distinctTypes: boolean,
  returning: boolean,
): { caller: ObjectFile; callees: ObjectFile } {
  const numbers = Array.from({ length: count }, (_, n) => n)
  const plain: FunctionType = { parameters: [], results: ['i32'] }
  const types = [...(distinctTypes ? numbers.map(nthType) : [plain]), plain]
  const typeOf = (n: number): number => (distinctTypes ? n : 0)
  const callees = numbers.map((n) => {
    const code = new ByteWriter()
    code.u8(0)
    code.opcode(instructionCode('i32.const'))
    code.s32(n)
    code.opcode(instructionCode('end'))
    return { typeIndex: typeOf(n), bodyOffset: n * 16, body: code.written.slice() }
  })
  let offset = 0
  const relocations: { type: number; offset: number; index: number; addend: number }[] = []
  const callers = numbers.map((n) => {
    const code = new ByteWriter()
    code.u8(0)
    for (const parameter of types[typeOf(n)]?.parameters ?? []) zeroOf(code, parameter)
    code.opcode(instructionCode(returning ? 'return_call' : 'call'))
    relocations.push({ type: functionIndexLEB, offset: offset + code.length, index: n, addend: 0 })
    code.paddedU32(0)
    code.opcode(instructionCode('end'))
    const bodyOffset = offset
    offset += code.length + 1
    return { typeIndex: types.length - 1, bodyOffset, body: code.written.slice() }
  })
  const symbol = (name: string, index: number, isUndefined = false): ObjectSymbol => ({
    kind: 'function',
    name,
    index,
    flags: { ...flags, undefined: isUndefined },
  })
  return {
    caller: {
      ...emptyObject,
      types,
      imports: numbers.map((n) => ({
        module: 'env',
        field: `callee${n}`,
        description: { kind: 'function', typeIndex: typeOf(n) },
      })),
      functions: callers,
      symbols: [
        ...numbers.map((n) => symbol(`callee${n}`, n, true)),
        ...numbers.map((n) => symbol(`call${n}`, count + n)),
      ],
      codeRelocations: relocations,
    },
    callees: { ...emptyObject, types, functions: callees, symbols: numbers.map((n) => symbol(`callee${n}`, n)) },
  }
}
