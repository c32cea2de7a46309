// The promises that a simulated house is held to, each with the number by which violations name it, and who looks after it.
//
// Three of them need no check of their own. I27: a range or slot that is given back twice is a program error of the arena, which
// throws (CRASH), since ids carry the generation; wasm memory has no finalize and dealloc actions. I38, as far as it is about
// frames: a successor has channels of its own, so nothing of a dead worker's can come over them; that nobody is heard or told
// after its end is looked at. I12: that one responsibility answers for a symbol is one field of the symbol; that it goes to one
// actor of a layer once, and that no flag changes on the way, is looked at.

export const promises = {
  I0: 'what a test plants',
  I1: 'a symbol has one owner, a live tracker of its dylib', // verify-ownership
  I2: 'nothing is left under the key of a defunct tracker', // rest
  I3: 'units and responsibilities are listed by the tracker they name', // verify-ownership
  I4: 'a dylib has at most one default tracker, a live one', // verify-ownership
  I5: 'a key is given once', // turn-checks
  I6: 'a transfer moves all that the source owned, or nothing', // symbol-checks
  I7: 'a definition is entered whole, or nothing changes', // symbol-checks
  I8: 'a symbol only goes forward, or fails', // symbol-checks
  I11: 'queries wait for something, and all their symbols know them', // verify-queries
  I12: 'a responsibility is handed to each layer once; flags do not change on the way', // dispatch-checks, symbol-checks
  I13: 'what a ready symbol depends on is ready, or was', // symbol-checks
  I15: 'what is ready stays ready as long as it is there, and its code is held', // symbol-checks; with it I14
  I16: 'a dependence on what is not there fails the emission', // symbol-checks
  I17: 'an emitted symbol waits for what is not emitted yet, and is known there', // verify-graph
  I18: 'each ask is answered once', // turn-checks, user-actor, verify-asks
  I19: 'what a lookup answers is true in the turn of the answer', // turn-checks
  I20: 'somebody answers for each symbol on its way', // verify-responsibilities
  I21: 'a removal is answered when every manager has let go', // removal-checks
  I22: 'a responsibility whose tracker was removed can do nothing more', // removal-checks
  I23: 'a key is not granted after its removal, and each manager lets go of it once', // turn-checks
  I25: 'bytes are free or claimed, none is both or neither', // memory-checks
  I26: 'each allocation has one owner, and none is left when all was removed', // rest
  I29: 'live allocations do not overlap, and nobody writes to code that is not its own', // memory-checks
  I30: 'what is ready has code, and can be called in every thread', // rest
  I31: 'no memory is given back while a thread runs what is in it', // memory-checks
  I32: 'a function slot that nobody has leads nowhere', // rest
  I33: 'after the end nothing is open and nothing changes', // verify-session-state, the model
  I34: 'managers hear in reverse order of their registration', // turn-checks
  I35: 'an ask that comes twice is heard once', // turn-checks, by the repeat fault
  I36: 'no frame of a channel is lost or comes twice', // sim-channel
  I37: 'dropping a handle frees nothing', // turn-checks
  I38: 'whoever has ended is neither heard nor told anything', // dispatch-checks
  I39: 'a seed makes one schedule', // campaign-worker
  I40: 'the session does what the reference model does', // model-observer
  LIVE: 'all comes to rest', // liveness
  CRASH: 'no turn throws', // world
} as const

export type PromiseName = keyof typeof promises
