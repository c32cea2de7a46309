// What is left when units have come and gone, each with a module of its own: how much the process grows by each, beside one that
// compiles, instantiates and drops the same modules with nothing of Worc's. V8 itself keeps some of every module.
import type { BenchContext } from './bench.js'
import { inFreshProcess } from './fresh-process.js'
import type { Cycled, Way } from './modules-run.js'
import { quantity } from './row.js'

export async function modulesBench(context: BenchContext): Promise<void> {
  const worc = await cycle(context, 'worc')
  const bare = await cycle(context, 'bare')
  const perCycle = ({ kibPerCycle, microsPerCycle }: Cycled): string =>
    `${quantity(kibPerCycle, 'KiB')} in ${quantity(microsPerCycle, 'us')}`
  context.row({
    value: worc.kibPerCycle,
    unit: 'KiB',
    heat: 'hot',
    what: `define, link, call, remove: RSS a cycle of ${context.cycles}`,
    figures: `${perCycle(worc)}, ${perCycle(bare)} bare Module and Instance`,
  })
  context.note(`afterwards ${JSON.stringify(worc.held)}, exactly as before`)
}

async function cycle({ cycles, signal, progress }: BenchContext, way: Way): Promise<Cycled> {
  progress(`${cycles} cycles: ${way}`)
  return (await inFreshProcess(new URL('./modules-run.js', import.meta.url), [way, String(cycles)], signal)) as Cycled
}
