// A verifier that finds nothing proves nothing. Here every word in use of a well-filled arena is spoiled in several ways, one at
// a time, and each kind of sentence that the verifier knows must come up.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { nullRange, RangeArena, SlotArena, unsharedLock, verifyArena } from '@worc/executor-memory'
import { bar, claim, foo, valueOf } from './claims-under-test.js'
import { copyOf } from './dying-store.js'

function someRanges(): { readonly buffer: SharedArrayBuffer; attach(buffer: SharedArrayBuffer): RangeArena } {
  const buffer = RangeArena.createBuffer({ ranges: 16, keys: 4, spans: 2 })
  const arena = new RangeArena(buffer, unsharedLock)
  valueOf(arena.addSpan(4096, 8192))
  const [a, b, c] = [0, 1, 2, 3, 4].map((n) => valueOf(arena.allocate(64, 16, claim(n < 3 ? foo : bar, n % 2))).id)
  arena.commit(a ?? nullRange)
  arena.release(b ?? nullRange)
  arena.retire(c ?? nullRange, 1)
  return { buffer, attach: (of) => new RangeArena(of, unsharedLock) }
}

describe('verifyArena', () => {
  it('(ranges): names what is broken when any word of a record, a list, a bitmap or a total is spoiled', () => {
    const { buffer, attach } = someRanges()
    const found = spoilEach(buffer, attach)
    for (const sentence of [
      /should begin at/,
      /has \d+ bytes$/,
      /does not link back to its neighbour/,
      /names another span/,
      /are both free/,
      /claimed above the virgin mark/,
      /dirty bytes/,
      /is in no list/,
      /is listed in class/,
      /the bitmap of class/,
      /the bitmap of levels/,
      /is said to have/,
      /spans have/,
      /another last range/,
      /names another key/,
      /does not link back under key/,
      /not the \d+ records there are/,
    ])
      expect(
        found.some((each) => sentence.test(each)),
        `${sentence}`,
      ).to.equal(true)
  })

  it('(slots): names what is broken when any word of a record, a queue or a count is spoiled', () => {
    const buffer = SlotArena.createBuffer({ slots: 16, keys: 4, signatureWords: 8, quarantine: 0 })
    const arena = new SlotArena(buffer, unsharedLock)
    const signature = valueOf(arena.intern(':'))
    const slots = [0, 1, 2, 3, 4].map((n) => valueOf(arena.allocate(signature, claim(foo, n % 2))))
    for (const slot of slots.slice(0, 2)) arena.release(slot)
    const found = spoilEach(buffer, (of) => new SlotArena(of, unsharedLock))
    for (const sentence of [
      /another tail/,
      /waiting slots/,
      /has another's record/,
      /was given out and is unused/,
      /queued and not free|free and not queued/,
      /claimed slots/,
      /is said to have \d+ inFlight/,
      /names another key/,
    ])
      expect(
        found.some((each) => sentence.test(each)),
        `${sentence}`,
      ).to.equal(true)
  })
})

/** The header and the journal come first in either buffer; what is in the journal between two edits means nothing. */
const behindTheJournal = 8 + 385

/** Every sentence that some spoiled word brings up. Words that are zero are hardly ever in use. */
function spoilEach(
  buffer: SharedArrayBuffer,
  attach: (buffer: SharedArrayBuffer) => RangeArena | SlotArena,
): readonly string[] {
  expect(verifyArena(attach(buffer))).to.deep.equal([])
  const found: string[] = []
  const words = new Int32Array(buffer)
  for (let index = behindTheJournal; index < words.length; index++) {
    const word = words[index] ?? 0
    if (word === 0) continue
    for (const wrong of [0, word + 1, word + 16, word - 16, 1, 2, 3]) {
      const spoiled = copyOf(buffer)
      new Int32Array(spoiled)[index] = wrong
      try {
        found.push(...verifyArena(attach(spoiled)))
      } catch (error) {
        // A link that leads out of the buffer is a program error at once.
        found.push(`thrown: ${String(error)}`)
      }
    }
  }
  return found
}
