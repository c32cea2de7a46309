// What a call costs beside the barest call that could do the same:
//
//   a handle           in a loop of JavaScript     versus  a bare export of a WebAssembly instance
//   another unit       in a loop of wasm           versus  an import bound to another instance's export
//   a function pointer in a loop of wasm           versus  call_indirect in one module
//
// Both sides run the same compiled bodies. Each subject has a loop of its own, because V8 learns by function literal and what
// one subject taught would slow the other.
import { compileFunction } from 'node:vm'
import { JIT } from 'worc'
import type { JITFunction } from 'worc'
import type { BenchContext } from './bench.js'
import { compileC } from './compile-c.js'
import { interleave } from './interleave.js'
import { median } from './median.js'
import { quantity } from './row.js'
import type { Row } from './row.js'
import { staticFunctions } from './static-module.js'

const atMost = 1.3
const handleCount = 64
const adders = Array.from({ length: handleCount }, (_, n) => `int add${n}(int a, int b) { return a + b + ${n}; }`)
const callee = 'int callee(int a, int b) { return (a ^ b) + 7; }'
const caller = `int callee(int, int);
int call_in_loop(int n) { int sum = 0; for (int i = 0; i < n; i++) sum = callee(sum, i); return sum; }`
const pointed = `int pointed(int a, int b) { return (a ^ b) + 7; }
int point_in_loop(int n, int (*f)(int, int)) { int sum = 0; for (int i = 0; i < n; i++) sum = f(sum, i); return sum; }`

type Call = (...args: number[]) => unknown

export async function callBench(context: BenchContext): Promise<void> {
  const jit = await JIT.start()
  try {
    await handles(context, jit)
    await otherUnit(context, jit)
    await functionPointer(context, jit)
  } finally {
    await jit[Symbol.asyncDispose]()
  }
}

async function handles(context: BenchContext, jit: JIT): Promise<void> {
  const object = await compileC(adders.join('\n'))
  await jit.addObject(object)
  const ours: JITFunction[] = []
  for (let n = 0; n < handleCount; n++) ours.push(await jit.lookup(`add${n}`))
  const bare = Object.values(staticFunctions(object))
  const one = { handle: callOne(ours[0]), 'bare export': callOne(bare[0]) }
  await compare(context, { what: 'one handle at its call site', aim: { atMost } }, one)
  const many = { handle: callInTurn(ours), 'bare export': callInTurn(bare) }
  await compare(context, { what: `${handleCount} handles at one call site`, aim: { atMost } }, many)
  // V8 inlines no callee here: this is what any function of JavaScript in front of an export costs.
  const least = { handle: callInTurn(ours), closure: callInTurn(bare.map(behindClosure)) }
  await compare(context, { what: `${handleCount} handles, of as many closures that check nothing` }, least)

  const tracker = jit.main.createResourceTracker()
  await jit.addObject(await compileC('int removed(int a, int b) { return a - b; }'), { tracker })
  const removed = await jit.lookup('removed')
  callOne(removed)(callsPerSlice)
  await tracker.remove()
  const after = { handle: callOne(ours[1]), 'bare export': callOne(bare[1]) }
  await compare(context, { what: 'one handle, after another one was removed', aim: { atMost } }, after)
}

async function otherUnit(context: BenchContext, jit: JIT): Promise<void> {
  const [defines, calls] = [await compileC(callee), await compileC(caller)]
  await jit.addObject(defines)
  await jit.addObject(calls)
  const bound = staticFunctions(calls, staticFunctions(defines))
  await compare(
    context,
    { what: 'a call of another unit', aim: { atMost } },
    { PLT: await jit.lookup('call_in_loop'), 'bound import': bound['call_in_loop'] as Call },
  )
}

async function functionPointer(context: BenchContext, jit: JIT): Promise<void> {
  const object = await compileC(pointed)
  await jit.addObject(object)
  const pointer = (await jit.lookup('pointed')).address()
  const dispatched = await jit.lookup('point_in_loop')
  const indirect = staticFunctions(object)['point_in_loop'] as Call
  await compare(
    context,
    { what: 'a call through a function pointer' },
    { dispatcher: (count) => dispatched(count, pointer), call_indirect: (count) => indirect(count, 1) },
  )
}

function behindClosure(target: Call): Call {
  return (a, b) => target(a, b)
}

// ---- loops

type Loop = (count: number) => unknown

let loops = 0

function callOne(subject: Call | undefined): Loop {
  const loop = freshLoop('subject(i, 1)')
  return (count) => loop(subject, count)
}

function callInTurn(subjects: readonly Call[]): Loop {
  const loop = freshLoop(`subject[i % ${subjects.length}](i, 1)`)
  return (count) => loop(subjects, count)
}

function freshLoop(call: string): (subject: unknown, count: number) => unknown {
  const text = `let sum = ${loops++}; for (let i = 0; i < count; i++) sum = (sum + ${call}) | 0; return sum`
  return compileFunction(text, ['subject', 'count']) as (subject: unknown, count: number) => unknown
}

// ---- time

const callsPerSlice = 10_000
const slices = 200

/** The best of many short slices: a slice that another process was let into is not the best. */
function nanosecondsPerCall(loop: Loop): number {
  let least = Infinity
  for (let slice = 0; slice < slices; slice++) {
    const start = performance.now()
    loop(callsPerSlice)
    least = Math.min(least, performance.now() - start)
  }
  return (least * 1e6) / callsPerSlice
}

/** Ours first. */
async function compare(
  context: BenchContext,
  { what, aim }: Pick<Row, 'what' | 'aim'>,
  subjects: Readonly<Record<string, Loop>>,
): Promise<void> {
  const measures = Object.entries(subjects).map(([name, loop]) => [name, () => nanosecondsPerCall(loop)] as const)
  const values = await interleave(context, Object.fromEntries(measures))
  const [ours = [], theirs = []] = Object.values(values)
  const figures = Object.entries(values).map(([name, times]) => `${quantity(median(times), 'ns')} ${name}`)
  const row: Row = { value: median(ours) / median(theirs), unit: 'x', heat: 'hot', what, figures: figures.join(', ') }
  context.row(aim === undefined ? row : { ...row, aim })
}
