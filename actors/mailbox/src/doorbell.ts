// How a thread that sleeps in Atomics.wait hears that its port has something: two words of shared memory, owned by the
// listener, rung by whoever posts to it.
//
//   word 0  rung      changes after each post       added to by the poster, waited on by the listener
//   word 1  sleeping  1 while the listener may wait stored by the listener, read by the poster after it rang
//
// The listener sets `sleeping`, reads `rung`, looks at its port once more, then waits on the value it read. A post before that
// look is found by it; one after it changes `rung`, and sees `sleeping` if the wait had begun. So no post is slept through, and
// a post to somebody who is awake costs one addition and one load.

const rung = 0
const sleeping = 1

export type Doorbell = Int32Array<SharedArrayBuffer>

export function createDoorbell(): Doorbell {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
}

export function openDoorbell(buffer: SharedArrayBuffer): Doorbell {
  return new Int32Array(buffer)
}

export function ring(bell: Doorbell): void {
  Atomics.add(bell, rung, 1)
  if (Atomics.load(bell, sleeping) !== 0) Atomics.notify(bell, rung)
}

/** False where nobody rang in time. `look` says whether something had come before the bell could be trusted. */
export function sleepUntilRung(bell: Doorbell, milliseconds: number, look: () => boolean): boolean {
  Atomics.store(bell, sleeping, 1)
  try {
    const heard = Atomics.load(bell, rung)
    return look() || Atomics.wait(bell, rung, heard, milliseconds) !== 'timed-out'
  } finally {
    Atomics.store(bell, sleeping, 0)
  }
}
