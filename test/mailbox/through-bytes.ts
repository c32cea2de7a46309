// Frames as they come out of the bytes that they were.
import type { Frame } from '@worc/protocol'
import { FrameDecoder, FrameEncoder } from '@worc/protocol'

/** Over a channel of its own. */
export function throughBytes(frames: readonly Frame[]): Frame[] {
  return new FrameDecoder().decode(new FrameEncoder().encode(frames))
}

export function tellOf(body: unknown): Frame {
  return { kind: 'tell', body, attachments: 0 }
}
