// One name for what must hold in an arena, whichever it is. Tests call it after every step, a successor after a repair.

/** Sentences of broken invariants; none where all hold. Takes the lock and walks the whole arena. */
export function verifyArena(arena: { verify(): readonly string[] }): readonly string[] {
  return arena.verify()
}
