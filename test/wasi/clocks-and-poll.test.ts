// Time and waiting. Clocks are the test's own where their value matters; the real ones must only go forward. Waits are
// as short as can be told from none.
import { createStdinPipe, writeStdin } from '@worc/executor'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { Worker } from 'node:worker_threads'
import { errno, Guest } from './guest.js'

const REALTIME = 0
const MONOTONIC = 1
const MILLISECOND = 1_000_000n
const HOUR = 3_600_000n * MILLISECOND

const open: Guest[] = []
function newGuest(...parameters: ConstructorParameters<typeof Guest>): Guest {
  const guest = new Guest(...parameters)
  open.push(guest)
  return guest
}
afterEach(() => {
  for (const guest of open.splice(0)) guest.wasi.close()
})

interface PolledEvent {
  readonly userdata: bigint
  readonly error: string
  readonly type: number
  readonly sizeBytes: bigint
  readonly hangup: boolean
}

type Subscription =
  | { readonly clock: number; readonly timeout: bigint; readonly absolute?: boolean }
  | { readonly read: number }
  | { readonly write: number }

/** The events of one poll_oneoff; a subscription's userdata is its index. */
function poll(guest: Guest, ...subscriptions: readonly Subscription[]): PolledEvent[] {
  const [table, events] = [guest.allocate(48 * subscriptions.length), guest.allocate(32 * subscriptions.length)]
  const count = guest.allocate(4)
  subscriptions.forEach((subscription, index) => {
    const at = guest.view(table + 48 * index)
    at.setBigUint64(0, BigInt(index), true)
    at.setUint8(8, 'clock' in subscription ? 0 : 'read' in subscription ? 1 : 2)
    if ('clock' in subscription) {
      at.setUint32(16, subscription.clock, true)
      at.setBigUint64(24, subscription.timeout, true)
      at.setUint16(40, subscription.absolute === true ? 1 : 0, true)
    } else {
      at.setUint32(16, 'read' in subscription ? subscription.read : subscription.write, true)
    }
  })
  expect(errno(guest.call.poll_oneoff(table, events, subscriptions.length, count))).to.equal('SUCCESS')
  return Array.from({ length: guest.u32(count) }, (_, index) => {
    const at = guest.view(events + 32 * index)
    return {
      userdata: at.getBigUint64(0, true),
      error: errno(at.getUint16(8, true)),
      type: at.getUint8(10),
      sizeBytes: at.getBigUint64(16, true),
      hangup: (at.getUint16(24, true) & 1) !== 0,
    }
  })
}

const elapsed = { userdata: 0n, error: 'SUCCESS', type: 0, sizeBytes: 0n, hangup: false }

describe('clocks', () => {
  it('the four of them are those that were given', () => {
    const guest = newGuest(undefined, {
      now: { realtime: () => 1n, monotonic: () => 2n, processCpu: () => 3n, threadCpu: () => 4n },
    })
    const time = guest.allocate(8)
    for (const clockId of [0, 1, 2, 3]) {
      expect(errno(guest.call.clock_time_get(clockId, 0n, time))).to.equal('SUCCESS')
      expect(guest.u64(time)).to.equal(BigInt(clockId + 1))
      expect(errno(guest.call.clock_res_get(clockId, time))).to.equal('SUCCESS')
      expect(guest.u64(time) > 0n).to.equal(true)
    }
    expect(errno(guest.call.clock_time_get(4, 0n, time))).to.equal('INVAL')
    expect(errno(guest.call.clock_res_get(-1, time))).to.equal('INVAL')
  })

  it("the host's own: realtime is today's, and none goes backwards", () => {
    const guest = newGuest(undefined)
    const time = guest.allocate(8)
    const read = (clockId: number): bigint => {
      expect(errno(guest.call.clock_time_get(clockId, 0n, time))).to.equal('SUCCESS')
      return guest.u64(time)
    }
    const wallMs = Number(read(REALTIME) / MILLISECOND)
    expect(Math.abs(wallMs - Date.now())).to.be.lessThan(1000)
    for (const clockId of [1, 2, 3]) {
      const before = read(clockId)
      expect(read(clockId) >= before, `clock ${String(clockId)}`).to.equal(true)
    }
  })
})

describe('poll_oneoff', () => {
  it('a relative clock: not before its time', () => {
    const guest = newGuest(undefined)
    const start = process.hrtime.bigint()
    expect(poll(guest, { clock: MONOTONIC, timeout: 3n * MILLISECOND })).to.deep.equal([elapsed])
    expect(process.hrtime.bigint() - start >= 3n * MILLISECOND).to.equal(true)
  })

  it('absolute clocks count from the clock they name; one that is past is due at once', () => {
    const guest = newGuest(undefined, { now: { realtime: () => HOUR, monotonic: () => 0n } })
    const past = { clock: REALTIME, timeout: HOUR - 1n, absolute: true }
    expect(poll(guest, past, { clock: MONOTONIC, timeout: HOUR - 1n, absolute: true })).to.deep.equal([elapsed])
    const soon = { clock: REALTIME, timeout: HOUR + MILLISECOND, absolute: true }
    expect(poll(guest, soon, { clock: MONOTONIC, timeout: HOUR })).to.deep.equal([elapsed])
  })

  it('of several clocks the first to be due ends the wait', () => {
    const guest = newGuest(undefined)
    const events = poll(guest, { clock: MONOTONIC, timeout: HOUR }, { clock: REALTIME, timeout: MILLISECOND })
    expect(events).to.deep.equal([{ ...elapsed, userdata: 1n }])
  })

  it('outputs, files and given input are ready; a clock that is not due is not reported with them', () => {
    const guest = newGuest('/', { stdin: { type: 'bytes', bytes: Buffer.from('abc') } })
    const events = poll(guest, { clock: MONOTONIC, timeout: HOUR }, { read: 0 }, { write: 1 }, { write: 2 })
    expect(events).to.deep.equal([
      { ...elapsed, userdata: 1n, type: 1, sizeBytes: 3n },
      { ...elapsed, userdata: 2n, type: 2 },
      { ...elapsed, userdata: 3n, type: 2 },
    ])
    guest.read(0, 3)
    expect(poll(guest, { read: 0 })).to.deep.equal([{ ...elapsed, type: 1, hangup: true }])
  })

  it('a subscription that makes no sense is an event with an error; none at all is EINVAL', () => {
    const guest = newGuest(undefined)
    const events = poll(guest, { read: 9 }, { write: 0 }, { clock: 4, timeout: 0n })
    expect(events.map(({ error }) => error)).to.deep.equal(['BADF', 'NOTCAPABLE', 'INVAL'])
    expect(errno(guest.call.poll_oneoff(64, 64, 0, 64))).to.equal('INVAL')
  })

  it('an empty pipe: the clock beside it ends the wait', () => {
    const guest = newGuest(undefined, { stdin: { type: 'pipe', pipe: createStdinPipe() } })
    const events = poll(guest, { read: 0 }, { clock: MONOTONIC, timeout: MILLISECOND })
    expect(events).to.deep.equal([{ ...elapsed, userdata: 1n }])
  })

  it('a pipe that another thread fills while the guest waits: its bytes end the wait', async () => {
    const pipe = createStdinPipe()
    const subject = import.meta.resolve('@worc/executor')
    const source = `import { workerData } from 'node:worker_threads'
      import { writeStdin } from ${JSON.stringify(subject)}
      await writeStdin(workerData, (async function* () { yield 'late' })())`
    const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
    const worker = new Worker(url, { workerData: pipe })
    const exited = new Promise((resolve) => worker.once('exit', resolve))
    const guest = newGuest(undefined, { stdin: { type: 'pipe', pipe } })
    const [event] = poll(guest, { read: 0 }, { clock: MONOTONIC, timeout: HOUR })
    expect(event).to.deep.include({ userdata: 0n, error: 'SUCCESS', type: 1, sizeBytes: 4n })
    expect(guest.read(0, 16)).to.equal('late')
    expect(guest.read(0, 16)).to.equal('')
    await exited
  })

  it('a pipe at its end reports the hangup', async () => {
    const pipe = createStdinPipe()
    await writeStdin(pipe, (async function* () {})())
    const guest = newGuest(undefined, { stdin: { type: 'pipe', pipe } })
    expect(poll(guest, { read: 0 })).to.deep.equal([{ ...elapsed, type: 1, hangup: true }])
  })
})
