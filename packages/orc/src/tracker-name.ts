// How errors name a tracker, and a tracker's place in its client's sequence.
import type { TrackerId } from '@worc/protocol'
import { clientOf } from '@worc/protocol'

export function trackerNumber(tracker: TrackerId): number {
  return tracker % 0x1_0000_0000
}

export function trackerName(tracker: TrackerId): string {
  if (tracker < 0) return `the default resource tracker of JITDylib ${-tracker}`
  return `resource tracker ${trackerNumber(tracker)} of client ${clientOf(tracker)}`
}
