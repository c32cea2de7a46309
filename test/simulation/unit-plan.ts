// What a unit of the simulation is, in advance: what it defines and needs, and what befalls it on its way. A plan is part of the
// operation that defines the unit, so a schedule that is replayed in part meets the same unit. Where actors carry bytes (a
// source, an object) they carry the plan's number.
import type { FlagsEntry, UnitSource } from '@worc/protocol'

export interface UnitPlan {
  /** Of the schedule: units, sources and objects are known by it. */
  readonly number: number
  readonly kind: 'absolute' | 'object' | 'source' | 'user'
  readonly symbols: readonly FlagsEntry[]
  readonly initSymbol: string | null
  /** Names that it calls. */
  readonly calls: readonly string[]
  /** Names whose address it takes. */
  readonly pointers: readonly string[]
  /** Those of `calls` and `pointers` that may stay undefined. */
  readonly weak: readonly string[]
  readonly dataBytes: number
  readonly threadLocalBytes: number
  /** How many of its own functions have their address taken. */
  readonly addressTaken: number
  readonly compile: { readonly milliseconds: number; readonly outcome: 'ok' | 'error' | 'hang' }
  readonly link: 'ok' | 'bad-object' | 'link-error' | 'invalid-code'
  /** What the client does that materializes it, and how long it takes between steps. */
  readonly user: UserScript
}

export interface UserScript {
  readonly steps: readonly UserStep[]
  readonly milliseconds: number
}

/**
 * 'claim' claims the key under a lease and files a resource with a manager; 'claim-name' claims a name that the unit was not
 * defined with; 'hand-on' gives the unit to the link layer.
 */
export type UserStep =
  'claim' | 'claim-name' | 'resolve' | 'lookup' | 'emit' | 'fail' | 'drop' | 'hand-on' | 'delegate' | 'replace'

/** Bytes that stand for a source or an object: the plan's number. Shared by all schedules: nobody writes them. */
const payloads: SharedArrayBuffer[] = []

export function payloadOf({ number }: UnitPlan): SharedArrayBuffer {
  for (let next = payloads.length; next <= number; next++) {
    const payload = new SharedArrayBuffer(payloadBytes)
    new Int32Array(payload)[0] = next
    payloads.push(payload)
  }
  return payloads[number] ?? new SharedArrayBuffer(payloadBytes)
}

const payloadBytes = 4

export function numberIn(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16)
}

export function sourceOf({ kind, symbols }: UnitPlan): UnitSource {
  const payload = { attachment: 0, offsetBytes: 0, sizeBytes: payloadBytes }
  switch (kind) {
    case 'absolute':
      return { kind, definitions: symbols.map(([name, flags]) => [name, absoluteAddressOf(name), flags]) }
    case 'object':
      return { kind, payload }
    case 'source':
      return { kind, language: 'c', payload, flags: [], directory: '/' }
    case 'user':
      return { kind }
  }
}

/** Some address below the arena's. */
function absoluteAddressOf(name: string): number {
  return 64 + name.length * 16
}
