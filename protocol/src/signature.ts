// Function signatures as short codes: one letter a value, results after the colon. `ii:l` takes two i32 and returns an i64.

type WasmScalar = 'i32' | 'i64' | 'f32' | 'f64'
type WasmValueType = WasmScalar | 'v128' | 'funcref' | 'externref'
/** i64 is bigint in JavaScript, all others are numbers. A pointer is as wide as the target's addresses: i32 on wasm. */
export type ValueType = WasmScalar | 'pointer'
type AnyValueType = WasmValueType | 'pointer'
export type SignatureCode = string

const letters = {
  i32: 'i',
  i64: 'l',
  f32: 'f',
  f64: 'd',
  v128: 'v',
  funcref: 'c',
  externref: 'e',
  pointer: 'p',
} as const satisfies Record<AnyValueType, string>
const types: ReadonlyMap<string, AnyValueType> = new Map(
  Object.entries(letters).map(([type, letter]) => [letter, type as AnyValueType]),
)

export function signatureCode(parameters: readonly AnyValueType[], results: readonly AnyValueType[]): SignatureCode {
  return `${parameters.map((type) => letters[type]).join('')}:${results.map((type) => letters[type]).join('')}`
}

export function parseSignatureCode(code: SignatureCode): {
  readonly parameters: readonly AnyValueType[]
  readonly results: readonly AnyValueType[]
} {
  const [parameters = '', results = ''] = code.split(':')
  return { parameters: Array.from(parameters, typeOf), results: Array.from(results, typeOf) }
}

/** With pointers as the integers that they are on the target. */
export function concreteSignature(code: SignatureCode, pointer: 'i32' | 'i64'): SignatureCode {
  return code.replaceAll(letters.pointer, letters[pointer])
}

export function parseWasmSignature(code: SignatureCode): {
  readonly parameters: readonly WasmValueType[]
  readonly results: readonly WasmValueType[]
} {
  return parseSignatureCode(concreteSignature(code, 'i32')) as ReturnType<typeof parseWasmSignature>
}

function typeOf(letter: string): AnyValueType {
  const type = types.get(letter)
  if (type === undefined) throw new Error(`"${letter}" is no value type of a signature code`)
  return type
}
