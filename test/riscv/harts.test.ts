// Harts on threads of their own over one memory: what the A extension promises holds between them.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { trapCause } from '@worc/riscv'
import { memoryWith } from './hart.js'
import type { HartWork } from './hart-worker.js'

const harts = [0x400, 0x680, 0x900, 0xb80]
const rounds = 25_000

/**
 * When all harts have come to the beginning (0x8020), everything is counted: at 0x8000, by turns under the spinlock at
 * 0x8008, and with lr and sc at 0x8010. What lies between a read and its write takes a while, so that others come between.
 */
const source = `
  li s0, 0x8000
  li s1, ${rounds}
  li s2, 1
  addi a0, s0, 32
  li a2, ${harts.length}
  amoadd.w zero, s2, (a0)
0:
  lr.w a1, (a0)
  bne a1, a2, 0b
1:
  amoadd.w.aqrl zero, s2, (s0)
  addi a0, s0, 8
2:
  amoswap.w.aq a1, s2, (a0)
  bnez a1, 2b
  lw a2, 24(s0)
  AWHILE
  addi a2, a2, 1
  sw a2, 24(s0)
  amoswap.w.rl zero, zero, (a0)
  addi a0, s0, 16
3:
  lr.d.aq a1, (a0)
  AWHILE
  addi a1, a1, 1
  sc.d.rl a2, a1, (a0)
  bnez a2, 3b
  addi s1, s1, -1
  bnez s1, 1b
  ebreak
`.replaceAll('AWHILE', 'nop\n'.repeat(40))

describe('harts on several threads', () => {
  it('lose no atomic addition, none under a spinlock, and none by lr and sc', async () => {
    const memory = memoryWith(source, 64)
    const causes = await Promise.all(
      harts.map(async (address) => {
        const workerData: HartWork = { memory, address }
        const worker = new Worker(new URL('./hart-worker.js', import.meta.url), { workerData })
        const [message] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
        return message[0] as unknown
      }),
    )
    expect(causes).to.deep.equal(harts.map(() => trapCause.breakpoint))
    const view = new DataView(memory.buffer)
    const counts = [0x8000, 0x8010, 0x8018].map((at) => view.getUint32(at, true))
    expect(counts).to.deep.equal(counts.map(() => harts.length * rounds))
  })
})
