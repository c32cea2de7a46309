// Linking without a session: an object to a module's bytes, at addresses that nobody else wants.
import { slotBits, valueOf } from '@worc/protocol'
import { buildLinkGraph, layout, link, prune } from '@worc/jitlink'
import type { LinkedUnit } from '@worc/jitlink'
import { readObject } from '@worc/wasm'

export const memoryPages = { minimumPages: 1, maximumPages: 0x1_0000 }

/** The name makes the module's bytes its own: V8 keeps one copy of equal modules. */
export function linkInProcess(object: Uint8Array, name: string): LinkedUnit {
  const graph = valueOf(buildLinkGraph(valueOf(readObject(object)), { name }))
  prune(graph)
  const request = valueOf(layout(graph))
  return valueOf(
    link(request, {
      dataAddress: 0x1_0000,
      threadLocalOffsetBytes: 0,
      slots: request.addressTaken.map((_, n) => (1 << slotBits) | n),
      externals: new Map(),
      moduleName: name,
      memory: memoryPages,
      stackBytes: 0x10_0000,
    }),
  )
}
