// LLVM's own JIT linker, where it is installed, as the judge of ours: it links the same object to the same address and is asked
// for every word of our image. It can be asked whether a word is what we think, and says what it is if not. What it chooses by
// the addresses of its own heap, the order of GOT entries and of stubs, is copied from the graph that it prints in the same
// run; then ours is linked once more.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isBlock, symbolAddress } from '@worc/jitlink'
import type { Block, ElfLayout } from '@worc/jitlink'
import { defaultAddress, linked } from './linked.js'
import type { Linked } from './linked.js'

export const llvmJitlink = 'llvm-jitlink-19'

const placement = ['-slab-allocate=16Mb', `-slab-address=0x${defaultAddress.toString(16)}`, '-slab-page-size=4096']

/** Words of which the two have different values; nothing if all is the same. */
export function differencesFromJitlink(object: Uint8Array): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'worc-jitlink-'))
  try {
    const [path, checks] = [join(folder, 'foo.o'), join(folder, 'checks')]
    writeFileSync(path, object)
    const guesses = wordsOf(linked(object))
    const questions = [...guesses].map(([question, guess]) => `# jitlink-check: ${question} = ${guess}\n`)
    writeFileSync(checks, questions.join(''))
    const { stdout, stderr } = run([`-entry=${entryOf(object)}`, '-show-graphs=.*', `-check=${checks}`, path])
    const answers = new Map(
      [...stderr.matchAll(/Expression '(.*) = 0x[0-9a-f]+' is false: (0x[0-9a-f]+) /g)].map(([, question, is]) => [
        question,
        is,
      ]),
    )
    const surprises = stderr.split('\n').filter((line) => line !== '' && !/ is false: |checks .* failed$/.test(line))
    if (surprises.length > 0) return surprises
    const words = wordsOf(linked(object, { inspect: (layout) => adoptOrder(layout, stdout) }))
    return [...words].flatMap(([question, ours]) => {
      const theirs = answers.get(question) ?? guesses.get(question) ?? 'nothing'
      return BigInt(theirs) === BigInt(ours) ? [] : `${question} is ${theirs}, not ${ours}`
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** It links what somebody looks up. */
function entryOf(object: Uint8Array): string {
  const name = linked(object).definitions[0]?.name
  if (name === undefined) throw new Error('the object defines nothing that could be looked up')
  return name
}

function run(args: readonly string[]): { readonly stdout: string; readonly stderr: string } {
  const all = ['-noexec', '-phony-externals', ...placement, ...args]
  return spawnSync(llvmJitlink, all, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 20_000 })
}

/** Entries are of one size: they change places. */
function adoptOrder(layout: ElfLayout, graph: string): void {
  // Where targets are that have no name, the placement says; it does not depend on the order.
  for (const { blocks, offsets, offsetBytes } of layout.segments) {
    for (const [position, block] of blocks.entries())
      block.address = defaultAddress + offsetBytes + (offsets[position] ?? 0)
  }
  for (const name of ['$__GOT', '$__STUBS']) {
    const wanted = targetsIn(graph, name)
    for (const segment of layout.segments) {
      const blocks = segment.blocks as Block[]
      const first = blocks.findIndex(({ section }) => section.name === name)
      if (first < 0) continue
      const own = blocks.filter(({ section }) => section.name === name)
      const rank = new Map(wanted.map((target, index) => [target, index]))
      own.sort((one, other) => (rank.get(targetOf(one)) ?? -1) - (rank.get(targetOf(other)) ?? -1))
      blocks.splice(first, own.length, ...own)
      for (const [index, block] of own.entries()) {
        block.address = defaultAddress + segment.offsetBytes + (segment.offsets[first + index] ?? 0)
      }
    }
  }
}

/** As the graph prints it. */
function targetOf({ edges }: Block): string {
  const [edge] = edges
  if (edge === undefined) throw new Error('an entry leads nowhere')
  const { target } = edge
  if (target.name !== '') return target.name
  return `addressable@0x${symbolAddress(target).toString(16)}+0x00000000`
}

function targetsIn(graph: string, name: string): readonly string[] {
  const [, section = ''] = graph.split(`section ${name}:`)
  const [text = ''] = section.split(/\nsection |\nAbsolute symbols/)
  return [...text.matchAll(/, target = (.*)/g)].map(([, target = '']) => target.trim())
}

/** By question, what we have there. Section by section, because that is how one asks for bytes rather than for symbols. */
function wordsOf({ layout, image }: Linked): ReadonlyMap<string, string> {
  const words = new Map<string, string>()
  const starts = new Map<string, number>()
  for (const { blocks } of layout.segments) {
    for (const { section, address } of blocks) {
      starts.set(section.name, Math.min(starts.get(section.name) ?? Infinity, address))
    }
  }
  for (const [name, start] of firstSymbolsOf(layout))
    words.set(`section_addr(foo.o, ${name})`, `0x${start.toString(16)}`)
  for (const [index, { blocks }] of layout.segments.entries()) {
    const { content = new Uint8Array(), offsetBytes = 0 } = image.segments[index] ?? {}
    for (const { kind, section, address, sizeBytes } of blocks) {
      if (kind !== 'content') continue
      for (let at = 0; at < sizeBytes;) {
        const width = [8, 4, 2, 1].find((each) => each <= sizeBytes - at) ?? 1
        const from = address - defaultAddress - offsetBytes + at
        const value = Buffer.from(content.slice(from, from + width))
          .reverse()
          .toString('hex')
        const offset = address - (starts.get(section.name) ?? 0) + at
        words.set(`*{${width}}(section_addr(foo.o, ${section.name}) + ${offset})`, `0x${value}`)
        at += width
      }
    }
  }
  return words
}

/** What it calls a section's address; the section's bytes it counts from the first block all the same. */
function firstSymbolsOf({ graph }: ElfLayout): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  for (const symbol of graph.symbols) {
    if (!isBlock(symbol.base) || symbol.base.section.threadLocal) continue
    const { name } = symbol.base.section
    first.set(name, Math.min(first.get(name) ?? Infinity, symbolAddress(symbol)))
  }
  return first
}
