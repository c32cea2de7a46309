// A session in another process, by its face: what a client defines, calls and removes, and what it hears of what goes wrong. The
// client is in this process, its session behind a socket all the same.
import { expect } from 'chai'
import type { RemoteJIT } from 'worc'
import { absoluteSymbols, reexportsGenerator } from 'worc'
import { rejection } from '../worc/rejection.js'
import type { Server } from './server.js'
import { startServer } from './server.js'

const arithmetic = `
  int add(int a, int b) { return a + b; }
  long long twice(long long x) { return x * 2; }
  double half(double x) { return x / 2; }
  void nothing(void) {}
  void increment(unsigned char *bytes, int n) { for (int i = 0; i < n; i++) bytes[i]++; }
  int sum(const unsigned char *bytes, int n) { int s = 0; for (int i = 0; i < n; i++) s += bytes[i]; return s; }
  int forever(void) { volatile int go = 1; while (go) ; return 0; }
  static int inner(void) { __builtin_trap(); }
  int outer(void) { return inner() + 1; }
  int deep(int n) { volatile char room[1024]; room[0] = (char)n; return deep(n + 1) + room[0]; }
`

describe('a session in another process', function () {
  let server: Server
  let client: RemoteJIT

  before(async () => {
    server = await startServer()
    client = await server.connect()
    await client.addC(arithmetic, { name: 'arithmetic.c' })
  })
  after(async () => {
    await client[Symbol.asyncDispose]()
    await server.jit.session.verify()
    await server[Symbol.asyncDispose]()
  })

  it('calls with numbers of every kind, and brings the results back as they are', async () => {
    const add = await client.lookup('add')
    expect(add.signature).to.deep.equal({ parameters: ['i32', 'i32'], results: ['i32'] })
    expect(await add(2, 3)).to.equal(5)
    expect(await (await client.lookup('twice'))(-(1n << 61n))).to.equal(-(1n << 62n))
    expect(await (await client.lookup('half'))(-0)).to.equal(-0)
    expect(await (await client.lookup('half'))(5)).to.equal(2.5)
    expect(await (await client.lookup('nothing'))()).to.equal(undefined)
  })

  it('copies bytes into executor memory and back', async () => {
    const bytes = new Uint8Array([1, 2, 255])
    await (
      await client.lookup('increment')
    )(bytes, 3)
    expect([...bytes]).to.deep.equal([2, 3, 0])
    expect(await (await client.lookup('sum'))({ in: bytes }, 3)).to.equal(5)
  })

  it('keeps bytes there for as long as a body takes', async () => {
    const increment = await client.lookup('increment')
    const seen = await client.withBuffer(new Uint8Array([7, 8]), async (address) => {
      await increment(address, 2)
      await client.writeBuffer(address, new Uint8Array([1]), 1)
      return client.readBuffer(address, 2)
    })
    expect([...seen]).to.deep.equal([8, 1])
    const late = await rejection(client.readBuffer(0, 2))
    expect(late.code).to.equal('PermissionDenied')
  })

  it('refuses arguments that the signature does not take, and calls nothing', async () => {
    const add = await client.lookup('add')
    expect((await rejection(add(1))).code).to.equal('BadArgument')
    expect((await rejection(add(1n, 2))).code).to.equal('BadArgument')
    expect((await rejection((await client.lookup('half'))(new Uint8Array(1)))).code).to.equal('BadArgument')
  })

  it('brings traps back with the stack of the code', async () => {
    const trap = await rejection((await client.lookup('outer'))())
    expect(trap.code).to.equal('Trap')
    expect(trap.backtrace?.map(({ symbol }) => symbol)).to.include('outer')
    expect((await rejection((await client.lookup('deep'))(0))).code).to.equal('StackOverflow')
  })

  it('interrupts what takes longer than its deadline, and calls nobody else off', async () => {
    const forever = (await client.lookup('forever')).withDeadline(50)
    const add = await client.lookup('add')
    const others = Promise.all(Array.from({ length: 200 }, (_, n) => add(n, n)))
    const interrupted = await Promise.all([rejection(forever()), rejection(forever()), rejection(forever())])
    expect(interrupted.map(({ code }) => code)).to.deep.equal(['Interrupted', 'Interrupted', 'Interrupted'])
    expect(await others).to.deep.equal(Array.from({ length: 200 }, (_, n) => 2 * n))
    expect(await add(1, 1)).to.equal(2)
  })

  it('compiles with errors that say what clang says', async () => {
    const failed = await rejection(client.addC('int f(', { name: 'broken.c' }))
    expect(failed.code).to.equal('CompileFailed')
    expect(failed.diagnostics).to.include('broken.c:1')
  })

  it('removes: the handle says so, the memory is back', async () => {
    const before = await client.stats()
    const tracker = client.main.createResourceTracker()
    await client.addC('int gone(void) { return 1; }', { tracker })
    const gone = await client.lookup('gone')
    expect(await gone()).to.equal(1)
    await tracker.remove({ wait: 'reclaimed' })
    expect((await rejection(gone())).code).to.equal('CodeRemoved')
    expect(gone.alive).to.equal(false)
    tracker[Symbol.dispose]()
    const { symbols, memoryBytes, modules } = await client.stats()
    expect([symbols, memoryBytes, modules]).to.deep.equal([before.symbols, before.memoryBytes, before.modules])
  })

  it('replaces a function while it is called, and every answer is of one or the other', async () => {
    const dylib = await client.session.createJITDylib('versions')
    const first = dylib.createResourceTracker()
    await client.addC('int version(void) { return 1; }', { dylib, tracker: first })
    const old = await client.lookup('version', { dylib })
    const calls = Promise.allSettled(Array.from({ length: 50 }, () => old()))
    await first.remove()
    await client.addC('int version(void) { return 2; }', { dylib })
    expect(await (await client.lookup('version', { dylib }))()).to.equal(2)
    for (const outcome of await calls) if (outcome.status === 'fulfilled') expect(outcome.value).to.equal(1)
    await client.session.removeJITDylibs([dylib])
  })

  it("materializes a client's own units, asks its generators and manages its resources", async () => {
    const dylib = await client.session.createJITDylib('own')
    const told: string[] = []
    const manager = {
      handleRemoveResources: () => void told.push('removed'),
      handleTransferResources: () => void told.push('transferred'),
    }
    await client.session.registerResourceManager(manager)
    const tracker = dylib.createResourceTracker()
    await dylib.define(
      {
        name: 'handmade',
        symbols: { answer: { exported: true } },
        materialize: async (responsibility) => {
          await responsibility.withResourceKeyDo((key) => void told.push(typeof key))
          await responsibility.notifyResolved({ answer: { address: 42, flags: { exported: true } } })
          await responsibility.notifyEmitted()
        },
      },
      tracker,
    )
    await dylib.addGenerator({
      tryToGenerate: async ({ dylib: asked, names }) => {
        if (names.has('made')) await asked.define(absoluteSymbols({ made: { address: 77, flags: { exported: true } } }))
      },
    })
    expect((await client.lookupData('answer', { dylib })).address).to.equal(42)
    expect((await client.lookupData('made', { dylib })).address).to.equal(77)
    const reexporting = await client.session.createBareJITDylib('reexporting')
    await reexporting.addGenerator(reexportsGenerator(dylib, { allow: (name) => name === 'answer' }))
    expect((await client.lookupData('answer', { dylib: reexporting })).address).to.equal(42)
    expect((await rejection(client.lookupData('made', { dylib: reexporting }))).code).to.equal('SymbolsNotFound')
    await tracker.remove()
    expect(told).to.deep.equal(['number', 'removed'])
    await client.session.deregisterResourceManager(manager)
    await client.session.removeJITDylibs([reexporting, dylib])
  })

  it('runs a program with arguments, environment and streams, as in a thread', async () => {
    const dylib = await client.session.createJITDylib('program')
    await client.addC(
      `#include <stdio.h>
       #include <stdlib.h>
       int main(int argc, char **argv) {
         char line[100];
         printf("%s %s\\n", argv[1], getenv("WHO"));
         while (fgets(line, sizeof line, stdin)) printf("<%s>", line);
         fprintf(stderr, "done\\n");
         return 7;
       }`,
      { dylib },
    )
    const output = { stdout: '', stderr: '' }
    const options = {
      dylib,
      args: ['hello'],
      env: { WHO: 'you' },
      stdin: new TextEncoder().encode('a\nb'),
      stdout: (bytes: Uint8Array) => (output.stdout += new TextDecoder().decode(bytes)),
      stderr: (bytes: Uint8Array) => (output.stderr += new TextDecoder().decode(bytes)),
    }
    expect(await client.run(options)).to.equal(7)
    expect(output).to.deep.equal({ stdout: 'hello you\n<a\n><b>', stderr: 'done\n' })
    await client.session.removeJITDylibs([dylib])
  })

  it('ends a program when the signal aborts', async () => {
    const dylib = await client.session.createJITDylib('endless')
    await client.addC('int main(void) { for (;;) ; }', { dylib })
    const abort = new AbortController()
    const running = rejection(client.run({ dylib, signal: abort.signal, stdin: new Uint8Array() }))
    setImmediate(() => abort.abort())
    expect((await running).code).to.equal('Interrupted')
    await client.session.removeJITDylibs([dylib])
  })

  it('waits for whoever takes its output slowly, and loses nothing', async () => {
    const dylib = await client.session.createJITDylib('chatter')
    await client.addC(
      `#include <stdio.h>
       int main(void) { for (int i = 0; i < 100000; i++) printf("%07d\\n", i); return 0; }`,
      { dylib },
    )
    let bytes = 0
    const stdout = async (part: Uint8Array): Promise<void> => {
      bytes += part.length
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await client.run({ dylib, stdin: new Uint8Array(), stdout })).to.equal(0)
    expect(bytes).to.equal(800_000)
    await client.session.removeJITDylibs([dylib])
  })
})
