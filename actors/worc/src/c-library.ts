// The C and C++ libraries of the packaged sysroot, as generators: members enter a dylib when something in it needs them.
import { compileTarget, defaultLibraries } from '@worc/compilers'
import { openSysroot } from '@worc/compile'
import type { TargetName } from '@worc/protocol'
import { valueOf } from '@worc/protocol'
import { ArchiveGenerator, registerGenerator } from './definition-generator.js'
import type { JITDylib } from './jit-dylib.js'
import { absoluteSymbols } from './materialization-unit.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { SessionClient } from './session-client.js'

/** Whether the packaged sysroot has one for the target. */
export function hasCLibrary(target: TargetName): boolean {
  return compileTarget(target).isPackaged
}

/** What libc expects a static linker to define. Its heap begins empty and grows memory for itself. */
const linkerDefined = ['__heap_base', '__heap_end', '__data_end', '__global_base'] as const

/** libc with what belongs to it, and libc++, which C programs do not ask for. Read once in a thread. */
let groups: readonly (readonly Uint8Array[])[] | undefined

/** Asked after whatever generators the dylib has: so come libraries at the end of a linker's command line. */
export async function addCLibrary(client: SessionClient, dylib: JITDylib, tracker?: ResourceTracker): Promise<void> {
  const definitions = linkerDefined.map((name) => [name, { address: 1024, flags: { exported: true } }] as const)
  await dylib.define(absoluteSymbols(Object.fromEntries(definitions)), tracker)
  groups ??= readGroups()
  for (const archives of groups) await registerGenerator(client, dylib, new ArchiveGenerator(archives), tracker)
}

function readGroups(): readonly (readonly Uint8Array[])[] {
  const sysroot = valueOf(openSysroot())
  try {
    const c = defaultLibraries('c')
    const cxx = defaultLibraries('c++').filter((path) => !c.includes(path))
    return [c, cxx].map((paths) => paths.map((path) => sysroot.bytes(path) ?? new Uint8Array()))
  } finally {
    sysroot.close()
  }
}
