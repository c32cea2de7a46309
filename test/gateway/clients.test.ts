// Several clients of one server: what one has, another cannot name; what one uses up, another does not lack.
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JITErrorCode, RemoteJIT } from 'worc'
import { JIT, connect } from 'worc'
import { rejection } from '../worc/rejection.js'
import type { Server } from './server.js'
import { startServer } from './server.js'

const limits = {
  connections: 3,
  units: 3,
  trackers: 2,
  dylibs: 2,
  functions: 2,
  bufferBytes: 1000,
  programs: 1,
  definedBytes: 100_000,
  blobBytes: 200_000,
}

describe('clients of one server', function () {
  let server: Server
  let first: RemoteJIT
  let second: RemoteJIT

  before(async () => {
    server = await startServer({ limits, graceMs: 0 }, { inline: true })
  })
  after(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    first = await server.connect({ onDisconnect: 'remove' })
    second = await server.connect({ onDisconnect: 'remove' })
  })
  afterEach(async () => {
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
    await quiet(server.jit)
    await server.jit.session.verify()
  })

  it('work side by side, each in a dylib of its own', async () => {
    const values = await Promise.all(
      [first, second].map(async (client, n) => {
        const dylib = await client.session.createJITDylib(`own ${n}`)
        await client.addC(`int value(void) { return ${n}; }`, { dylib })
        return (await client.lookup('value', { dylib }))()
      }),
    )
    expect(values).to.deep.equal([0, 1])
  })

  it('a dylib, tracker, function or buffer of another cannot be named', async () => {
    const dylib = await first.session.createJITDylib('secret')
    const tracker = dylib.createResourceTracker()
    await first.addC('int secret(void) { return 1; }', { dylib, tracker })
    const secret = await first.lookup('secret', { dylib })
    expect(await second.session.getJITDylibByName('secret')).to.equal(undefined)

    const borrowed = { session: { name: second.session.name }, id: dylib.id, name: 'secret' } as never
    const buffer = await first.withBuffer(new Uint8Array(4), (address) => Promise.resolve(address))
    const refused = [
      second.lookup('secret', { dylib: borrowed }),
      second.initialize(borrowed),
      second.session.removeJITDylibs([borrowed]),
      second.main.setLinkOrder([{ dylib: borrowed, match: 'all' }]),
      second.main.createResourceTracker().transferTo(tracker),
      second.readBuffer(buffer, 4),
    ]
    for (const { code } of await Promise.all(refused.map(rejection))) expect(code).to.equal('PermissionDenied')
    expect(await secret()).to.equal(1)
  })

  it('a dylib that is shared by its token is both of theirs, and goes with the last', async () => {
    const dylib = await first.session.createJITDylib('shared')
    await first.addC('int shared(void) { return 5; }', { dylib })
    expect((await rejection(second.adoptDylib('guessed', 'shared'))).code).to.equal('PermissionDenied')
    const adopted = await second.adoptDylib(await first.shareDylib(dylib), 'shared')
    await first[Symbol.asyncDispose]()
    expect(await (await second.lookup('shared', { dylib: adopted }))()).to.equal(5)
    await second[Symbol.asyncDispose]()
    await quiet(server.jit)
    expect(await server.jit.session.getJITDylibByName('shared')).to.equal(undefined)
  })

  it('what belongs to all cannot be ended by one', async () => {
    expect((await rejection(first.session.endSession())).code).to.equal('PermissionDenied')
    expect((await rejection(first.main.clear())).code).to.equal('PermissionDenied')
    expect((await rejection(first.session.removeJITDylibs([first.main]))).code).to.equal('PermissionDenied')
  })

  it('each limit refuses by its name, with what is used and what the limit is; the other client goes on', async () => {
    const source = (n: number): string => `int f${n}(void) { return ${n}; }`
    const [tracker, , refused] = Array.from({ length: 3 }, () => first.main.createResourceTracker())
    if (tracker === undefined || refused === undefined) throw new Error('a tracker is made without asking')
    await expectRefusal(first.addC(source(0), { tracker: refused }), 'QuotaExceeded', 'trackers', 2)
    await first.session.createJITDylib('a')
    await first.session.createJITDylib('b')
    await expectRefusal(first.session.createJITDylib('c'), 'QuotaExceeded', 'dylibs', 2)
    for (const n of [1, 2, 3]) await first.addC(source(n), { tracker })
    await expectRefusal(first.addC(source(4)), 'QuotaExceeded', 'units', 3)
    const handle = await first.lookup('f1')
    const other = await first.lookup('f2')
    await expectRefusal(first.lookup('f3'), 'QuotaExceeded', 'functions', 2)
    expect(await other()).to.equal(2)
    await expectRefusal(
      first.withBuffer(new Uint8Array(1001), () => Promise.resolve()),
      'QuotaExceeded',
      'bufferBytes',
      1000,
    )
    await expectRefusal(first.addC(`char large[] = "${'x'.repeat(220_000)}";`), 'QuotaExceeded', 'blobBytes', 200_000)

    await second.addC('int g(void) { return 7; }')
    expect(await (await second.lookup('g'))()).to.equal(7)
    expect(await handle()).to.equal(1)
    // What is removed may be defined anew.
    await tracker.remove()
    await first.addC(source(4))
    const { refusals } = await second.status()
    expect(new Map(refusals).get('QuotaExceeded')).to.be.at.least(6)
  })

  it('one connection too many is refused, and let in when another has gone', async () => {
    const third = await server.connect()
    await expectRefusal(server.connect(), 'QuotaExceeded', 'connections', 3)
    await third[Symbol.asyncDispose]()
    await (await server.connect())[Symbol.asyncDispose]()
  })

  it('an endless loop of one holds no other back', async () => {
    await first.addC('int forever(void) { volatile int go = 1; while (go) ; return 0; } int quick(void) { return 1; }')
    const forever = (await first.lookup('forever')).withDeadline(300)
    const running = Promise.all([rejection(forever()), rejection(forever())])
    expect(await (await second.lookup('quick'))()).to.equal(1)
    for (const { code } of await running) expect(code).to.equal('Interrupted')
  })
})

describe('letting clients in', function () {
  let directory: string
  let jit: JIT
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'worc-listen-'))
    jit = await JIT.start({ inline: true })
  })
  after(async () => {
    await jit[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  })

  it('takes the token and nothing else, and says no more than that', async () => {
    const listening = await jit.listen({ path: join(directory, 'token.sock') })
    const wrong = await rejection(connect(listening.url, { token: 'x'.repeat(64) }))
    expect(wrong.code).to.equal('AuthFailed')
    expect(wrong.message).not.to.include(directory)
    // The token beside the socket, which only its owner can read.
    const client = await connect(listening.url)
    await client[Symbol.asyncDispose]()
    await listening.close()
    expect((await rejection(connect(listening.url, { token: listening.token }))).code).to.equal('ConnectionLost')
  })

  it('listens on TCP where it is asked to', async () => {
    const listening = await jit.listen({ port: 0 })
    expect(listening.url.protocol).to.equal('tcp:')
    expect((await rejection(connect(listening.url))).code).to.equal('BadArgument')
    const client = await connect(listening.url, { token: listening.token })
    await client[Symbol.asyncDispose]()
    await listening.close()
  })

  it('refuses a place that others can reach, or that is too long, or taken', async () => {
    const open = join(directory, 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    symlinkSync(directory, join(directory, 'link'))
    const listening = await jit.listen({ path: join(directory, 'taken.sock') })
    const places = [
      join(open, 's'),
      join(directory, 'link', 's'),
      join(directory, 'x'.repeat(120)),
      join(directory, 'taken.sock'),
    ]
    for (const path of places)
      expect((await rejection(jit.listen({ path, token: 't'.repeat(32) }))).code, path).to.equal('BadArgument')
    await listening.close()
  })

  it('hangs up on whoever says nothing, or nonsense', async () => {
    const listening = await jit.listen({ path: join(directory, 'strangers.sock') })
    const path = decodeURIComponent(listening.url.pathname)
    const strangers = ['', 'GET / HTTP/1.1\r\n\r\n', '\0\0\0\u0001\u00c1'].map((said) => {
      const socket = connectSocket(path)
      socket.resume().write(said)
      return once(socket, 'close')
    })
    await Promise.all(strangers)
    const client = await connect(listening.url)
    await client[Symbol.asyncDispose]()
    await listening.close()
  })
})

it('an error says nothing of the machine it happened on', async () => {
  await using server = await startServer({}, { inline: true, clang: '/nonexistent/somewhere/clang' })
  const client = await server.connect()
  const failed = await rejection(client.addC('int x;'))
  expect(failed.code).to.equal('CompilerUnavailable')
  expect(JSON.stringify(failed.data)).not.to.include('somewhere')
  await client[Symbol.asyncDispose]()
})

async function expectRefusal(
  promise: Promise<unknown>,
  code: JITErrorCode,
  what: string,
  limit: number,
): Promise<void> {
  const refusal = await rejection(promise)
  expect(refusal.code, refusal.message).to.equal(code)
  expect(refusal.message).to.match(new RegExp(`${what}.*used.*limit ${limit}`))
}

/** What a goodbye gives back takes the server a few messages. */
async function quiet(jit: JIT): Promise<void> {
  for (let n = 0; n < 20; n++) {
    await jit.session.drain()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
