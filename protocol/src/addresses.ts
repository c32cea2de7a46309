// Addresses in the executor. Data of the wasm targets lies at byte offsets below 2^32. Code has no address in linear memory:
// a code address names (unit, function) above 2^32, where no data can be, and stays a safe integer.
import type { LinkedUnitId } from './ids.js'

export type ExecutorAddr = number

const codeBase = 0x1_0000_0000
const functionsPerUnit = 0x10_0000

/** `index` is the function's place among the functions that its unit offers to others. */
export function codeAddress(unit: LinkedUnitId, index: number): ExecutorAddr {
  if (index < 0 || index >= functionsPerUnit)
    throw new Error(`function index ${index} of unit ${unit} is out of range (below ${functionsPerUnit})`)
  return codeBase + unit * functionsPerUnit + index
}

export function isCodeAddress(address: ExecutorAddr): boolean {
  return address >= codeBase
}

export function unitOfCode(address: ExecutorAddr): LinkedUnitId {
  return Math.floor((address - codeBase) / functionsPerUnit) as LinkedUnitId
}

export function indexOfCode(address: ExecutorAddr): number {
  return (address - codeBase) % functionsPerUnit
}

/** A C function pointer: the signature's id in the top twelve bits, the slot within that signature's dispatcher below. */
export const slotBits = 20
export const maximumSlotsPerSignature: number = 1 << slotBits
export const maximumSignatures: number = 1 << (32 - slotBits)
