// Starts a session's actors and keeps them: the session, a link actor, and a pool of compile actors once there is something
// to compile. A dead link or compile actor is replaced; the session's death is the session's end.
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel } from 'node:worker_threads'
import { transfer } from 'comlink'
import type { JITDylibId, JITErrorData, LinkerId, PeerRole } from '@worc/protocol'
import { JITError, plainError, valueOf } from '@worc/protocol'
import { defaultLibraries } from '@worc/compilers'
import { openSysroot } from '@worc/compile'
import type { ExecutorBuffers } from '@worc/executor'
import type { SupervisedWorker, WorkerState } from '@worc/supervisor'
import { Supervisor } from '@worc/supervisor'
import { openRegistry } from 'sharedarraybuffer-lock'
import type { SessionMemory } from './arena-setup.js'
import { createSessionMemory } from './arena-setup.js'
import { ArchiveGenerator, registerGenerator } from './definition-generator.js'
import type { JITOptions } from './jit-options.js'
import { absoluteSymbols } from './materialization-unit.js'
import { SessionClient } from './session-client.js'
import { SessionHost } from './session-host.js'
import type { SessionWorkerSetup } from './session-host.js'
import type { CompileControl } from './workers/compile-worker.js'
import type { LinkControl } from './workers/link-worker.js'
import type { SessionControl } from './workers/session-worker.js'

export interface House {
  /** A port on which a client may join. */
  clientPort(): MessagePort
  /** By name: `session` (unless it is inline), `link`, `compile 1`, …; each through all its incarnations. */
  readonly workers: ReadonlyMap<string, HouseWorker>
  /** Resolves when every worker has ended. */
  close(): Promise<void>
}

/** A worker of the house, as whoever watches or breaks it sees it. */
export interface HouseWorker {
  readonly threadId: number
  readonly state: WorkerState
  /** Ends its thread in the middle of whatever it does. */
  kill(reason: JITErrorData): void
}

type Introduce = (port: MessagePort, role: PeerRole) => void

export async function startHouse(options: JITOptions): Promise<House> {
  refuseUnsupported(options)
  const memory = createSessionMemory(options)
  const supervisor = new Supervisor({ lockRegistries: [openRegistry(memory.locks)] })
  const workers = new Map<string, HouseWorker>()
  const close = (): Promise<void> => supervisor.close()
  const setup: SessionWorkerSetup = {
    config: { sessionName: randomUUID(), collect: options.collect ?? 'own-workers' },
    buffers: executorBuffers(memory),
  }
  try {
    const session =
      options.inline === true ? inlineSession(setup) : await sessionInWorker(supervisor, workers, setup, close)
    const portAs = (role: PeerRole): MessagePort => {
      const { port1, port2 } = new MessageChannel()
      session.introduce(port2, role)
      return port1
    }
    startLinkActor(supervisor, workers, memory, options, () => portAs('link'))
    const { client } = await SessionClient.join(portAs('keeper'))
    client.onCompilersWanted = () => startCompileActors(supervisor, workers, options, () => portAs('compile'))
    await furnish(client)
    const end = async (): Promise<void> => {
      client.close(plainError('SessionClosed', 'the session has ended'))
      session.close()
      await close()
    }
    options.signal?.addEventListener('abort', () => void end(), { once: true })
    return { clientPort: () => portAs('client'), workers, close: end }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function refuseUnsupported({ target, linkThreads, compileThreads, memory }: JITOptions): void {
  if (target !== undefined && target !== 'wasm')
    throw new JITError(plainError('Unsupported', `target ${target}: only wasm can be had`))
  if (linkThreads !== undefined && linkThreads !== 1)
    throw new JITError(plainError('Unsupported', `linkThreads ${linkThreads}: a session has 1 link actor`))
  if (compileThreads !== undefined && !(Number.isInteger(compileThreads) && compileThreads > 0))
    throw badOption('compileThreads', compileThreads)
  for (const [name, value] of Object.entries(memory ?? {}))
    if (!(Number.isSafeInteger(value) && Number(value) > 0)) throw badOption(`memory.${name}`, value)
}

function badOption(name: string, value: unknown): JITError {
  return new JITError(plainError('BadArgument', `${name} ${String(value)}: expected a whole number, at least 1`))
}

function executorBuffers({ arenas }: SessionMemory): ExecutorBuffers {
  return { memory: arenas.memory, epochs: arenas.epochs, publishedWord: arenas.publishedWord }
}

// ---- the session actor

interface SessionSite {
  readonly introduce: Introduce
  close(): void
}

function inlineSession(setup: SessionWorkerSetup): SessionSite {
  const host = new SessionHost(setup, (error) => {
    throw new JITError(error)
  })
  return { introduce: (port, role) => host.introduce(port, role), close: () => host.close() }
}

type Workers = Map<string, HouseWorker>

/** It is never restarted: its state is the session. */
async function sessionInWorker(
  supervisor: Supervisor,
  workers: Workers,
  setup: SessionWorkerSetup,
  onEnd: () => Promise<void>,
): Promise<SessionSite> {
  const worker = supervisor.startWorker<SessionControl>({
    name: 'session',
    url: new URL('./workers/session-worker.js', import.meta.url),
    restart: { intensity: 0 },
    onExit: () => void onEnd(),
  })
  workers.set(worker.name, worker)
  await worker.ready()
  await worker.control.configure(setup)
  return {
    introduce: (port, role) => void worker.control.introduce(transfer(port, [port]), role).catch(() => port.close()),
    close: () => undefined,
  }
}

// ---- link and compile actors

const linkerLimit = 16

function startLinkActor(
  supervisor: Supervisor,
  workers: Workers,
  memory: SessionMemory,
  options: JITOptions,
  session: () => MessagePort,
): void {
  let incarnation = -1
  const mayCollect = options.collect !== 'never'
  const link = supervisor.startWorker<LinkControl>({
    name: 'link',
    url: new URL('./workers/link-worker.js', import.meta.url),
    restart: { intensity: linkerLimit - 1, periodMs: Infinity },
    onReady: (worker: SupervisedWorker<LinkControl>) => {
      incarnation += 1
      const config = {
        linker: incarnation as LinkerId,
        adopt: incarnation === 0 ? null : ((incarnation - 1) as LinkerId),
        mayCollect,
      }
      const port = session()
      worker.control.start(config, memory, transfer(port, [port])).catch(() => port.close())
    },
  })
  workers.set(link.name, link)
}

function startCompileActors(
  supervisor: Supervisor,
  workers: Workers,
  options: JITOptions,
  session: () => MessagePort,
): void {
  const count = options.compileThreads ?? Math.min(4, availableParallelism())
  const settings = {
    ...(options.clang === undefined ? {} : { clang: options.clang }),
    ...(options.cacheDirectory === undefined ? {} : { cacheDirectory: options.cacheDirectory }),
  }
  for (let n = 1; n <= count; n += 1) {
    const compiler = supervisor.startWorker<CompileControl>({
      name: `compile ${n}`,
      url: new URL('./workers/compile-worker.js', import.meta.url),
      onReady: (worker: SupervisedWorker<CompileControl>) => {
        const port = session()
        worker.control.start(settings, transfer(port, [port])).catch(() => port.close())
      },
    })
    workers.set(compiler.name, compiler)
  }
}

// ---- the runtime library

/** What libc expects a static linker to define. Its heap begins empty and grows memory for itself. */
const linkerDefined = ['__heap_base', '__heap_end', '__data_end', '__global_base'] as const

/** The C and C++ libraries, as a dylib at the end of every other's link order; then main. */
async function furnish(keeper: SessionClient): Promise<void> {
  const libraries = await keeper.session.createBareJITDylib('libc')
  await libraries.define(
    absoluteSymbols(
      Object.fromEntries(linkerDefined.map((name) => [name, { address: 1024, flags: { exported: true } }])),
    ),
  )
  const sysroot = valueOf(openSysroot())
  try {
    const archives = (paths: readonly string[]): ArchiveGenerator =>
      new ArchiveGenerator(paths.map((path) => sysroot.bytes(path) ?? new Uint8Array()))
    const c = defaultLibraries('c')
    await registerGenerator(keeper, libraries, archives(c))
    await registerGenerator(keeper, libraries, archives(defaultLibraries('c++').filter((path) => !c.includes(path))))
  } finally {
    sysroot.close()
  }
  const defaultLinkOrder = [[libraries.id, 'exported']] as const
  await keeper.request({ type: 'furnish', defaultLinkOrder, main: null })
  const main: JITDylibId = await keeper.request({ type: 'createJITDylib', name: 'main', bare: false })
  await keeper.request({ type: 'furnish', defaultLinkOrder, main })
}
