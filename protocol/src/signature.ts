// Function signatures as short codes: one letter a value, results after the colon. `ii:l` takes two i32 and returns an i64.

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64'
export type AnyValueType = ValueType | 'v128' | 'funcref' | 'externref'
export type SignatureCode = string

const letters = {
  i32: 'i',
  i64: 'l',
  f32: 'f',
  f64: 'd',
  v128: 'v',
  funcref: 'c',
  externref: 'e',
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

function typeOf(letter: string): AnyValueType {
  const type = types.get(letter)
  if (type === undefined) throw new Error(`"${letter}" is no value type of a signature code`)
  return type
}
