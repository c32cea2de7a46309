// Rows to bytes: msgpackr without records and without extensions. A minus zero is the one number that it would change.
import { Packr, addExtension } from 'msgpackr'

/** The double -0. */
export class NegativeZero {
  readonly value = -0
}

addExtension({
  Class: NegativeZero,
  type: 0x7f,
  pack: (_zero: NegativeZero, allocate: (size: number) => Allocated) => {
    const { target, position } = allocate(9)
    target[position] = 0xcb
    target[position + 1] = 0x80
    target.fill(0, position + 2, position + 9)
  },
} as unknown as Parameters<typeof addExtension>[0])

interface Allocated {
  readonly target: Uint8Array
  readonly position: number
}

const packer = new Packr({ useRecords: false, variableMapSize: true, mapsAsObjects: false })

/** One MessagePack value, in memory that the next call of this function may write behind, but not over. */
export function packRows(rows: readonly unknown[]): Uint8Array {
  return packer.encode(rows) as Uint8Array
}
