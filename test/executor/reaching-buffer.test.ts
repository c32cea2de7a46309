// A memory that another thread has grown. That this thread's `buffer` is the short one for a while is a matter of microseconds
// (some 2 growths in 1000 show it on Node 20), so a stand-in does it here on purpose.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { bufferReaching } from '@worc/executor'

const pageBytes = 0x1_0000

/** As V8's: short until this thread is interrupted, or asks for a growth of its own. */
function grownElsewhere(pages: number): Parameters<typeof bufferReaching>[0] {
  let buffer = new SharedArrayBuffer(pageBytes)
  return {
    get buffer() {
      return buffer
    },
    grow: () => {
      buffer = new SharedArrayBuffer(pages * pageBytes)
      return pages
    },
  }
}

describe('bufferReaching', () => {
  it('(another thread has grown the memory): reaches what this thread has not seen', () => {
    expect(bufferReaching(grownElsewhere(3), 2 * pageBytes + 1).byteLength).to.equal(3 * pageBytes)
  })

  it('what is there already is taken as it is', () => {
    const memory = grownElsewhere(3)
    const { buffer } = memory
    expect(bufferReaching(memory, pageBytes)).to.equal(buffer)
  })

  it('past the end of the memory: all there is', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    expect(bufferReaching(memory, 2 * pageBytes).byteLength).to.equal(pageBytes)
  })

  it('(not shared): the buffer that others have is left alone', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 })
    const { buffer } = memory
    expect(bufferReaching(memory, 2 * pageBytes)).to.equal(buffer)
    expect(buffer.byteLength).to.equal(pageBytes)
  })
})
