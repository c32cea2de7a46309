// The functions that a unit has beside the object's own, each as the instructions of its body.
import { forwardParameters, noResult } from './assemble.js'
import type { Instruction } from './assemble.js'

/** Index of the one table of a unit. */
export const privateTable = 0

/**
 * What a PLT slot holds until the executor binds it, and again after `unbind`: tells the host which slot is called, then
 * calls what the host has put there. A tail call, so that the caller's frame is next to the callee's.
 */
export function missStub(
  slot: number,
  parameterCount: number,
  typeIndex: number,
  miss: number,
): readonly Instruction[] {
  return [['i32.const', slot], ['call', miss], ...farCall(slot, parameterCount, typeIndex)]
}

/** Calls through a slot whose number or type does not fit the six bytes of a call. */
export function farCall(slot: number, parameterCount: number, typeIndex: number): readonly Instruction[] {
  return [...forwardParameters(parameterCount), ['i32.const', slot], ['return_call_indirect', typeIndex, privateTable]]
}

/** Puts the miss stub of the slot given back into it. */
export function unbind(stubs: number): readonly Instruction[] {
  return [
    ['local.get', 0],
    ['local.get', 0],
    ['i32.const', 1],
    ['table.init', stubs, privateTable],
  ]
}

interface StackGlobals {
  readonly stackPointer: number
  readonly stackLimit: number
}

/** clang lets a function that calls nobody write this far below the stack pointer without moving it. */
const redZoneBytes = 128

/**
 * Stands in for each store to the stack pointer: the new value must lie in the thread's stack of `stackBytes` above its limit,
 * with a red zone below it. One unsigned comparison covers both ends, and a pointer that wrapped around.
 *
 * What it cannot see: clang's code for an alloca in a function that calls nobody does not store the pointer at all, unless it
 * is compiled with -Xclang -disable-red-zone.
 */
export function stackCheck(globals: StackGlobals, stackBytes: number, overflow: number): readonly Instruction[] {
  return [
    ['local.get', 0],
    ['global.get', globals.stackLimit],
    ['i32.sub'],
    ['i32.const', redZoneBytes],
    ['i32.sub'],
    ['i32.const', stackBytes - redZoneBytes],
    ['i32.gt_u'],
    ['if', noResult],
    ['call', overflow],
    ['unreachable'],
    ['end'],
    ['local.get', 0],
    ['global.set', globals.stackPointer],
  ]
}

/**
 * Where code adds an offset to the thread's TLS base but the variable turned out to be one that all threads share: the offset
 * that leads there from this thread's base.
 */
export function distanceFromTLSBase(address: number, tlsBase: number): readonly Instruction[] {
  return [['i32.const', address], ['global.get', tlsBase], ['i32.sub']]
}
