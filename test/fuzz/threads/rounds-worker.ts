// The process in which rounds are played. It ends when the campaign's process lets go of it, or is gone; signals of a terminal
// reach both, and are the other's to hear.
import type { FromRounds, ToRounds } from './rounds-process.js'
import { playRounds } from './stage-rounds.js'

const stopping = new AbortController()
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', (message: ToRounds) => {
  if (message.type === 'stop') stopping.abort()
  else void play(message)
})

async function play({ block }: Extract<ToRounds, { type: 'play' }>): Promise<void> {
  const tally = await playRounds(block, stopping.signal, {
    begun: (seed) => say({ type: 'begun', seed }),
    found: (failure) => say({ type: 'found', failure }),
  })
  say({ type: 'played', tally })
}

function say(message: FromRounds): void {
  process.send?.(message)
}
