// The target `wire`: batches of frames, most of them spoiled in one place, which the strict reader must read or refuse as Malformed,
// soon, in one line. What it reads is written again, in every eighth round, and must be read as the same; and comes as a stream in
// pieces, which must make no difference.
import type { Batch } from '@worc/protocol'
import {
  BatchStream,
  JITError,
  RowWriter,
  packBatch,
  readBatch,
  wireLimits,
  writeFrame,
  writePart,
} from '@worc/protocol'
import { isDeepStrictEqual } from 'node:util'
import { RandomSource } from '../../orc/random-source.js'
import type { Campaign, Summary } from '../campaign.js'
import type { SpoiledBatch } from './spoil-batch.js'
import { askedType, spoiledBatch } from './spoil-batch.js'

/** Longer than a batch of this size should take, even on a machine that is busy. */
const patienceMs = 1000
const roundsPerRepetition = 8
const roundsPerRest = 1024
/** Of `Object.prototype`, as long as nobody has touched it. */
const properties = Object.getOwnPropertyNames(Object.prototype).length

export async function wire({ firstSeed, rounds, signal, progress, found }: Campaign): Promise<Summary> {
  const outcomes = new Map<string, number>()
  let [failures, frames, played] = [0, 0, 0]
  const began = performance.now()
  const rate = (): string => `${Math.round(frames / (performance.now() - began))} k frames/s`
  for (; played < rounds && !signal.aborted; played++) {
    const seed = firstSeed + played
    const random = new RandomSource(seed)
    const batch = spoiledBatch(random)
    const { problems, outcome, read } = attack(batch, seed % roundsPerRepetition === 0 ? random : undefined)
    frames += read
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (problems.length > 0) {
      failures++
      const circumstances = { outcome, from: batch.from, hex: Buffer.from(batch.bytes).toString('hex') }
      found({ target: 'wire', seed, problems, circumstances })
    }
    if (played % roundsPerRest !== 0) continue
    progress(`round ${played + 1} of ${rounds}, ${frames} frames, ${rate()}, ${failures} failed`)
    // Whoever wants to stop has to be heard.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const lines = [...outcomes].sort(([, one], [, other]) => other - one).map(([outcome, count]) => `${count} ${outcome}`)
  return { rounds: played, failures, checked: `${frames} frames, ${rate()}`, outcomes: lines }
}

interface Round {
  readonly problems: readonly string[]
  readonly outcome: string
  /** Frames, with the one that was refused; at most, where bytes were spoiled besides. */
  readonly read: number
}

/** `again`: draws how what was read is said once more. */
function attack(spoiled: SpoiledBatch, again: RandomSource | undefined): Round {
  const began = performance.now()
  const problems: string[] = []
  let outcome = 'read'
  let read = spoiled.frames
  try {
    const batch = readOf(spoiled)
    read = batch.frames.length
    if (again !== undefined) problems.push(...repetitionProblems(spoiled, batch, again))
  } catch (thrown) {
    if (thrown instanceof JITError && thrown.code === 'Malformed') {
      outcome = kindOf(thrown.message)
      if (thrown.message.includes('\n') || thrown.message.length > 300)
        problems.push(`a long message: ${thrown.message}`)
    } else problems.push(`threw ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`)
  }
  const tookMs = performance.now() - began
  if (tookMs > patienceMs) problems.push(`took ${Math.round(tookMs)} ms`)
  if (Object.getOwnPropertyNames(Object.prototype).length !== properties) problems.push('Object.prototype is another')
  return { problems, outcome: problems.length === 0 ? outcome : 'failed', read }
}

function readOf({ from, bytes }: Pick<SpoiledBatch, 'from' | 'bytes'>): Batch {
  return readBatch(bytes, { from, heard: 0, takeAsked: askedType })
}

/** What is read can be said: so whoever passes it on can. */
function repetitionProblems({ from, bytes }: SpoiledBatch, batch: Batch, random: RandomSource): readonly string[] {
  const to = new RowWriter()
  const rows = batch.frames.map((frame) =>
    frame.kind === 'part' ? writePart(frame, to) : writeFrame(frame.frame, frame.blobs, frame.type, to),
  )
  const written = packBatch(batch.first, batch.acknowledged, rows).subarray(4)
  if (!isDeepStrictEqual(readOf({ from, bytes: written }), batch)) return ['written again it is read as something else']
  const whole = Buffer.concat([new Uint8Array(4), bytes])
  whole.writeUInt32BE(bytes.length)
  const came: Uint8Array[] = []
  const stream = new BatchStream(wireLimits.batchBytes)
  for (let at = 0; at < whole.length;) {
    const end = at + 1 + random.below(whole.length)
    stream.push(whole.subarray(at, end), (each) => came.push(Uint8Array.from(each)))
    at = end
  }
  return came.length === 1 && isDeepStrictEqual(came[0], Uint8Array.from(bytes))
    ? []
    : ['in pieces it is another batch']
}

/** Without what differs from one to the next. */
function kindOf(message: string): string {
  return message
    .replace(/^.*?: /, '')
    .replaceAll(/-?\d+(\.\d+)?(e\+?\d+)?/g, 'n')
    .replaceAll(/, at byte n$/g, '')
}
