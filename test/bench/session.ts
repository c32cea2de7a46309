// What the session's own turns cost beside LLVM's session at the same work, in the same minutes: units that come and go, lazy
// units that change their tracker, dependences in any order, a dylib cleared. LLVM's times are C++ calls, with no message
// anywhere; so are ours.
import type { BenchContext } from './bench.js'
import { BareSession, emitAll, unitOf } from './bare-session.js'
import type { BenchUnit } from './bare-session.js'
import { emissionsOf } from './emissions.js'
import type { Emission } from './emissions.js'
import { interleave } from './interleave.js'
import { howToInstall } from './llvm.js'
import { median, medianRatio } from './median.js'
import { startOrcPeer } from './orc-peer.js'
import type { OrcPeer, PeerTime } from './orc-peer.js'
import { quantity } from './row.js'
import type { Row } from './row.js'
import { sessionPortsBench } from './session-ports.js'
import { sessionSizeBench } from './session-size.js'

/** Units of so many symbols, and how many come and go in a turn of a subject. */
const sizes = [
  { symbols: 1, units: 20_000 },
  { symbols: 10, units: 10_000 },
  { symbols: 100, units: 2000 },
] as const
const dependentSymbols = 10_000
/** What LLVM does not do in this time is stopped, and not tried again. */
const peerLimitMs = 1000

export async function sessionBench(context: BenchContext): Promise<void> {
  await using orc = await startOrcPeer(context.signal)
  context.note(orc === undefined ? howToInstall : `beside LLVM ${orc.version}`)
  for (const operation of ['defineAndRemove', 'materializeAndRemove'] as const) {
    for (const { symbols, units } of sizes) await comeAndGo(context, orc, operation, symbols, units)
  }
  await sessionPortsBench(context, orc)
  for (const units of [1000, 10_000]) await transfers(context, orc, units)
  await clearTrackers(context, orc, 1000, 10)
  for (const shape of ['chain', 'DAG'] as const) {
    for (const order of ['good', 'bad', 'random'] as const) {
      const what = `${shape} of ${dependentSymbols} symbols, emitted in ${order} order`
      await emissions(context, orc, what, emissionsOf(shape, order, dependentSymbols))
    }
  }
  await sessionSizeBench(context)
}

const described = { defineAndRemove: 'define, remove', materializeAndRemove: 'define, lookup, resolve, emit, remove' }

async function comeAndGo(
  context: BenchContext,
  orc: OrcPeer | undefined,
  operation: keyof typeof described,
  symbols: number,
  units: number,
): Promise<void> {
  const session = new BareSession()
  const unit = unitOf('symbol', symbols)
  const ours = (): number => {
    const start = performance.now()
    for (let n = 0; n < units; n++) session[operation](unit)
    return ((performance.now() - start) * 1e6) / units
  }
  const times = await takeTurns(context, orc, ours, `repeat ${operation} ${symbols} ${units}`)
  ratioRow(context, `${described[operation]}; symbols: ${symbols}`, times)
}

async function transfers(context: BenchContext, orc: OrcPeer | undefined, units: number): Promise<void> {
  const ours = (): number => {
    const session = new BareSession()
    const trackers = lazyUnits(units, 1).map((unit) => session.define(unit))
    return nanoseconds(() => {
      for (const tracker of trackers) session.transfer(tracker)
    })
  }
  const times = await takeTurns(context, orc, ours, `transfers ${peerLimitMs} ${units}`)
  timeRow(context, `${units} transfers of a lazy unit`, times, units === 10_000 ? { atMost: 20 } : undefined)
}

async function clearTrackers(
  context: BenchContext,
  orc: OrcPeer | undefined,
  units: number,
  symbols: number,
): Promise<void> {
  const ours = (): number => {
    const session = new BareSession()
    for (const unit of lazyUnits(units, symbols)) session.define(unit)
    return nanoseconds(() => session.clear())
  }
  const times = await takeTurns(context, orc, ours, `clear ${units} ${symbols}`)
  ratioRow(context, `clear ${units} trackers of ${symbols} symbols`, times)
}

async function emissions(
  context: BenchContext,
  orc: OrcPeer | undefined,
  what: string,
  all: readonly Emission[],
): Promise<void> {
  const steps = all.map(({ symbol, dependences }) => `${symbol} ${dependences.join(',') || '-'}`)
  const command = `emit ${peerLimitMs} ${all.length} ${steps.join(' ')}`
  timeRow(context, what, await takeTurns(context, orc, () => emitAll(all), command), { atMost: 50 })
}

function lazyUnits(count: number, symbols: number): BenchUnit[] {
  return Array.from({ length: count }, (_, n) => unitOf(`unit${n}_`, symbols))
}

/** Nanoseconds by round. LLVM's are a bound where it was stopped, and none where it is not here. */
interface Times {
  readonly ours: readonly number[]
  readonly theirs: readonly number[]
  readonly stopped: PeerTime | undefined
}

async function takeTurns(
  context: BenchContext,
  orc: OrcPeer | undefined,
  ours: () => number,
  command: string,
): Promise<Times> {
  if (orc === undefined) return { ...(await interleave(context, { ours })), theirs: [], stopped: undefined }
  let stopped: PeerTime | undefined
  const theirs = async (): Promise<number> => {
    if (stopped !== undefined) return stopped.nanoseconds
    const time = await orc.run(command)
    if (time.stoppedAfter !== undefined) stopped = time
    return time.nanoseconds
  }
  const times = await interleave(context, { ours, theirs })
  return { ...times, stopped }
}

/** Ours by LLVM's, which is at most 1; without LLVM, just ours. */
function ratioRow(context: BenchContext, what: string, { ours, theirs }: Times): void {
  const figures = quantity(median(ours), 'ns')
  if (theirs.length === 0) return context.row({ value: median(ours), unit: 'ns', heat: 'hot', what, figures: '' })
  context.row({
    value: medianRatio(ours, theirs),
    unit: 'x',
    aim: { atMost: 1 },
    heat: 'hot',
    what,
    figures: `${figures}, ${quantity(median(theirs), 'ns')} ORC`,
  })
}

function timeRow(context: BenchContext, what: string, { ours, theirs, stopped }: Times, aim: Row['aim']): void {
  context.row({
    value: median(ours) / 1e6,
    unit: 'ms',
    ...(aim === undefined ? {} : { aim }),
    heat: 'hot',
    what,
    figures: theirs.length === 0 ? '' : theirFigures(theirs, stopped),
  })
}

function theirFigures(theirs: readonly number[], stopped: PeerTime | undefined): string {
  const time = quantity(median(theirs) / 1e6, 'ms')
  return stopped === undefined ? `${time} ORC` : `ORC stopped after ${time}, at step ${stopped.stoppedAfter}`
}

function nanoseconds(run: () => void): number {
  const start = performance.now()
  run()
  return (performance.now() - start) * 1e6
}
