// Calls a function of a linked image on one hart, over the small memory that tests of the interpreter have: code and constants
// where the image was linked to, a block of thread-local variables behind the thread pointer.
import { hartState, runExit } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import { codeStart, hartIn, memoryWith, stackTop } from '../../riscv/hart.js'
import { defaultAddress } from './linked.js'
import type { Linked } from './linked.js'

const hartAddress = 0x400
export const threadPointer = 0x6_0000
const [returnAddress, stackPointer, threadPointerRegister, a0] = [1, 2, 4, 10]
/** Nothing is there: the trap at it says that the function has returned. */
const nowhere = 0n

/** Functions of one image, that see what those called before have done to its thread-local variables. */
export function caller(unit: Linked, xlen: Xlen): (name: string, argument?: number) => number {
  if (codeStart !== defaultAddress) throw new Error('images are not linked to where the hart has its code')
  const memory = memoryWith('', xlen)
  const bytes = new Uint8Array(memory.buffer)
  for (const { offsetBytes, content, prot } of unit.image.segments) {
    if (prot === 'rw') throw new Error('there is no room for data that is written')
    bytes.set(content, defaultAddress + offsetBytes)
  }
  const { threadLocal } = unit.image
  if (threadLocal !== undefined) bytes.set(threadLocal.template, threadPointer + threadLocal.offsetBytes)
  const { view, run } = hartIn(memory, xlen, hartAddress)
  return (name, argument = 0) => {
    const set = (register: number, value: number): void =>
      view.setBigUint64(hartAddress + 8 * register, BigInt(value), true)
    set(stackPointer, stackTop)
    set(threadPointerRegister, threadPointer)
    set(a0, argument)
    view.setBigUint64(hartAddress + 8 * returnAddress, nowhere, true)
    view.setBigUint64(hartAddress + hartState.pc, BigInt(unit.addressOf(name)), true)
    const exit = run(10_000n)
    const pc = view.getBigUint64(hartAddress + hartState.pc, true)
    if (exit !== runExit.trap || pc !== nowhere) throw new Error(`${name} stopped at 0x${pc.toString(16)}`)
    return view.getInt32(hartAddress + 8 * a0, true)
  }
}
