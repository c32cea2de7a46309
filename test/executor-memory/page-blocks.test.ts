// Threads map and unmap code at once, each on pages of its own: none ever gets what another one keeps its decoded instructions in,
// and in the end nothing is taken and no more memory was had than they needed at one time.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { PageTable, pageTableBytes } from '@worc/executor-memory'
import type { PageWork } from './page-worker.js'

const threads = 3
const pages = 24
const pageBytes = 0x1000
const limitBytes = 0x100_0000
const place = { address: pageBytes, limitBytes }
const records = { recordBytes: 16, recordCount: 2049 }

describe('blocks of records', () => {
  it('are taken by one page each, whatever other threads take and give back', async () => {
    const initial = Math.ceil((place.address + pageTableBytes(limitBytes)) / 0x1_0000)
    const memory = new WebAssembly.Memory({ initial, maximum: 256, shared: true })
    const problems = await Promise.all(
      Array.from({ length: threads }, async (_, thread) => {
        const start = 0x80_0000 + thread * pages * pageBytes
        const workerData: PageWork = { memory, place, records, start, pages, cycles: 1500, mark: thread + 1 }
        const worker = new Worker(new URL('./page-worker.js', import.meta.url), { workerData })
        const [message] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
        return message[0] as readonly string[]
      }),
    )
    expect(problems.flat()).to.deep.equal([])
    const table = new PageTable({ grow: () => undefined, bytes: () => new Uint8Array(memory.buffer) }, place, records)
    expect(table.decodedPageCount).to.equal(0)
    // 31 blocks in a mebibyte; two threads may have grown the memory for the same need.
    const mebibytes = (memory.buffer.byteLength - initial * 0x1_0000) / 0x10_0000
    expect(mebibytes).to.be.at.most(Math.ceil((threads * pages) / 31) + threads)
  })
})
