// What a message names by number, and with which claim. A gateway asks every message for its references before anybody acts on
// it, and every answer, to learn what its connection has been given: numbers are passed on unchanged, so a right to use one is
// that it was given, or that the connection made it itself.

export type Thing =
  | 'dylib'
  | 'tracker'
  | 'unit'
  | 'responsibility'
  | 'manager'
  | 'generator'
  | 'lease'
  | 'initialization'
  | 'key'
  | 'function'
  | 'buffer'
  | 'program'
  | 'blob'

/**
 * In what a client says: `use` needs it to have been given, `own` to be the client's own (a dylib that is only linked against is
 * not), `make` brings it into being, `end` is the last word about it. In what a server says, `own` and `use` say as what it is given, `end` that it is no more.
 */
export type Claim = 'use' | 'own' | 'make' | 'end'

export type ReferenceVisitor = (thing: Thing, id: number, claim: Claim) => void
