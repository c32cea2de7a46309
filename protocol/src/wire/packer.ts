// Rows to batches: four bytes of length, big end first, then the rows by msgpackr without records and without extensions. A minus zero is the one number that it would change.
import { Packr, RESERVE_START_SPACE, addExtension } from 'msgpackr'

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

/** Of a batch: how many bytes follow. */
const headBytes = 4

/** One MessagePack value and the head before it, in memory that a later call may write behind, but not over. */
export function packRows(rows: readonly unknown[]): Uint8Array {
  const packed = packer.encode(rows, RESERVE_START_SPACE | headBytes) as Uint8Array
  new DataView(packed.buffer, packed.byteOffset).setUint32(0, packed.length - headBytes)
  return packed
}
