// From a place in an object's code to a source line, for objects made with -g.
import { addressLines, lineSectionNames } from '@worc/dwarf'
import type { SourceLocation } from '@worc/dwarf'
import type { JITErrorData } from '@worc/protocol'
import { debugImage } from './debug-sections.js'
import type { DebugImage } from './debug-sections.js'
import type { ElfObject } from './object.js'

type LineImage = DebugImage<(typeof lineSectionNames)[number]>

export interface ElfLineTable {
  /**
   * `section` is a position in the object's sections and `offset` in bytes from its beginning, as it was before a linker shortened
   * any code. Undefined where no line is recorded.
   */
  lookup(section: number, offset: number): SourceLocation | undefined
  /** The first thing that was malformed, if any was. */
  problem(): JITErrorData | undefined
}

/** The line table of `object`, which it keeps. An object without debug information has an empty one. */
export function readLineTable(object: ElfObject): ElfLineTable {
  let made: LineImage | undefined
  const image = (): LineImage => (made ??= debugImage(object, lineSectionNames))
  const lines = addressLines(() => image().sections)
  return {
    lookup(section, offset) {
      const start = image().codeAddresses.get(section)
      const sizeBytes = object.sections[section]?.content.length ?? 0
      return start === undefined || offset >= sizeBytes ? undefined : lines.lookup(start + offset)
    },
    problem: () => lines.problem(),
  }
}
