// Flags and states of symbols. Flags are bits on a port and in the session's table; the face shows them as a record.
// Source: JITSymbolFlags (JITSymbol.h), SymbolState (Core.h).

export type SymbolFlags = number

export const symbolFlag: Readonly<
  Record<'exported' | 'weak' | 'common' | 'absolute' | 'callable' | 'sideEffectsOnly' | 'threadLocal', SymbolFlags>
> = {
  exported: 1,
  weak: 2,
  common: 4,
  absolute: 8,
  callable: 16,
  /** Defined for the effect of materializing it; has no address and satisfies no lookup that requires one. */
  sideEffectsOnly: 32,
  threadLocal: 64,
}

export const symbolStates = ['never-searched', 'materializing', 'resolved', 'emitted', 'ready'] as const
export type SymbolState = (typeof symbolStates)[number]
export type RequiredState = 'resolved' | 'emitted' | 'ready'

/** static may pull members out of archives; dlsym may not. Source: ORC's LookupKind. */
export type LookupKind = 'static' | 'dlsym'
export type MatchKind = 'exported' | 'all'
