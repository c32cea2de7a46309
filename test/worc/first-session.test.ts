// The face on C sources: what is added can be looked up and called, what is removed cannot, and nothing is left of it.
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { JIT } from 'worc'
import type { JITStats } from 'worc'
import { rejection, rootCode, thrownBy } from './rejection.js'

describe('JIT', () => {
  let jit: JIT
  let empty: JITStats
  before(async () => {
    jit = await JIT.start({ compileThreads: 1 })
    empty = await jit.stats()
  })
  after(() => jit[Symbol.asyncDispose]())

  it('lookup: gives a function of this thread with its signature', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC(
      'int add(int a, int b) { return a + b; } long long wide(long long a) { return a * 2; } double half(double a) { return a / 2; } void nothing(void) {}',
      { tracker },
    )
    const add = await jit.lookup('add')
    expect(add(2, 3)).to.equal(5)
    expect(add.symbol).to.equal('add')
    expect(add.signature).to.deep.equal({ parameters: ['i32', 'i32'], results: ['i32'] })
    expect((await jit.lookup('wide'))(1n << 40n)).to.equal(1n << 41n)
    expect((await jit.lookup('half'))(3)).to.equal(1.5)
    expect((await jit.lookup('nothing'))()).to.equal(undefined)
    expect(await jit.lookup('add')).to.equal(add)
    await tracker.remove()
  })

  it('remove: a handle throws CodeRemoved, and everything comes back', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC(
      'static _Thread_local int t = 4; int data[1000] = {1}; static int get(void) { return t + data[0]; } int (*pointer)(void) = get; int f(void) { return pointer(); }',
      { tracker },
    )
    const f = await jit.lookup('f')
    expect(f()).to.equal(5)
    const held = await jit.stats()
    expect(held.modules).to.equal(empty.modules + 1)
    expect(held.functionSlots).to.equal(empty.functionSlots + 1)
    expect(held.memoryBytes - empty.memoryBytes).to.be.at.least(4000)
    expect(held.tlsBytes).to.be.greaterThan(empty.tlsBytes)
    await tracker.remove({ wait: 'reclaimed' })
    expect(thrownBy(() => f()).code).to.equal('CodeRemoved')
    expect(f.alive).to.equal(false)
    expect(await jit.stats()).to.deep.equal(empty)
    await tracker.remove()
    expect(await tracker.isDefunct()).to.equal(true)
  })

  it('remove: a unit that calls what was removed throws CodeRemoved naming it, and works on when it is defined anew', async () => {
    const callee = jit.main.createResourceTracker()
    const caller = jit.main.createResourceTracker()
    await jit.addC('int callee(void) { return 1; }', { tracker: callee })
    await jit.addC('int callee(void); int caller(void) { return callee() + 10; }', {
      tracker: caller,
      name: 'caller.c',
    })
    const call = await jit.lookup('caller')
    expect(call()).to.equal(11)
    await callee.remove({ wait: 'reclaimed' })
    const error = thrownBy(() => call())
    expect(error.code).to.equal('CodeRemoved')
    expect(error.message).to.contain('"callee"').and.contain('caller.c')
    await caller.remove({ wait: 'reclaimed' })
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('a unit sees another unit’s data, functions and function pointers', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int shared[4] = {1, 2, 3, 4}; int triple(int a) { return 3 * a; }', { tracker })
    await jit.addC(
      'extern int shared[4]; int triple(int); int (*f)(int) = triple; int *at = &shared[2]; int sum(void) { return f(*at) + triple(shared[3]); }',
      { tracker },
    )
    expect((await jit.lookup('sum'))()).to.equal(21)
    const triple = await jit.lookup('triple')
    expect(triple.address()).to.be.greaterThan(0)
    await jit.addC('int apply(int (*g)(int), int a) { return g(a); }', { tracker })
    expect((await jit.lookup('apply'))(triple.address(), 5)).to.equal(15)
    await tracker.remove({ wait: 'reclaimed' })
    expect(await jit.stats()).to.deep.equal(empty)
  })

  it('initializers run once, by priority, before the first lookup resolves', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC(
      'int order; __attribute__((constructor(200))) static void second(void) { order = order * 10 + 2; } __attribute__((constructor(101))) static void first(void) { order = order * 10 + 1; } int get(void) { return order; }',
      { tracker },
    )
    expect((await jit.lookup('get'))()).to.equal(12)
    await jit.initialize(jit.main)
    expect((await jit.lookup('get'))()).to.equal(12)
    await tracker.remove({ wait: 'reclaimed' })
  })

  it('lookupData: gives the address of a variable', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC('int answer = 42;', { tracker })
    const { address } = await jit.lookupData('answer')
    expect(new Int32Array(jit.memory.buffer)[address / 4]).to.equal(42)
    expect(rootCode(await rejection(jit.lookup('answer')))).to.equal('NotAFunction')
    await tracker.remove()
  })

  it('a stack overflow is an error, and the thread works on', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC(
      'int deep(int n) { volatile char frame[1 << 20]; frame[0] = (char)n; return n == 0 ? 0 : deep(n - 1) + frame[0]; }',
      { tracker },
    )
    const deep = await jit.lookup('deep')
    expect(thrownBy(() => deep(100)).code).to.equal('StackOverflow')
    expect(deep(2)).to.equal(3)
    await tracker.remove()
  })

  it('a trap names the functions, with file and line under -g', async () => {
    const tracker = jit.main.createResourceTracker()
    await jit.addC(
      'static int divide(int a, int b) {\n  return a / b;\n}\nint outer(int a) {\n  return divide(a, 0) + 1;\n}\n',
      { tracker, name: 'trap.c', flags: ['-g', '-O0'] },
    )
    const outer = await jit.lookup('outer')
    const error = thrownBy(() => outer(1))
    expect(error.code).to.equal('Trap')
    expect(error.message).to.contain('divide by zero')
    expect(error.backtrace?.map(({ symbol, line }) => [symbol, line])).to.deep.equal([
      ['divide', 2],
      ['outer', 5],
    ])
    expect(error.backtrace?.[0]?.file).to.match(/trap\.c$/)
    await tracker.remove()
  })

  it('run: main gets argv, environment and stdin, and its exit code is the result', async () => {
    const dylib = await jit.session.createJITDylib('program')
    const source = `#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  char line[64];
  while (fgets(line, sizeof line, stdin)) printf("%s%s=%s", line, argv[1], getenv("NAME"));
  fprintf(stderr, "%d\\n", argc);
  return 7;
}`
    await jit.addC(source, { dylib })
    const output: string[] = []
    const errors: string[] = []
    const decoder = new TextDecoder()
    const code = await jit.run({
      dylib,
      args: ['arg'],
      env: { NAME: 'value' },
      stdin: new TextEncoder().encode('one\n'),
      stdout: (bytes) => output.push(decoder.decode(bytes)),
      stderr: (bytes) => errors.push(decoder.decode(bytes)),
    })
    expect(code).to.equal(7)
    expect(output.join('')).to.equal('one\narg=value')
    expect(errors.join('')).to.equal('2\n')
    await jit.session.removeJITDylibs([dylib])
  })

  it('run: aborting the signal ends an endless loop', async () => {
    const dylib = await jit.session.createJITDylib('endless')
    await jit.addC('#include <unistd.h>\nint main(void) { write(1, "x", 1); for (volatile int i = 0;;) i = i + 1; }', {
      dylib,
    })
    const abort = new AbortController()
    const ended = rejection(jit.run({ dylib, signal: abort.signal, stdout: () => abort.abort() }))
    expect((await ended).code).to.equal('Interrupted')
    await jit.session.removeJITDylibs([dylib])
  })
})
