// Attachments of a connection between processes, which has no memory to share: bytes that a client uploads once, in parts, and then
// names by number. The server keeps them, and what it hands out itself (a compiled object), until the client drops them; on the
// client's side a blob that lies with the server is a RemoteBlob, an attachment like any other.
import type { Attachment, JITErrorData, UploadPart } from '@worc/protocol'
import { JITError, plainError } from '@worc/protocol'

/** Who says how many bytes may be kept. */
export interface BlobLedger {
  /** Why they may not; undefined: they are reserved. */
  reserve(sizeBytes: number): JITErrorData | undefined
  release(sizeBytes: number): void
}

export function ledgerOf(limitBytes: number): BlobLedger {
  let used = 0
  return {
    reserve(sizeBytes) {
      if (used + sizeBytes > limitBytes)
        return plainError('QuotaExceeded', `a blob of ${sizeBytes} bytes: ${used} of ${limitBytes} bytes are in use`)
      used += sizeBytes
      return undefined
    },
    release(sizeBytes) {
      used -= sizeBytes
    },
  }
}

/** Bytes that lie with the server. They stay there until it is dropped, or collected, or the connection ends. */
export class RemoteBlob {
  readonly number: number
  readonly #drop: (number: number) => void
  #isDropped = false

  constructor(number: number, drop: (number: number) => void) {
    this.number = number
    this.#drop = drop
  }

  drop(): void {
    if (this.#isDropped) return
    this.#isDropped = true
    this.#drop(this.number)
  }
}

interface Blob {
  readonly bytes: Uint8Array<SharedArrayBuffer>
  receivedBytes: number
}

/** Refusals remembered for the asks that will name those blobs. */
const refusalsKept = 256

/** The server's. */
export class BlobTable {
  readonly #ledger: BlobLedger
  readonly #blobs = new Map<number, Blob>()
  readonly #refused = new Map<number, JITErrorData>()
  #lastUploaded = -1
  #lastMade = 0

  constructor(ledger: BlobLedger) {
    this.#ledger = ledger
  }

  /** Throws JITError Malformed where it is no next part of anything. */
  upload({ blob, offsetBytes, totalBytes, bytes }: UploadPart): void {
    if (blob > this.#lastUploaded) this.#begin(blob, offsetBytes, totalBytes)
    const known = this.#blobs.get(blob)
    if (known === undefined) return
    if (
      offsetBytes !== known.receivedBytes ||
      totalBytes !== known.bytes.length ||
      (known.receivedBytes === totalBytes && totalBytes > 0)
    )
      throw malformedUpload(
        blob,
        `a part at ${offsetBytes} of ${totalBytes}, after ${known.receivedBytes} of ${known.bytes.length} bytes`,
      )
    known.bytes.set(bytes, offsetBytes)
    known.receivedBytes += bytes.length
  }

  /** The bytes that these numbers name. Throws JITError where one of them names none. */
  resolve(numbers: readonly number[]): readonly Attachment[] {
    return numbers.map((number) => {
      const blob = this.#blobs.get(number)
      if (blob === undefined) {
        const refusal = this.#refused.get(number)
        throw new JITError(
          refusal ?? plainError('BadArgument', `blob ${number} is not here: it was dropped, or never uploaded`),
        )
      }
      if (blob.receivedBytes < blob.bytes.length)
        throw new JITError(
          plainError('BadArgument', `blob ${number} has ${blob.receivedBytes} of its ${blob.bytes.length} bytes`),
        )
      return blob.bytes.buffer
    })
  }

  /** Numbers for what the server hands out. Throws JITError QuotaExceeded, or Unsupported where it is not bytes. */
  keep(attachments: readonly Attachment[]): readonly number[] {
    return attachments.map((attachment) => {
      const bytes = sharedBytes(attachment)
      const refusal = this.#ledger.reserve(bytes.length)
      if (refusal !== undefined) throw new JITError(refusal)
      this.#lastMade += 2
      this.#blobs.set(this.#lastMade, { bytes, receivedBytes: bytes.length })
      return this.#lastMade
    })
  }

  drop(number: number): void {
    this.#refused.delete(number)
    const blob = this.#blobs.get(number)
    if (blob === undefined) return
    this.#blobs.delete(number)
    this.#ledger.release(blob.bytes.length)
  }

  clear(): void {
    for (const number of [...this.#blobs.keys()]) this.drop(number)
    this.#refused.clear()
  }

  #begin(blob: number, offsetBytes: number, totalBytes: number): void {
    if (blob % 2 === 0) throw malformedUpload(blob, "a client's blobs have odd numbers")
    if (offsetBytes !== 0) throw malformedUpload(blob, `its first part is at ${offsetBytes}`)
    this.#lastUploaded = blob
    const refusal = this.#ledger.reserve(totalBytes)
    if (refusal === undefined) {
      this.#blobs.set(blob, { bytes: new Uint8Array(new SharedArrayBuffer(totalBytes)), receivedBytes: 0 })
      return
    }
    this.#refused.set(blob, refusal)
    const [oldest] = this.#refused.keys()
    if (this.#refused.size > refusalsKept && oldest !== undefined) this.#refused.delete(oldest)
  }
}

function malformedUpload(blob: number, problem: string): JITError {
  return new JITError(plainError('Malformed', `upload of blob ${blob}: ${problem}`))
}

function sharedBytes(attachment: Attachment): Uint8Array<SharedArrayBuffer> {
  if (attachment instanceof SharedArrayBuffer) return new Uint8Array(attachment)
  const bytes = bytesOf(attachment)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}

/** Of an attachment that can be copied to another process. Throws JITError Unsupported. */
export function bytesOf(attachment: Attachment): Uint8Array {
  if (attachment instanceof Uint8Array) return attachment
  if (attachment instanceof SharedArrayBuffer || attachment instanceof ArrayBuffer) return new Uint8Array(attachment)
  const what = attachment.constructor.name
  throw new JITError(
    plainError('Unsupported', `an attachment that is a ${what} cannot be sent to another process: bytes can`),
  )
}
