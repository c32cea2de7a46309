// A thread that maps code and takes it away again, on pages of its own in a memory that it shares. It writes its mark into what
// it got for decoded instructions: whoever finds another mark there shares it with somebody.
import { parentPort, workerData } from 'node:worker_threads'
import { PageTable } from '@worc/executor-memory'
import type { PageTablePlace, RecordLayout } from '@worc/executor-memory'

export interface PageWork {
  readonly memory: WebAssembly.Memory
  readonly place: PageTablePlace
  readonly records: RecordLayout
  readonly start: number
  readonly pages: number
  readonly cycles: number
  readonly mark: number
}

const { memory, place, records, start, pages, cycles, mark } = workerData as PageWork
const pageBytes = 0x1000
const table = new PageTable(
  {
    grow: (count) => {
      try {
        return memory.grow(count)
      } catch {
        return undefined
      }
    },
    bytes: () => new Uint8Array(memory.buffer),
  },
  place,
  records,
)

const problems = new Set<string>()
for (let cycle = 0; cycle < cycles; cycle++) {
  const count = 1 + (cycle % pages)
  const end = start + count * pageBytes
  const mapped = table.protect(start, end, 'rx')
  if (!mapped.ok) problems.add(mapped.error.message)
  else {
    const words = new Int32Array(memory.buffer)
    const blocks = Array.from({ length: count }, (_, page) => (table.wordOf(start / pageBytes + page) & ~15) >>> 2)
    for (const block of blocks) {
      if (words[block] !== 0) problems.add(`records begin with ${words[block]}`)
      words[block] = mark
    }
    for (const block of blocks) if (words[block] !== mark) problems.add(`records are shared with ${words[block]}`)
  }
  table.retire(start, end)
  table.free(start, end)
}
parentPort?.postMessage([...problems])
