// Rows to batches: four bytes of length, big end first, then the rows by msgpackr without records and without extensions. A minus zero is the one number that it would change.
import { Packr, RESERVE_START_SPACE, RESET_BUFFER_MODE, addExtension } from 'msgpackr'

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

/**
 * One MessagePack value and the head before it, as bytes that own their buffer: they may lie long in a socket's queue, and the
 * packer's memory is shared with every other packer of the thread, some of which begin it anew.
 */
export function packRows(rows: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(packer.encode(rows, RESERVE_START_SPACE | RESET_BUFFER_MODE | headBytes) as Uint8Array)
  new DataView(packed.buffer).setUint32(0, packed.length - headBytes)
  return packed
}
