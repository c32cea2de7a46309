// The function a thread gets from `lookup`: local, synchronous, typed at its door. A call costs one check of arguments, gate
// and publications beside the call itself. Removal closes the gate; it writes nothing that calls of other handles rely on.
import type { ExecutorAddr, SignatureCode, ValueType } from '@worc/protocol'
import { JITError, parseSignatureCode, plainError, symbolError } from '@worc/protocol'

export interface Signature {
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
}

export type JITValue = number | bigint

/** Local and synchronous. i64 is bigint, pointers are numbers. Throws CodeRemoved, Trap, StackOverflow, BadArgument. */
export interface JITFunction {
  (...args: JITValue[]): JITValue | undefined
  readonly symbol: string
  readonly signature: Signature
  /** Name of the session it belongs to. */
  readonly session: string
  /** False once the code was removed: a call throws CodeRemoved. */
  readonly alive: boolean
  /** A C function pointer to it. Spends a function slot the first time. */
  address(): ExecutorAddr
}

export type Target = (...args: JITValue[]) => JITValue | undefined

/** What the closure shares with its executor. `target` is there as long as the gate may open, and is never written. */
export interface HandleState {
  readonly target: Target
  alive: boolean
  readonly symbol: string
  /** A code address: not what `address` gives to C. */
  readonly code: ExecutorAddr
  readonly signature: SignatureCode
  readonly gate: Gate
  readonly host: HandleHost
}

/** What the handles of one executor share. */
export interface HandleHost {
  /**
   * Word 0 changes with each publication of a link actor's; the thread has come as far as `seen`. Each call compares: whoever
   * heard of a removal, in whatever way, finds it done. A plain load, for whatever told the thread has told its memory too.
   */
  readonly published: Int32Array
  readonly progress: { seen: number }
  catchUp(): void
  /** Name of the session. */
  readonly session: string
  /** What the caller shall see of what the code threw. */
  convert(thrown: unknown): unknown
  functionPointer(address: ExecutorAddr): ExecutorAddr
}

/**
 * A unit's, between its handles and its code. Closed while the thread is parked, and for good once the unit is retracted. A
 * number: V8 asks whether it is zero in one instruction.
 */
export interface Gate {
  closed: 0 | 1
  /** For the call of a symbol: lets the thread catch up where it was parked; throws CodeRemoved where the code is gone. */
  readonly open: (symbol: string) => void
}

/** Where each handle's code lies, for sending it to another thread. */
const codeAddresses = new WeakMap<object, ExecutorAddr>()

/** The code address behind a handle of any executor of this thread; undefined for other functions. */
export function codeAddressOf(value: object): ExecutorAddr | undefined {
  return codeAddresses.get(value)
}

function signatureOf(code: SignatureCode, symbol: string): Signature {
  const { parameters, results } = parseSignatureCode(code)
  return {
    parameters: parameters.map((type) => scalar(type, code, symbol)),
    results: results.map((type) => scalar(type, code, symbol)),
  }
}

function scalar(
  type: ReturnType<typeof parseSignatureCode>['parameters'][number],
  code: SignatureCode,
  symbol: string,
): ValueType {
  if (type !== 'v128' && type !== 'funcref' && type !== 'externref') return type
  throw new JITError(
    plainError('Unsupported', `"${symbol}" has the signature ${code}; a ${type} cannot cross into JavaScript`),
  )
}

export function createJITFunction(state: HandleState): JITFunction {
  const signature = signatureOf(state.signature, state.symbol)
  const door = signature.parameters.includes('i64')
    ? anyDoor(state, signature)
    : (numberDoors[signature.parameters.length] ?? anyDoor)(state, signature)
  codeAddresses.set(door, state.code)
  return Object.defineProperties(door, {
    name: { value: state.symbol },
    length: { value: signature.parameters.length },
    symbol: { value: state.symbol, enumerable: true },
    signature: { value: signature, enumerable: true },
    session: { value: state.host.session, enumerable: true },
    alive: { get: () => state.alive, enumerable: true },
    address: { value: () => state.host.functionPointer(state.code) },
  }) as JITFunction
}

export function signatureMismatch(
  symbol: string,
  dylib: string,
  actual: SignatureCode,
  wanted: SignatureCode,
): JITError {
  const message = `"${symbol}" in ${dylib} is ${actual}, not ${wanted}`
  return new JITError(symbolError('SignatureMismatch', message, [[dylib, [symbol]]]))
}

/**
 * Lets go of code behind a gate that is closed for good. The target is deleted, not overwritten: one write, and V8 would take no
 * handle's target for a constant any more.
 */
export function retireHandle(state: HandleState): void {
  state.alive = false
  Reflect.deleteProperty(state, 'target')
}

type Door = (state: HandleState, signature: Signature) => Target

/** One door for each count of parameters, so that V8 inlines the target: no rest parameters on the way. */
const numberDoors: readonly Door[] = [
  (state, signature) => {
    const { gate, host } = state
    const { published, progress } = host
    return function () {
      if (arguments.length !== 0 || gate.closed !== 0 || published[0] !== progress.seen)
        enter(state, signature, arguments)
      try {
        return state.target()
      } catch (thrown) {
        throw host.convert(thrown)
      }
    }
  },
  (state, signature) => {
    const { gate, host } = state
    const { published, progress } = host
    return function (a) {
      if (arguments.length !== 1 || typeof a !== 'number' || gate.closed !== 0 || published[0] !== progress.seen)
        enter(state, signature, arguments)
      try {
        return state.target(a)
      } catch (thrown) {
        throw host.convert(thrown)
      }
    }
  },
  (state, signature) => {
    const { gate, host } = state
    const { published, progress } = host
    return function (a, b) {
      if (
        arguments.length !== 2 ||
        typeof a !== 'number' ||
        typeof b !== 'number' ||
        gate.closed !== 0 ||
        published[0] !== progress.seen
      )
        enter(state, signature, arguments)
      try {
        return state.target(a, b)
      } catch (thrown) {
        throw host.convert(thrown)
      }
    }
  },
  (state, signature) => {
    const { gate, host } = state
    const { published, progress } = host
    return function (a, b, c) {
      if (
        arguments.length !== 3 ||
        typeof a !== 'number' ||
        typeof b !== 'number' ||
        typeof c !== 'number' ||
        gate.closed !== 0 ||
        published[0] !== progress.seen
      )
        enter(state, signature, arguments)
      try {
        return state.target(a, b, c)
      } catch (thrown) {
        throw host.convert(thrown)
      }
    }
  },
]

function anyDoor(state: HandleState, signature: Signature): Target {
  return (...args) => {
    enter(state, signature, args)
    try {
      return state.target(...args)
    } catch (thrown) {
      throw state.host.convert(thrown)
    }
  }
}

function enter(state: HandleState, signature: Signature, args: ArrayLike<unknown>): void {
  const { parameters } = signature
  if (args.length !== parameters.length) {
    throw badArgument(`"${state.symbol}" takes ${count(parameters.length)}, got ${args.length}`)
  }
  for (const [index, type] of parameters.entries()) {
    const wanted = type === 'i64' ? 'bigint' : 'number'
    if (typeof args[index] !== wanted)
      throw badArgument(
        `argument ${index + 1} of "${state.symbol}" is ${type} and takes a ${wanted}, got a ${typeof args[index]}`,
      )
  }
  const { gate, host, symbol } = state
  if (gate.closed !== 0) gate.open(symbol)
  if (host.published[0] === host.progress.seen) return
  host.catchUp()
  if (gate.closed !== 0) gate.open(symbol)
}

function badArgument(message: string): JITError {
  return new JITError(plainError('BadArgument', message))
}

function count(parameters: number): string {
  return parameters === 1 ? '1 argument' : `${parameters} arguments`
}
