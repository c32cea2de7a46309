// The one place where link actors are told which code they link.
import type { Expected, TargetName } from '@worc/protocol'
import { readInterfaceSymbols } from '@worc/jitlink'
import type { InterfaceSymbols } from '@worc/jitlink'
import { hartState, pageRecords } from '@worc/riscv'
import { ElfTarget } from './elf-target.js'
import type { ArenaBuffers, ArenaSizes } from './link-config.js'
import { objectLinker } from './object-linker.js'
import type { LinkTarget } from './target.js'
import { WasmTarget } from './wasm-target.js'

export function linkTarget(name: TargetName, buffers: ArenaBuffers): LinkTarget {
  if (name === 'wasm') return new WasmTarget(buffers, objectLinker)
  return elfTarget(name)
}

/** What the target's memory has beside what every target's has. */
export function memoryOf(name: TargetName): Pick<ArenaSizes, 'pages'> {
  return name === 'wasm' ? {} : { pages: { records: pageRecords, threadBytes: hartState.sizeBytes } }
}

/** What an object for the target offers. BadObject. */
export function objectReader(name: TargetName): (bytes: Uint8Array) => Expected<InterfaceSymbols> {
  return name === 'wasm' ? readInterfaceSymbols : (bytes) => elfTarget(name).contentsOf(bytes)
}

function elfTarget(name: TargetName): ElfTarget {
  return new ElfTarget(name === 'riscv64' ? 64 : 32)
}
