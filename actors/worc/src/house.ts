// Starts a session's actors and keeps them: the session, a link actor, a compile actor, and the rest of the compile pool once
// there is work for it. A dead link or compile actor is replaced, until it dies too often; the session's death is its end.
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { MessagePort } from 'node:worker_threads'
import { MessageChannel, threadId } from 'node:worker_threads'
import { transfer } from 'comlink'
import type { JITDylibId, LinkerId, PeerRole, TargetName } from '@worc/protocol'
import { JITError, plainError, targetNames } from '@worc/protocol'
import type { ExecutorBuffers } from '@worc/executor'
import { hartInterpreter } from '@worc/executor'
import { heapLockWord, memoryLimits, openArenas } from '@worc/link'
import type { Arenas } from '@worc/link'
import type { SupervisedWorker } from '@worc/supervisor'
import { Supervisor } from '@worc/supervisor'
import { openRegistry } from 'sharedarraybuffer-lock'
import type { SessionMemory } from './arena-setup.js'
import { createSessionMemory, openLocks } from './arena-setup.js'
import { addCLibrary, hasCLibrary } from './c-library.js'
import type { GatewaySettings, HouseWorker, RunningGateway } from './house-gateway.js'
import { roomBytesOf, startGateway } from './house-gateway.js'
import type { JITOptions } from './jit-options.js'
import { SessionClient } from './session-client.js'
import { SessionHost } from './session-host.js'
import type { SessionWorkerSetup } from './session-host.js'
import { ownModules } from './worker-modules.js'
import type { WorkerModules } from './worker-modules.js'
import type { CompileControl } from './workers/compile-worker.js'
import type { LinkControl } from './workers/link-worker.js'
import type { SessionControl } from './workers/session-worker.js'

export interface House {
  /** A port on which a client may join. */
  clientPort(): MessagePort
  /** By name: `session` (unless it is inline), `link`, `compile 1`, …; each through all its incarnations. */
  readonly workers: ReadonlyMap<string, HouseWorker>
  /** When every kind of actor has started once: until then this thread's event loop is needed, and it must not wait for them. */
  readonly started: Promise<void>
  /** What the link actor keeps accounts of, opened for this thread; once per thread. */
  openArenas(): Arenas
  /** Lets other processes in. Rejects with BadArgument where it cannot listen there. */
  startGateway(config: GatewaySettings): Promise<RunningGateway>
  /** Resolves when every worker has ended. */
  close(): Promise<void>
}

type Introduce = (port: MessagePort, role: PeerRole) => void

export async function startHouse(options: JITOptions, modules: WorkerModules = ownModules): Promise<House> {
  refuseUnsupported(options)
  if (options.signal?.aborted === true)
    throw new JITError(plainError('Aborted', 'the session was aborted before it started'))
  const memory = createSessionMemory(options)
  const supervisor = new Supervisor({ lockRegistries: [openRegistry(memory.locks)] })
  const workers = new Map<string, HouseWorker>()
  const close = (): Promise<void> => supervisor.close()
  const setup: SessionWorkerSetup = {
    config: {
      sessionName: randomUUID(),
      inlineThread: options.inline === true ? threadId : null,
      collect: options.collect ?? 'own-workers',
    },
    buffers: executorBuffers(memory),
  }
  try {
    const session =
      options.inline === true
        ? inlineSession(setup)
        : sessionInWorker(supervisor, workers, modules.session, setup, close)
    const portAs = (role: PeerRole): MessagePort => {
      const { port1, port2 } = new MessageChannel()
      session.introduce(port2, role)
      return port1
    }
    let client: SessionClient | undefined
    const end = async (): Promise<void> => {
      options.signal?.removeEventListener('abort', endQuietly)
      client?.close(plainError('SessionClosed', 'the session has ended'))
      session.close()
      await close()
    }
    const endQuietly = (): void => void end()
    const compiler = (n: number): SupervisedWorker<CompileControl> =>
      startCompileActor(supervisor, workers, modules.compile, options, n, () => portAs('compile'), endQuietly)
    startLinkActor(supervisor, workers, modules.link, memory, options, () => portAs('link'), endQuietly)
    const started = compiler(1)
      .ready()
      .catch(() => undefined)
    const joined = await SessionClient.join(portAs('keeper'))
    client = joined.client
    client.onCompilersWanted = () => {
      for (let n = 2; n <= (options.compileThreads ?? Math.min(4, availableParallelism())); n += 1) compiler(n)
    }
    client.onCompilerStuck = (name) =>
      workers.get(name)?.kill(plainError('Aborted', 'nobody waits any more for what it compiles'))
    await furnish(client, memory.target)
    options.signal?.addEventListener('abort', endQuietly, { once: true })
    return {
      clientPort: () => portAs('client'),
      workers,
      started,
      openArenas: () => openArenas(memory.arenas, openLocks(memory)),
      startGateway: (settings) => {
        const roomBytes = roomBytesOf(memory.arenas.stackBytes)
        const site = { supervisor, workers, url: modules.gateway, session: () => portAs('client') }
        return startGateway(site, { ...settings, target: memory.target, roomBytes })
      },
      close: end,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function refuseUnsupported({ target, linkThreads, compileThreads, memory }: JITOptions): void {
  if (target !== undefined && !targetNames.includes(target))
    throw new JITError(plainError('BadArgument', `target ${target}: expected ${targetNames.join(', ')}`))
  if (linkThreads !== undefined && linkThreads !== 1)
    throw new JITError(plainError('Unsupported', `linkThreads ${linkThreads}: a session has 1 link actor`))
  if (compileThreads !== undefined && !(Number.isInteger(compileThreads) && compileThreads > 0))
    throw badOption('compileThreads', compileThreads)
  for (const [name, value] of Object.entries(memory ?? {}))
    if (!(Number.isSafeInteger(value) && value > 0)) throw badOption(`memory.${name}`, value)
}

function badOption(name: string, value: unknown): JITError {
  return new JITError(plainError('BadArgument', `${name} ${String(value)}: expected a whole number, at least 1`))
}

function executorBuffers({ target, arenas }: SessionMemory): ExecutorBuffers {
  const { memory, epochs, publishedWord, pages } = arenas
  const harts =
    pages === null ? null : { plan: pages, interpreter: hartInterpreter(target, memoryLimits(arenas), pages) }
  return { target, memory, epochs, publishedWord, heapLockWord, harts }
}

// ---- the session actor

type Workers = Map<string, HouseWorker>

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

/** It is never restarted: its state is the session. Introductions wait until it has started. */
function sessionInWorker(
  supervisor: Supervisor,
  workers: Workers,
  url: URL,
  setup: SessionWorkerSetup,
  onEnd: () => Promise<void>,
): SessionSite {
  const worker = supervisor.startWorker<SessionControl>({
    name: 'session',
    url,
    restart: { intensity: 0 },
    onExit: () => void onEnd(),
  })
  workers.set(worker.name, worker)
  const configured = worker.ready().then(() => worker.control.configure(setup))
  return {
    introduce: (port, role) => {
      // Where it never starts, the port's other end hears of it as its close.
      configured.then(() => worker.control.introduce(transfer(port, [port]), role)).catch(() => port.close())
    },
    close: () => undefined,
  }
}

// ---- link and compile actors

/** A successor goes on under its predecessor's number: its epochs continue where those left off. */
const onlyLinker = 0 as LinkerId

function startLinkActor(
  supervisor: Supervisor,
  workers: Workers,
  url: URL,
  memory: SessionMemory,
  options: JITOptions,
  session: () => MessagePort,
  onGiveUp: () => void,
): void {
  let first = true
  const mayCollect = options.collect !== 'never'
  const link = supervisor.startWorker<LinkControl>({
    name: 'link',
    url,
    onReady: (worker: SupervisedWorker<LinkControl>) => {
      const config = { linker: onlyLinker, adopt: first ? null : onlyLinker, mayCollect }
      first = false
      const port = session()
      worker.control.start(config, memory, transfer(port, [port])).catch(() => port.close())
    },
    onGiveUp,
  })
  workers.set(link.name, link)
}

function startCompileActor(
  supervisor: Supervisor,
  workers: Workers,
  url: URL,
  options: JITOptions,
  n: number,
  session: () => MessagePort,
  onGiveUp: () => void,
): SupervisedWorker<CompileControl> {
  const settings = {
    ...(options.target === undefined ? {} : { target: options.target }),
    ...(options.clang === undefined ? {} : { clang: options.clang }),
    ...(options.cacheDirectory === undefined ? {} : { cacheDirectory: options.cacheDirectory }),
  }
  const compiler = supervisor.startWorker<CompileControl>({
    name: `compile ${n}`,
    url,
    onReady: (worker: SupervisedWorker<CompileControl>) => {
      const port = session()
      worker.control.start(settings, worker.name, transfer(port, [port])).catch(() => port.close())
    },
    onGiveUp,
  })
  workers.set(compiler.name, compiler)
  return compiler
}

// ---- the runtime library

/** The C and C++ libraries, where there are some for the target, as a dylib at the end of every other's link order; then main. */
async function furnish(keeper: SessionClient, target: TargetName): Promise<void> {
  const libraries = await keeper.session.createBareJITDylib('libc')
  if (hasCLibrary(target)) await addCLibrary(keeper, libraries)
  const defaultLinkOrder = [[libraries.id, 'exported']] as const
  await keeper.request({ type: 'furnish', defaultLinkOrder, main: null })
  const main: JITDylibId = await keeper.request({ type: 'createJITDylib', name: 'main', bare: false })
  await keeper.request({ type: 'furnish', defaultLinkOrder, main })
}
