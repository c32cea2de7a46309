// What it takes until a compiled object can be called, beside starting wasm-ld for it; and how much two linkers get through when
// there is a lot to link, wasm-ld's start-up time left out. Ours ends with a compiled module, through the face even with a
// handle; wasm-ld ends with a file.
import { JIT } from 'worc'
import type { BenchContext } from './bench.js'
import { functionName, ringOfUnits, selfContainedUnit } from './generated-units.js'
import { linkInProcess } from './in-process-link.js'
import { elapsed, interleave } from './interleave.js'
import { median, medianRatio } from './median.js'
import { quantity } from './row.js'
import type { Row } from './row.js'
import { WasmLd, howToInstall } from './wasm-ld.js'

const atLeast = 15
const unitCount = 40
const repetitions = 20
/** After so many, V8 has optimized the linker, here and in the link actor's thread. */
const warmUps = 200

export async function linkBench(context: BenchContext): Promise<void> {
  const wasmLd = WasmLd.find()
  if (wasmLd === undefined) return context.note(`skipped: there is no wasm-ld to measure against; ${howToInstall}`)
  const jit = await JIT.start()
  try {
    await oneObject(context, jit, wasmLd)
    await manyObjects(context, jit, wasmLd)
  } finally {
    wasmLd[Symbol.dispose]()
    await jit[Symbol.asyncDispose]()
  }
}

async function oneObject(context: BenchContext, jit: JIT, wasmLd: WasmLd): Promise<void> {
  context.progress('compiling an object')
  const object = await selfContainedUnit()
  const name = functionName(0)
  for (let n = 0; n < warmUps; n++) {
    context.progress(`warming up: ${n} of ${warmUps}`)
    context.signal.throwIfAborted()
    linkAndCompile(object)
    await throughTheFace(jit, [object], name)
  }
  const size = quantity(object.length / 1024, 'KiB')
  const link = wasmLd.linkOf([object])
  const hot = await interleave(context, {
    process: () => medianOf(() => elapsed(() => linkAndCompile(object))),
    face: () => medianOf(() => throughTheFace(jit, [object], name)),
    wasmLd: link,
  })
  const row = { unit: 'x', heat: 'hot', aim: { atLeast } } as const
  const linking = { ...row, what: `link one object of ${size}, compile its module` }
  context.row({ ...linking, ...timesFaster(hot.process, hot.wasmLd) })
  context.row({ ...row, what: `addObject and lookup, ${size}`, ...timesFaster(hot.face, hot.wasmLd) })
  // Apart from the hot ones, whom sessions that start and end would disturb.
  const cold = await interleave(context, { face: () => firstOfSession(object, name), wasmLd: link })
  const first = { unit: 'x', heat: 'cold', what: `addObject and lookup, ${size}, first of a session` } as const
  context.row({ ...first, ...timesFaster(cold.face, cold.wasmLd) })
}

function timesFaster(ours: readonly number[], theirs: readonly number[]): Pick<Row, 'value' | 'figures'> {
  const figures = `${quantity(median(ours), 'ms')}, ${quantity(median(theirs), 'ms')} wasm-ld`
  return { value: medianRatio(theirs, ours), figures }
}

async function manyObjects(context: BenchContext, jit: JIT, wasmLd: WasmLd): Promise<void> {
  context.progress('compiling objects')
  const objects = await ringOfUnits(unitCount)
  const link = wasmLd.linkOf(objects)
  const times = await interleave(context, {
    process: () => elapsed(() => objects.forEach(linkAndCompile)),
    face: () => throughTheFace(jit, objects, functionName(0)),
    wasmLd: () => link() - wasmLd.start(),
  })
  const megabytes = objects.reduce((sum, { length }) => sum + length, 0) / 1e6
  const rate = (milliseconds: readonly number[]): string => quantity((megabytes * 1000) / median(milliseconds), 'MB/s')
  const size = `${unitCount} objects, ${quantity(megabytes, 'MB')}`
  for (const [ours, what] of [
    [times.process, `link ${size}, compile their modules`],
    [times.face, `addObject and lookup, ${size}`],
  ] as const) {
    const figures = `${rate(ours)}, ${rate(times.wasmLd)} wasm-ld without its start-up`
    context.row({ value: medianRatio(times.wasmLd, ours), unit: 'x', heat: 'hot', what, figures })
  }
}

let modules = 0

function linkAndCompile(object: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(linkInProcess(object, `bench${modules++}`).moduleBytes)
}

/** Milliseconds until the function could be called. The objects are taken out again, which is not counted. */
async function throughTheFace(jit: JIT, objects: readonly Uint8Array[], name: string): Promise<number> {
  const tracker = jit.main.createResourceTracker()
  const took = await elapsed(async () => {
    await Promise.all(objects.map((object) => jit.addObject(object, { tracker })))
    await jit.lookup(name)
  })
  await tracker.remove({ wait: 'reclaimed' })
  return took
}

/** The session's own start is not counted: a service does it once. */
async function firstOfSession(object: Uint8Array, name: string): Promise<number> {
  const jit = await JIT.start()
  try {
    return await throughTheFace(jit, [object], name)
  } finally {
    await jit[Symbol.asyncDispose]()
  }
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const times: number[] = []
  while (times.length < repetitions) times.push(await measure())
  return median(times)
}
