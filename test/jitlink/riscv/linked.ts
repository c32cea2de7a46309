// Links for tests as a link actor would: one object at an address, with externals where the test says.
import { readElfObject } from '@worc/elf'
import type { Expected } from '@worc/protocol'
import { assemble, fullIsa } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import { allocateElf, buildElfGraph, layoutElf, linkElf, prune } from '@worc/jitlink'
import type { ElfDefinition, ElfExternalDefinition, ElfLayout, LinkedImage } from '@worc/jitlink'
import { valueOf } from '../fixtures.js'

export interface LinkOptions {
  readonly address?: number
  readonly threadLocalOffsetBytes?: number
  /** Those not named are at 0. */
  readonly externals?: Readonly<Record<string, number>>
  readonly threadLocalExternals?: Readonly<Record<string, number>>
  /** Nobody defines these. */
  readonly without?: readonly string[]
  readonly responsibleFor?: ReadonlySet<string>
  /** Between layout and allocation. */
  readonly inspect?: (layout: ElfLayout) => void
}

export interface Linked {
  readonly layout: ElfLayout
  readonly image: LinkedImage
  readonly definitions: readonly ElfDefinition[]
  addressOf(name: string): number
  /** Bytes from an address of the image on. */
  bytesAt(address: number, sizeBytes: number): Uint8Array
}

export const defaultAddress = 0x1_0000
const pageSizeBytes = 4096

export function assembled(source: string, xlen: Xlen = 64): Uint8Array {
  const outcome = assemble(source, 'foo.s', { isa: fullIsa(xlen), floatAbi: 'double' })
  if (outcome.ok) return outcome.value
  throw new Error(outcome.error.code === 'CompileFailed' ? outcome.error.diagnostics : outcome.error.message)
}

export function tryLink(object: Uint8Array, options: LinkOptions = {}): Expected<Linked> {
  const { address = defaultAddress, threadLocalOffsetBytes = 0, responsibleFor } = options
  const contents = readElfObject(object)
  if (!contents.ok) return contents
  const graph = buildElfGraph(contents.value, {
    name: 'Foo',
    ...(responsibleFor === undefined ? {} : { responsibleFor }),
  })
  if (!graph.ok) return graph
  prune(graph.value)
  const layout = layoutElf(graph.value, { pageSizeBytes })
  if (!layout.ok) return layout
  options.inspect?.(layout.value)
  const definitions = allocateElf(layout.value, { address, threadLocalOffsetBytes })
  if (!definitions.ok) return definitions
  const image = linkElf(layout.value, externalsOf(layout.value, options))
  if (!image.ok) return image
  const value: Linked = {
    layout: layout.value,
    image: image.value,
    definitions: definitions.value,
    addressOf(name) {
      const found = definitions.value.find((definition) => definition.name === name)
      if (found === undefined) throw new Error(`${name} is not defined`)
      return found.address
    },
    bytesAt(from, sizeBytes) {
      const offset = from - address
      for (const { offsetBytes, content } of image.value.segments) {
        const start = offset - offsetBytes
        if (start >= 0 && start + sizeBytes <= content.length) return content.subarray(start, start + sizeBytes)
      }
      throw new Error(`${sizeBytes} bytes at 0x${from.toString(16)} are not in the image`)
    },
  }
  return { ok: true, value }
}

export function linked(object: Uint8Array, options: LinkOptions = {}): Linked {
  return valueOf(tryLink(object, options))
}

function externalsOf(
  { request }: ElfLayout,
  { externals = {}, threadLocalExternals = {}, without = [] }: LinkOptions,
): ReadonlyMap<string, ElfExternalDefinition> {
  const defined = request.externals.filter(({ name }) => !without.includes(name))
  return new Map(
    defined.map(({ name }) => {
      const offset = threadLocalExternals[name]
      return [name, { address: offset ?? externals[name] ?? 0, threadLocal: offset !== undefined }] as const
    }),
  )
}

export function wordAt(unit: Linked, address: number): number {
  const bytes = unit.bytesAt(address, 4)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
}
