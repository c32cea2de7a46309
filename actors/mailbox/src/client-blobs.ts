// A client's attachments: bytes are uploaded before the message that brings them and dropped after it, and what a server hands out
// stays there, under a number that goes back when nobody has it any more.
import type { Attachment } from '@worc/protocol'
import { RemoteBlob, bytesOf } from './blob-table.js'

export class ClientBlobs {
  readonly #upload: (blob: number, bytes: Uint8Array) => void
  readonly #drop: (blob: number) => void
  readonly #collected: FinalizationRegistry<() => void>
  #next = 1

  constructor(upload: (blob: number, bytes: Uint8Array) => void, drop: (blob: number) => void) {
    this.#upload = upload
    this.#drop = drop
    this.#collected = new FinalizationRegistry((dropCollected) => dropCollected())
  }

  /** Numbers for a message, and those of them that nothing else will name. Throws JITError Unsupported, and has uploaded nothing then. */
  upload(attachments: readonly Attachment[]): {
    readonly numbers: readonly number[]
    readonly ownNumbers: readonly number[]
  } {
    const contents = attachments.map((attachment) =>
      attachment instanceof RemoteBlob ? attachment : bytesOf(attachment),
    )
    const ownNumbers: number[] = []
    const numbers = contents.map((content) => {
      if (content instanceof RemoteBlob) return content.number
      const number = this.#next
      this.#next += 2
      this.#upload(number, content)
      ownNumbers.push(number)
      return number
    })
    return { numbers, ownNumbers }
  }

  resolve(numbers: readonly number[]): readonly Attachment[] {
    return numbers.map((number) => {
      let isDropped = false
      const drop = (): void => {
        if (!isDropped) this.#drop(number)
        isDropped = true
      }
      const blob = new RemoteBlob(number, drop)
      this.#collected.register(blob, drop)
      return blob
    })
  }
}
