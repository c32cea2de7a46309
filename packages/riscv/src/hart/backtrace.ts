// Who called whom, as far as registers and stack tell: the pc, the return address in ra, and from there the chain of frame
// pointers, where code keeps one. What is not right behind a call cannot be a return address, so registers that hold
// something else end the chain and do not lead it astray.
//
//   fp - 1 word   return address
//   fp - 2 words  fp of the caller
//
// Source: RISC-V ELF psABI, section 2.2 (frame pointer convention).

/** The stack and the code as the hart sees them. */
interface TracedMemory {
  readonly wordBytes: 4 | 8
  /** Unsigned; undefined where it may not be read. */
  readWord(address: number): number | undefined
  /** Two bytes of executable memory; undefined where it is none. */
  readCode(address: number): number | undefined
}

/** The function that an address lies in. */
export interface FunctionBounds {
  readonly symbol: string
  readonly start: number
}

export type FunctionAt = (address: number) => FunctionBounds | undefined

export interface HartFrame {
  /** Where it stopped, or where the call in it will return to. */
  readonly pc: number
  readonly symbol: string | undefined
}

const maximumFrames = 64

export function backtrace(
  memory: TracedMemory,
  { pc, ra, fp }: { readonly pc: number; readonly ra: number; readonly fp: number },
  functionAt: FunctionAt,
): readonly HartFrame[] {
  const chain = callersByFramePointer(memory, fp)
  const callers = isCallerOf(memory, functionAt, pc, ra) && ra !== chain[0] ? [ra, ...chain] : chain
  const symbolOf = (address: number): string | undefined => functionAt(address)?.symbol
  // A call may be the last instruction of its function: it lies before its return address.
  return [
    { pc, symbol: symbolOf(pc) },
    ...callers.slice(0, maximumFrames).map((address) => ({ pc: address, symbol: symbolOf(address - 1) })),
  ]
}

/** A return address into the function that is running was left behind by a call that it made. */
function isCallerOf(memory: TracedMemory, functionAt: FunctionAt, pc: number, ra: number): boolean {
  const running = functionAt(pc)
  const caller = functionAt(ra - 1)
  return isReturnAddress(memory, ra) && (running === undefined || caller?.start !== running.start)
}

function callersByFramePointer(memory: TracedMemory, fp: number): number[] {
  const { wordBytes } = memory
  const callers: number[] = []
  for (let frame = fp; frame % wordBytes === 0 && callers.length < maximumFrames;) {
    const caller = memory.readWord(frame - wordBytes)
    const next = memory.readWord(frame - 2 * wordBytes)
    if (caller === undefined || next === undefined || !isReturnAddress(memory, caller)) break
    callers.push(caller)
    // The stack grows down, so callers' frames lie above.
    if (next <= frame) break
    frame = next
  }
  return callers
}

function isReturnAddress(memory: TracedMemory, address: number): boolean {
  if (address % 2 !== 0) return false
  const last = memory.readCode(address - 2)
  const first = memory.readCode(address - 4)
  if (last === undefined) return false
  const isCompressedCall = (last & 0xf07f) === 0x9002 && (last & 0xf80) !== 0
  const isNear = memory.wordBytes === 4 && (last & 0xe003) === 0x2001
  if (isCompressedCall || isNear) return true
  if (first === undefined) return false
  // jal or jalr that writes ra, or t0, the alternate link register.
  const [opcode, link] = [first & 0x7f, (first >> 7) & 31]
  return (opcode === 0x6f || opcode === 0x67) && (link === 1 || link === 5)
}
