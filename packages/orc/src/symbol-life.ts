// Written by .ci/life.mjs from test/model/symbol-life.ts: what may happen to a symbol, and what it is then.

/**
 * An event is its own column of the table: a hexadecimal digit for each state before it, which is the state after it, or 0
 * where it cannot happen. From left to right: removed, ready, emitted, resolved, materializing, neverSearched, failed, absent.
 */
export const symbolEvent = {
  define: 0x00000702,
  defineMaterializing: 0x00000003,
  lookup: 0x00000300,
  notifyResolved: 0x00004000,
  notifyEmitted: 0x00055000,
  notifyEmittedFree: 0x00066000,
  dependenciesReady: 0x00600000,
  fail: 0x00111010,
  replace: 0x00002000,
  removeSymbols: 0x07000770,
  removeTracker: 0x07777770,
  loseCode: 0x01100000,
  resetSymbols: 0x07000070,
} as const
export type SymbolEvent = (typeof symbolEvent)[keyof typeof symbolEvent]
export const bitsOfState = 4
export const stateMask = 15
