// A thread that attaches: what it must have before anybody may call it attached, and what it hears when that cannot come. The
// link actor is this test, so that nothing depends on which thread is faster.
import { MessageChannel } from 'node:worker_threads'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ExecutorId, ExecutorNotification, LinkEvent, LinkerId } from '@worc/protocol'
import { JITError } from '@worc/protocol'
import { EpochTable } from '@worc/executor-memory'
import { Executor } from '@worc/executor'
import { Connection, PortChannel } from '@worc/mailbox'

const welcome: LinkEvent = {
  type: 'welcome',
  linker: 0 as LinkerId,
  stackLow: 1024,
  stackHigh: 2048,
  tlsBase: 4096,
  tlsSizeBytes: 0,
  // So that the executor answers, by which the test knows that it has its stack.
  adopt: true,
}

function attach(): {
  readonly link: Connection
  readonly heldAll: Promise<void>
  readonly executor: Promise<Executor>
} {
  const { port1, port2 } = new MessageChannel()
  const epochs = EpochTable.createBuffer()
  const index = new EpochTable(epochs).join()
  if (!index.ok) throw new Error(index.error.message)
  let heard: () => void = () => undefined
  const heldAll = new Promise<void>((resolve) => (heard = resolve))
  const link = new Connection(new PortChannel(port1), {
    onTell: (body) => {
      if ((body as ExecutorNotification).type === 'heldAll') heard()
    },
    onAsk: () => undefined,
  })
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const executor = Executor.attach({
    executor: index.value as number as ExecutorId,
    buffers: { memory, epochs, publishedWord: 64, heapLockWord: 68, target: 'wasm', harts: null },
    links: [port2],
    surroundings: {
      args: [],
      env: {},
      stdin: { type: 'bytes', bytes: new Uint8Array() },
      stdout: () => undefined,
      stderr: () => undefined,
      preopens: new Map(),
    },
    session: 'attach',
    collect: { mayForce: false, force: () => undefined },
    closureOf: () => undefined,
    lookupBody: () => 0,
  })
  return { link, heldAll, executor }
}

describe('a thread that attaches', () => {
  it('is attached when it has all that was installed, not when it has its stack', async () => {
    const { link, heldAll, executor } = attach()
    let attached = false
    void executor.then(() => (attached = true))
    link.tell(welcome)
    await heldAll
    expect(attached).to.equal(false)
    link.tell({ type: 'replayed' } satisfies LinkEvent)
    const there = await executor
    there.leave()
    link.close({ code: 'Aborted', message: 'the test is over' })
  })

  it('rejects with ActorDied where the link actor ends before that', async () => {
    const { link, heldAll, executor } = attach()
    const outcome = executor.catch((thrown: unknown) => thrown)
    link.tell(welcome)
    await heldAll
    link.close({ code: 'ActorDied', message: 'the link actor is gone' })
    const thrown = await outcome
    expect(thrown).to.be.instanceOf(JITError).with.property('code', 'ActorDied')
  })
})
