// The target `elf`: objects that are spoiled in every part, which must link or be refused, soon, in one line; and, where LLVM's
// JIT linker is installed, every eighth round a random unit that must have the same bytes from both.
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { readElfObject } from '@worc/elf'
import type { ElfObject } from '@worc/elf'
import { readElfContents } from '@worc/jitlink'
import { valueOf } from '../../jitlink/fixtures.js'
import { assembled, tryLink } from '../../jitlink/riscv/linked.js'
import type { Linked } from '../../jitlink/riscv/linked.js'
import { differencesFromJitlink, llvmJitlink } from '../../jitlink/riscv/llvm-jitlink.js'
import { RandomSource } from '../../orc/random-source.js'
import type { Campaign, Failure, Summary } from '../campaign.js'
import { randomUnit } from './random-unit.js'
import { spoiledObject } from './spoil-object.js'

const fixtures = new URL('../../../jitlink/riscv/fixtures/', import.meta.url)

/** Longer than any of the objects here should take, even on a machine that is busy. */
const patienceMs = 4000
const roundsPerComparison = 8

export async function elf({ firstSeed, rounds, signal, progress, found }: Campaign): Promise<Summary> {
  const canCompare = spawnSync(llvmJitlink, ['--version']).status === 0
  const originals = readdirSync(fixtures)
    .filter((name) => name.endsWith('.o'))
    .map((name) => valueOf(readElfObject(new Uint8Array(readFileSync(new URL(name, fixtures))))))
  const outcomes = new Map<string, number>()
  let [failures, compared, played] = [0, 0, 0]
  const began = performance.now()
  for (; played < rounds && !signal.aborted; played++) {
    const seed = firstSeed + played
    const isComparison = canCompare && seed % roundsPerComparison === 0
    if (isComparison) compared++
    const { problems, outcome } = isComparison ? compare(seed) : attack(seed, originals)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (problems.length > 0) {
      failures++
      const failure: Failure = { target: 'elf', seed, problems, circumstances: outcome }
      found(failure)
    }
    const rate = Math.round((played + 1) / ((performance.now() - began) / 1000))
    if (played % 16 !== 0) continue
    progress(`round ${played + 1} of ${rounds}, ${rate}/s, ${failures} failed`)
    // Whoever wants to stop has to be heard.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const checked = canCompare
    ? `${compared} units compared with ${llvmJitlink}`
    : `${llvmJitlink} is not installed: nothing was compared`
  const lines = [...outcomes].sort(([, one], [, other]) => other - one).map(([outcome, count]) => `${count} ${outcome}`)
  return { rounds: played, failures, checked, outcomes: lines }
}

interface Round {
  readonly problems: readonly string[]
  readonly outcome: string
}

function compare(seed: number): Round {
  const xlen = new RandomSource(seed).chance(0.5) ? 64 : 32
  try {
    const problems = differencesFromJitlink(assembled(randomUnit(seed, xlen), xlen))
    return { problems, outcome: problems.length === 0 ? 'the same' : 'different' }
  } catch (thrown) {
    return { problems: [described(thrown)], outcome: 'thrown' }
  }
}

function attack(seed: number, originals: readonly ElfObject[]): Round {
  const random = new RandomSource(seed)
  const original = random.pick(originals)
  if (original === undefined) throw new Error('there are no objects to spoil')
  const bytes = spoiledObject(original, random)
  const address = random.pick([0x1_0000, 0x7fff_0000, 0xfffe_0000]) ?? 0x1_0000
  const began = performance.now()
  try {
    const contents = readElfContents(bytes)
    const names = contents.ok ? contents.value.symbols.map(([name]) => name) : []
    const responsibleFor = new Set(names.filter(() => random.chance(0.8)))
    const threadLocalExternals = { counter: 0x40, aligned: 0x80, elsewhere: 0x100 }
    const some = random.chance(0.5) ? { responsibleFor } : {}
    const outcome = tryLink(bytes, { address, threadLocalExternals, ...some })
    const problems = outcome.ok ? problemsOf(outcome.value) : problemsOfRefusal(outcome.error)
    const milliseconds = performance.now() - began
    if (milliseconds > patienceMs) problems.push(`it took ${Math.round(milliseconds)} ms`)
    return { problems, outcome: outcome.ok ? 'linked' : kindOf(outcome.error.message) }
  } catch (thrown) {
    return { problems: [described(thrown)], outcome: 'thrown' }
  }
}

function problemsOf({ layout: { request }, image }: Linked): string[] {
  const problems: string[] = []
  let end = 0
  for (const { offsetBytes, content, zeroFillBytes, prot } of image.segments) {
    if (offsetBytes < end) problems.push(`segment ${prot} begins at ${offsetBytes}, before ${end}`)
    if (offsetBytes % 4096 !== 0) problems.push(`segment ${prot} begins in a page, at ${offsetBytes}`)
    if (zeroFillBytes < 0) problems.push(`segment ${prot} ends with ${zeroFillBytes} zeros`)
    end = offsetBytes + content.length + zeroFillBytes
  }
  if (end > request.imageSizeBytes) problems.push(`the image ends at ${end}, it has ${request.imageSizeBytes} bytes`)
  const { template } = image.threadLocal ?? { template: new Uint8Array() }
  if (template.length !== request.threadLocalSizeBytes) problems.push(`the template has ${template.length} bytes`)
  return problems
}

const codes: ReadonlySet<string> = new Set(['BadObject', 'OutOfMemory'])

function problemsOfRefusal({ code, message }: { readonly code: string; readonly message: string }): string[] {
  const problems: string[] = []
  if (!codes.has(code)) problems.push(`${code}: ${message}`)
  if (message.length > 600 || message.includes('\n')) problems.push(`not one line: ${message}`)
  return problems
}

/** Messages without what differs from object to object. */
function kindOf(message: string): string {
  return `refused: ${message
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/-?(0x)?[0-9a-f]*\d[0-9a-f]*/g, 'N')
    .slice(0, 120)}`
}

function described(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}
