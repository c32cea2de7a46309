// Frames that wait for their batch: rows with what each costs, so that a batch is made of as many as surely fit. A blob that is
// uploaded is one entry here, however large, and is cut into parts as they leave: its bytes are not held twice.
import type { UploadPart } from '@worc/protocol'
import { RowWriter, packBatch, wireLimits, writePart } from '@worc/protocol'

interface WaitingRow {
  readonly row: readonly unknown[]
  readonly nodes: number
  /** At most. */
  readonly sizeBytes: number
}

interface WaitingUpload {
  readonly blob: number
  readonly bytes: Uint8Array
  offsetBytes: number
}

interface NextBatch {
  readonly count: number
  /** With its length before it. */
  readonly bytes: Uint8Array
}

/** Larger batches keep the other end waiting for nothing. */
const batchFrames = 256
/** What a batch has beside its frames. */
const batchNodes = 2
const batchBytes = 64

export class OutgoingFrames {
  readonly #writer = new RowWriter()
  #waiting: (WaitingRow | WaitingUpload)[] = []
  #begin = 0
  #sizeBytes = 0

  /** Of rows, at most; what is still to be uploaded is its owner's. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get count(): number {
    return this.#waiting.length - this.#begin
  }

  /** `write` makes the row, and throws JITError where it cannot be one. */
  add(write: (to: RowWriter) => readonly unknown[]): void {
    const to = this.#writer
    const row = write(to)
    const sizeBytes = batchBytes + to.bytes
    if (sizeBytes > wireLimits.batchBytes) this.#checkSize(row)
    this.#sizeBytes += sizeBytes
    this.#waiting.push({ row, nodes: to.nodes, sizeBytes })
  }

  addUpload(blob: number, bytes: Uint8Array): void {
    this.#waiting.push({ blob, bytes, offsetBytes: 0 })
  }

  /** The next batch, whose first frame has this number. There must be a frame. */
  take(first: number, heard: number): NextBatch {
    const rows: (readonly unknown[])[] = []
    let nodes = batchNodes
    let sizeBytes = batchBytes
    for (;;) {
      const next = this.#waiting[this.#begin]
      if (next === undefined || rows.length >= batchFrames) break
      if (!('row' in next)) {
        const rest = Math.min(wireLimits.partBytes, next.bytes.length - next.offsetBytes)
        if (rows.length > 0 && sizeBytes + rest + batchBytes > wireLimits.batchBytes) break
        rows.push(this.#part(next, rest))
        sizeBytes += rest + batchBytes
        nodes += this.#writer.nodes + 1
        continue
      }
      nodes += next.nodes + 1
      sizeBytes += next.sizeBytes
      if (rows.length > 0 && (nodes > wireLimits.batchNodes || sizeBytes > wireLimits.batchBytes)) break
      rows.push(next.row)
      this.#sizeBytes -= next.sizeBytes
      this.#shift()
    }
    return { count: rows.length, bytes: packBatch(first, heard, rows) }
  }

  clear(): void {
    this.#waiting = []
    this.#begin = 0
    this.#sizeBytes = 0
  }

  #part(upload: WaitingUpload, sizeBytes: number): readonly unknown[] {
    const { blob, bytes, offsetBytes } = upload
    const part: UploadPart = {
      kind: 'part',
      blob,
      offsetBytes,
      totalBytes: bytes.length,
      bytes: bytes.subarray(offsetBytes, offsetBytes + sizeBytes),
    }
    upload.offsetBytes += sizeBytes
    if (upload.offsetBytes === bytes.length) this.#shift()
    return writePart(part, this.#writer)
  }

  #shift(): void {
    this.#begin++
    if (this.#begin === this.#waiting.length) {
      this.#waiting = []
      this.#begin = 0
    } else if (this.#begin > 1024 && this.#begin * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#begin)
      this.#begin = 0
    }
  }

  /** What may be too large, as few are, is measured. */
  #checkSize(row: readonly unknown[]): void {
    const sizeBytes = packBatch(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, [row]).length
    if (sizeBytes <= wireLimits.batchBytes) return
    throw this.#writer.fail(`${sizeBytes} bytes, limit ${wireLimits.batchBytes}`)
  }
}
