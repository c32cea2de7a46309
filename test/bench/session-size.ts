// A million symbols in one session: what each takes of memory and of time.
import type { BenchContext } from './bench.js'
import { inFreshProcess } from './fresh-process.js'
import { quantity } from './row.js'
import type { SizeMeasured } from './session-size-run.js'

export async function sessionSizeBench({ row, progress, signal }: BenchContext): Promise<void> {
  progress('a million symbols')
  const script = new URL('./session-size-run.js', import.meta.url)
  const { bytesPerSymbol, phases, bytesLeft } = (await inFreshProcess(script, [], signal)) as SizeMeasured
  row({
    value: bytesPerSymbol / 1024,
    unit: 'KiB',
    heat: 'cold',
    what: '1,000,000 symbols in 100,000 units: heap of a symbol',
    figures: `${bytesPerSymbol.toFixed(0)} bytes; ${quantity(bytesLeft / 1e6, 'MB')} left when all are removed`,
  })
  for (const [phase, { ns, worst }] of Object.entries(phases)) {
    const figures = `a symbol; the slowest of 1000 steps took ${quantity(worst, 'x')} the median one`
    row({ value: ns, unit: 'ns', heat: 'cold', what: `1,000,000 symbols: ${phase}`, figures })
  }
}
