// LLVM's static linker, where it is installed, as a second judge: it links what the JIT linker refuses (thread-local variables,
// LEBs), with a script that puts every section where ours has put it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultAddress } from './linked.js'
import type { Linked } from './linked.js'

export const lld = 'ld.lld-19'
export const objcopy = 'llvm-objcopy-19'

/** Where the static linker has its only copy of the thread-local variables: beyond the image. */
const threadLocalAddress = defaultAddress + 0x4_0000

/** Its GOT begins with a word of its own. */
const gotName = '$__GOT'

/** Bytes that differ. `companion`: defines what the object uses of others; its thread-local variables come behind the object's. */
export function differencesFromLld(object: Uint8Array, companion: Uint8Array, ours: Linked): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'worc-lld-'))
  try {
    const [main, other, script, output] = ['foo.o', 'bar.o', 'script', 'flat'].map((name) => join(folder, name))
    if (main === undefined || other === undefined || script === undefined || output === undefined) return []
    writeFileSync(main, object)
    writeFileSync(other, companion)
    writeFileSync(script, scriptFor(ours))
    const linking = spawnSync(
      lld,
      ['--no-relax', '-z', 'norelro', '-e', '0', '-T', script, main, other, '-o', output],
      {
        encoding: 'utf8',
      },
    )
    if (linking.status !== 0) return linking.stderr.split('\n')
    const copying = spawnSync(objcopy, ['-O', 'binary', output], { encoding: 'utf8' })
    if (copying.status !== 0) return copying.stderr.split('\n')
    return compare(ours, readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function scriptFor({ layout: { segments, graph } }: Linked): string {
  const { pointerBytes } = graph.architecture
  const places: { readonly name: string; readonly address: number }[] = []
  const seen = new Set<string>()
  for (const { blocks } of segments) {
    for (const { section, address } of blocks) {
      const isGot = section.name === gotName
      if (seen.has(section.name)) continue
      seen.add(section.name)
      places.push(isGot ? { name: '.got', address: address - pointerBytes } : { name: section.name, address })
    }
  }
  places.sort((one, other) => one.address - other.address)
  const lines = places.map(
    ({ name, address }) =>
      `${name} 0x${address.toString(16)} : { *foo.o(${name}) ${name === '.got' ? '*(.got)' : ''} }`,
  )
  const rest = ['.tdata', '.tbss'].map((name) => `${name} : { *foo.o(${name} ${name}.*) *bar.o(${name} ${name}.*) }`)
  const all = [`. = 0x${defaultAddress.toString(16)};`, ...lines, `. = 0x${threadLocalAddress.toString(16)};`, ...rest]
  return `SECTIONS {\n${all.join('\n')}\n.companion : { *bar.o(.text .data .bss) }\n/DISCARD/ : { *(.comment .riscv.attributes .note*) }\n}\n`
}

/** The flat output begins with the section of the least address. */
function compare({ layout: { segments, graph }, image }: Linked, flat: Uint8Array): readonly string[] {
  const least = Math.min(
    ...segments.flatMap(({ blocks }) =>
      blocks.map(({ address, section }) => address - (section.name === gotName ? graph.architecture.pointerBytes : 0)),
    ),
  )
  const differences: string[] = []
  for (const [index, { blocks }] of segments.entries()) {
    const { content = new Uint8Array(), offsetBytes = 0 } = image.segments[index] ?? {}
    for (const { kind, section, address, sizeBytes } of blocks) {
      if (kind !== 'content' || section.name === '$__STUBS' || section.name.endsWith('__tls_get_addr')) continue
      const ours = Buffer.from(content.slice(address - defaultAddress - offsetBytes).subarray(0, sizeBytes)).toString(
        'hex',
      )
      const theirs = Buffer.from(flat.slice(address - least, address - least + sizeBytes)).toString('hex')
      if (ours !== theirs)
        differences.push(`${section.name} at 0x${address.toString(16)}:\n  theirs ${theirs}\n  ours   ${ours}`)
    }
  }
  return differences
}
