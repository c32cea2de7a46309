// Symbols that a static linker defines about the program as a whole. Here no program is ever whole; but code that begins as a
// process does refers to them, and works if each says what is true of the unit that asks: there is nothing behind its data to
// clear, and no initializer that the session has not called. Anybody's definition goes before these.
//
// Source: addReservedSymbols and createInitFiniSections in lld/ELF/Writer.cpp; the default script of GNU ld for RISC-V
import type { ElfProtection } from './elf-layout.js'

interface PlacedSegment {
  readonly protection: ElfProtection
  readonly start: number
  readonly end: number
}

/** What instructions with a base of gp would reach, they reach from its middle on. */
const globalPointerBiasBytes = 0x800

type AddressIn = (segment: PlacedSegment) => number

const start: AddressIn = (segment) => segment.start
const end: AddressIn = (segment) => segment.end

/** Of each, a segment it is about. */
const places: Readonly<Record<string, readonly [ElfProtection, AddressIn]>> = {
  __global_pointer$: ['rw', (segment) => segment.start + globalPointerBiasBytes],
  ...each(['_edata', 'edata', '__bss_start', '_end', 'end'], ['rw', end]),
  ...each(['_etext', 'etext', '__etext'], ['rx', end]),
  ...each(
    ['preinit_array', 'init_array', 'fini_array'].flatMap((name) => [`__${name}_start`, `__${name}_end`]),
    ['rw', start],
  ),
}

export const programSymbols: ReadonlySet<string> = new Set(Object.keys(places))

/** Of a name in `programSymbols`. A unit without such a segment has it where its image begins, or at 0. */
export function programSymbolAddress(name: string, segments: readonly PlacedSegment[]): number {
  const [protection, addressIn] = places[name] ?? []
  const segment = segments.find((one) => one.protection === protection) ?? segments[0]
  return segment === undefined || addressIn === undefined ? 0 : addressIn(segment)
}

function each<T>(names: readonly string[], place: T): Readonly<Record<string, T>> {
  return Object.fromEntries(names.map((name) => [name, place]))
}
