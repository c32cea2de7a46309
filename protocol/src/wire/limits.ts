// How much a stranger may say at once. The reader holds every batch to these before it makes anything of it, and the writer
// refuses what the other end's reader would: a message that is too large fails alone, not with its connection.

export const wireVersion = 1

export const wireLimits = {
  /** Of a batch, without the four bytes of its length. */
  batchBytes: 0x10_0000,
  /** Arrays and values of a batch, all together. */
  batchNodes: 0x1_0000,
  /** Arrays within arrays. */
  depth: 16,
  /** Of a string: names, one-line messages. */
  stringBytes: 0x1_0000,
  /** Of a text for people: what a compiler printed, a dump. Longer ones are cut by who sends them. */
  textBytes: 0x8_0000,
  /** Of bytes inside a message; larger ones are uploaded as a blob. */
  binaryBytes: 0x8_0000,
  /** Of one part of an upload. */
  partBytes: 0x4_0000,
  /** Attachments of one message. */
  attachments: 4096,
} as const
