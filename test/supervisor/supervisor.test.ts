// Workers that die in every way a thread can. Each death is one event with one error that names the worker, its thread and why;
// whoever was calling it hears the same error at once; what it held is given back; the next one starts when its time has come.
import type { SupervisedWorker, WorkerExit, WorkerOptions } from '@worc/supervisor'
import { Supervisor } from '@worc/supervisor'
import { plainError } from '@worc/protocol'
import type { JITErrorData } from '@worc/protocol'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Mutex, allocate, createAgent, createRegistry } from 'sharedarraybuffer-lock'
import { errorOf } from '../mailbox/ends.js'
import { VirtualClock } from '../mailbox/virtual-clock.js'
import { nodePlatform } from '../sharedarraybuffer-lock/node-platform.js'
import type { Api, Orders } from './obedient-worker.js'

const url = new URL('./obedient-worker.js', import.meta.url)
const never = { intensity: 0 }

interface Stage {
  readonly supervisor: Supervisor
  readonly clock: VirtualClock
  readonly exits: WorkerExit[]
  readonly log: string[]
  start(options?: Partial<WorkerOptions<Api>>, orders?: Orders): SupervisedWorker<Api>
}

async function onStage(body: (stage: Stage) => Promise<void>, options = {}): Promise<void> {
  const clock = new VirtualClock()
  const exits: WorkerExit[] = []
  const log: string[] = []
  const supervisor = new Supervisor({ clock, ...options })
  const start: Stage['start'] = (wanted = {}, orders = {}) =>
    supervisor.startWorker<Api>({
      name: 'Foo',
      url,
      workerData: orders,
      onReady: ({ name }) => log.push(`${name} ready`),
      onExit: (exit) => {
        log.push(`${exit.name} exit${exit.orderly ? ', orderly' : ''}`)
        exits.push(exit)
      },
      onGiveUp: () => log.push('gave up'),
      ...wanted,
    })
  try {
    await body({ supervisor, clock, exits, log, start })
  } finally {
    await supervisor.close()
  }
}

/** What is pending when the worker dies, and what is called after. */
async function witness(worker: SupervisedWorker<Api>, kill: () => unknown): Promise<JITErrorData[]> {
  await worker.ready()
  const pending = [errorOf(worker.control.never()), errorOf(worker.control.never())]
  expect(await worker.control.echo('alive')).to.equal('alive')
  kill()
  const errors = await Promise.all(pending)
  return [...errors, await errorOf(worker.control.echo('dead'))]
}

describe('Supervisor', () => {
  it('starts a worker, calls it, stops it', async () => {
    await onStage(async ({ exits, log, start }) => {
      const worker = start()
      await worker.ready()
      expect(worker.state).to.equal('ready')
      expect(worker.threadId).to.equal(worker.worker?.threadId)
      expect(await worker.control.echo({ value: 42 })).to.deep.equal({ value: 42 })
      const { threadId } = worker
      await worker.stop()
      expect(log).to.deep.equal(['Foo ready', 'Foo exit, orderly'])
      expect(exits.map((exit) => exit.threadId)).to.deep.equal([threadId])
      expect(worker.threadId).to.equal(threadId)
    })
  })

  describe('a death', () => {
    const causes: Readonly<Record<string, [kill: (worker: SupervisedWorker<Api>) => unknown, why: string]>> = {
      'by terminate()': [({ worker }) => worker?.terminate(), 'exited with code 1'],
      'by process.exit': [({ control }) => control.exit(3).catch(() => undefined), 'exited with code 3'],
      'by an uncaught throw': [({ control }) => control.throwLater(), 'died: TypeError: planted'],
      'by its heap limit': [({ control }) => control.eatMemory().catch(() => undefined), 'ran out of memory'],
    }
    for (const [way, [kill, why]] of Object.entries(causes)) {
      it(`${way}: one event, and every call in flight or later rejects with its error`, async () => {
        await onStage(async ({ exits, log, start }) => {
          const worker = start({
            restart: never,
            resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
          })
          const errors = await witness(worker, () => kill(worker))
          const [exit] = exits
          expect(exit?.error.code).to.equal('ActorDied')
          expect(exit?.error.message).to.equal(`worker "Foo" (thread ${worker.threadId}) ${why}`)
          expect(errors).to.deep.equal([exit?.error, exit?.error, exit?.error])
          expect(log).to.deep.equal(['Foo ready', 'Foo exit', 'gave up'])
          expect(await errorOf(worker.ready())).to.deep.equal(exit?.error)
        })
      })
    }

    it('keeps the cause: the stack of a throw, the limit of a heap', async () => {
      await onStage(async ({ exits, start }) => {
        const worker = start({ restart: never })
        await witness(worker, () => worker.control.throwLater())
        expect(exits[0]?.error.cause?.message).to.match(/TypeError: planted\n\s+at .*obedient-worker/)
      })
    })

    const boots: Readonly<Record<string, [options: Partial<WorkerOptions<Api>>, orders: Orders, why: RegExp]>> = {
      'its module throws': [{}, { boot: 'throw' }, /^worker "Foo" \(thread \d+\) died: RangeError: planted at boot$/],
      'it exits': [{}, { boot: 'exit' }, /^worker "Foo" \(thread \d+\) exited with code 4$/],
      'there is no such module': [
        { url: new URL('./nobody.js', import.meta.url) },
        {},
        /^worker "Foo" \(thread \d+\) died: Error: Cannot find module/,
      ],
      'Node refuses to start it': [
        { url: new URL('http://localhost/worker.js') },
        {},
        /^worker "Foo" \(thread -1\) died: TypeError: /,
      ],
    }
    for (const [way, [options, orders, why]] of Object.entries(boots)) {
      it(`at boot (${way}): the same, and nobody waits for it`, async () => {
        await onStage(async ({ exits, log, start }) => {
          const worker = start({ restart: never, ...options }, orders)
          const calls = errorOf(worker.control.echo(1))
          const error = await errorOf(worker.ready())
          expect(error.message).to.match(why)
          expect(await calls).to.deep.equal(error)
          expect(exits.map((exit) => exit.error)).to.deep.equal([error])
          expect(log).to.deep.equal(['Foo exit', 'gave up'])
        })
      })
    }

    it('at boot (never ready): ended after its time', async () => {
      await onStage(async ({ clock, start }) => {
        const worker = start({ restart: never, bootTimeoutMs: 5000 }, { boot: 'never' })
        clock.advance(5000)
        const error = await errorOf(worker.ready())
        expect(error.message).to.equal(
          `worker "Foo" (thread ${worker.threadId}) was terminated: it was not ready within 5000 ms`,
        )
        expect(error.cause?.code).to.equal('Timeout')
      })
    })

    it('gives back its locks before anybody hears of it', async () => {
      const registry = createRegistry()
      const address = allocate(registry)
      const mutex = new Mutex(createAgent(registry, nodePlatform(), { allowBlockingMain: true }), address)
      const states: unknown[] = []
      const look = (): void => {
        const token = Mutex.lockIfAvailable(mutex, 0)
        states.push(token?.state)
        token?.markConsistent()
        token?.unlock()
      }
      const options = { lockRegistries: [registry] }
      await onStage(async ({ start }) => {
        const worker = start({ restart: never, onExit: look })
        await witness(worker, async () => {
          await worker.control.lockForEver(registry.buffer, address)
          look()
          void worker.worker?.terminate()
        })
        expect(states).to.deep.equal([undefined, 'owner-died'])
      }, options)
    })
  })

  describe('restart', () => {
    it('after its pause, with a new thread and control plane; ready() waits for it', async () => {
      await onStage(async ({ clock, log, start }) => {
        const worker = start({ restart: { firstBackoffMs: 500 } })
        await witness(worker, () => worker.worker?.terminate())
        const { threadId } = worker
        expect(worker.state).to.equal('restarting')
        clock.advance(499)
        expect(worker.state).to.equal('restarting')
        const ready = worker.ready()
        clock.advance(1)
        await ready
        expect(worker.threadId).to.not.equal(threadId)
        expect(await worker.control.echo('again')).to.equal('again')
        expect(log).to.deep.equal(['Foo ready', 'Foo exit', 'Foo ready'])
      })
    })

    it('not for ever: after too many deaths it gives up, once', async () => {
      await onStage(async ({ clock, exits, log, start }) => {
        const onExit = (exit: WorkerExit): void => {
          exits.push(exit)
          queueMicrotask(() => clock.advance(100))
        }
        const worker = start({ restart: { intensity: 2, firstBackoffMs: 1 }, onExit }, { boot: 'exit' })
        const error = errorOf(worker.ready())
        expect((await error).message).to.match(/exited with code 4$/)
        expect(exits.length).to.equal(3)
        expect(worker.state).to.equal('failed')
        expect(log).to.deep.equal(['gave up'])
      })
    })

    it('after kill: at once, with the reason at its callers', async () => {
      await onStage(async ({ log, start }) => {
        const worker = start({ restart: never })
        await worker.ready()
        const call = errorOf(worker.control.never())
        const reason = plainError('Timeout', 'compiling "Bar" took longer than 10 s')
        const { threadId } = worker
        worker.kill(reason)
        const error = await call
        expect(error.message).to.equal(`worker "Foo" (thread ${threadId}) was terminated: ${reason.message}`)
        expect(error.cause).to.deep.equal(reason)
        await worker.ready()
        expect(log).to.deep.equal(['Foo ready', 'Foo exit', 'Foo ready'])
      })
    })
  })

  describe('close', () => {
    it('stops what it started in the reverse order, and starts no more', async () => {
      await onStage(async ({ supervisor, log, start }) => {
        const workers = ['Foo', 'Bar', 'Baz'].map((name) => start({ name }))
        await Promise.all(workers.map((worker) => worker.ready()))
        log.length = 0
        await Promise.all([supervisor.close(), supervisor.close()])
        expect(log).to.deep.equal(['Baz exit, orderly', 'Bar exit, orderly', 'Foo exit, orderly'])
        expect(() => start()).to.throw('worker "Foo" cannot start: its supervisor is closed')
      })
    })

    it('a worker whose stop throws is stopped all the same', async () => {
      await onStage(async ({ supervisor, log, start }) => {
        await start({}, { stop: 'throw' }).ready()
        await supervisor.close()
        expect(log).to.deep.equal(['Foo ready', 'Foo exit, orderly'])
      })
    })

    it('a worker whose stop never ends is terminated after its time', async () => {
      await onStage(async ({ supervisor, clock, exits, start }) => {
        const worker = start({ stopTimeoutMs: 700 }, { stop: 'never' })
        await worker.ready()
        const closed = supervisor.close()
        clock.advance(700)
        await closed
        expect(exits[0]?.error.cause?.message).to.equal('it did not stop within 700 ms')
      })
    })

    it('while a worker boots: it is stopped too', async () => {
      await onStage(async ({ supervisor, log, start }) => {
        start()
        await supervisor.close()
        expect(log).to.deep.equal(['Foo exit, orderly'])
      })
    })
  })

  describe('a process with idle workers', () => {
    it('ends by itself; a call in flight and a worker that is waited for keep it', async () => {
      const script = fileURLToPath(new URL('./idle-supervisor.js', import.meta.url))
      const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 })
      expect(stdout.trim().split('\n')).to.deep.equal(['ready', 'called', 'restarted', 'end of the module'])
    })
  })
})
