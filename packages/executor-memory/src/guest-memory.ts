// What a mapper needs of the memory that JIT'd code sees, and how much to ask for when it runs short.

export const wasmPageBytes = 0x1_0000

/** A WebAssembly.Memory, shared with the guest. libc's sbrk grows the same one, so what `grow` returns need not be contiguous. */
export interface GuestMemory {
  /** WebAssembly.Memory.grow: the page count before, or undefined where the memory is at its maximum. */
  grow(pageCount: number): number | undefined
  /** A view over the whole buffer as it is now. Taken anew for each use: a view is too short (or detached) once memory has grown. */
  bytes(): Uint8Array
}

export interface GrowthPolicy {
  /** The least that one growth asks for. */
  readonly stepBytes: number
  /** What an arena may own in all. */
  readonly limitBytes: number
}

/** Pages to ask for: what is needed, at least a step, at least a quarter of what is owned, never past the limit. 0: the limit forbids it. */
export function pagesToGrow(neededBytes: number, ownedBytes: number, policy: GrowthPolicy): number {
  const needed = Math.ceil(neededBytes / wasmPageBytes)
  const allowed = Math.floor((policy.limitBytes - ownedBytes) / wasmPageBytes)
  if (needed > allowed) return 0
  const wanted = Math.ceil(Math.max(policy.stepBytes, ownedBytes / 4) / wasmPageBytes)
  return Math.min(Math.max(needed, wanted), allowed)
}
