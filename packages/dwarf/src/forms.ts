// The values of attributes: how many bytes each form takes, and what they say. What signatures do not depend on (expressions,
// lists, blocks) is passed over.
//
// Source: DWARF 5, sections 7.5.5 and 7.5.6.
import type { DebugReader } from './debug-reader.js'
import type { EntrySections, StringPlace } from './debug-sections.js'
import { hex } from './malformed.js'

/**
 * A number stands for constants, flags (0 and 1), offsets, and references, which are offsets in .debug_info. Undefined: it is
 * of no use here, or a number cannot hold it.
 */
export type FormValue = number | StringPlace | StringIndex | undefined

/** Into the unit's part of .debug_str_offsets. */
interface StringIndex {
  readonly index: number
}

/** What forms depend on. */
export interface FormContext {
  readonly sections: EntrySections
  /** Where the unit begins in .debug_info: its own references count from there. */
  readonly unitStart: number
  readonly addressBytes: number
  readonly version: number
}

export const form = { flagPresent: 0x19, implicitConst: 0x21 } as const

/** Reads what `code` says is there; every form that is read here takes at least a byte. Throws Malformed. */
export function readForm(reader: DebugReader, code: number, context: FormContext): FormValue {
  switch (code) {
    case 0x01: // addr
      return skipBlock(reader, context.addressBytes)
    case 0x03: // block2
      return skipBlock(reader, reader.u16('block size'))
    case 0x04: // block4
      return skipBlock(reader, reader.u32('block size'))
    case 0x09: // block
    case 0x18: // exprloc
      return skipBlock(reader, reader.uleb('block size'))
    case 0x0a: // block1
      return skipBlock(reader, reader.u8('block size'))
    case 0x05: // data2
      return reader.u16('attribute')
    case 0x06: // data4
    case 0x17: // sec_offset
      return reader.u32('attribute')
    case 0x07: // data8
      return reader.u64('attribute')
    case 0x1e: // data16
      return skipBlock(reader, 16)
    case 0x0b: // data1
    case 0x0c: // flag
      return reader.u8('attribute')
    case 0x0f: // udata
      return reader.anyUleb('attribute')
    case 0x0d: // sdata
    case 0x1b: // addrx
    case 0x22: // loclistx
    case 0x23: // rnglistx
      reader.skipLeb('attribute')
      return undefined
    case 0x29: // addrx1
    case 0x2a: // addrx2
    case 0x2b: // addrx3
    case 0x2c: // addrx4
      return skipBlock(reader, code - 0x28)
    case 0x16: // indirect: the form stands before the value
      return readIndirect(reader, context)
  }
  return readText(reader, code, context) ?? readReference(reader, code, context)
}

function skipBlock(reader: DebugReader, sizeBytes: number): undefined {
  reader.skip(sizeBytes, 'attribute')
  return undefined
}

function readIndirect(reader: DebugReader, context: FormContext): FormValue {
  const code = reader.uleb('form')
  if (code === form.flagPresent) return 1
  // A chain of them would be as deep as the section is long.
  if (code === 0x16) reader.fail('an indirect form of an indirect form')
  return readForm(reader, code, context)
}

/** Undefined where the form is none of a string. */
function readText(reader: DebugReader, code: number, { sections }: FormContext): StringPlace | StringIndex | undefined {
  switch (code) {
    case 0x08: // string
      return { bytes: reader.bytes, offset: reader.terminated('string')[0] }
    case 0x0e: // strp
      return { bytes: sections['.debug_str'], offset: reader.u32('string offset') }
    case 0x1f: // line_strp
      return { bytes: sections['.debug_line_str'], offset: reader.u32('string offset') }
    case 0x1a: // strx
      return { index: reader.uleb('string index') }
    case 0x25: // strx1
      return { index: reader.u8('string index') }
    case 0x26: // strx2
      return { index: reader.u16('string index') }
    case 0x27: // strx3
      return { index: reader.u8('string index') + reader.u16('string index') * 0x100 }
    case 0x28: // strx4
      return { index: reader.u32('string index') }
  }
  return undefined
}

/** To another entry. Those into other files, and to types by their signatures, are not followed. */
function readReference(reader: DebugReader, code: number, context: FormContext): number | undefined {
  const { unitStart, addressBytes, version } = context
  switch (code) {
    case 0x10: // ref_addr
      return version === 2 && addressBytes === 8 ? reader.u64('reference') : reader.u32('reference')
    case 0x11: // ref1
      return unitStart + reader.u8('reference')
    case 0x12: // ref2
      return unitStart + reader.u16('reference')
    case 0x13: // ref4
      return unitStart + reader.u32('reference')
    case 0x14: {
      // ref8
      const offset = reader.u64('reference')
      return offset === undefined ? undefined : unitStart + offset
    }
    case 0x15: // ref_udata
      return unitStart + reader.uleb('reference')
    case 0x1c: // ref_sup4
    case 0x1d: // strp_sup
      return skipBlock(reader, 4)
    case 0x20: // ref_sig8
    case 0x24: // ref_sup8
      return skipBlock(reader, 8)
  }
  return reader.fail(`unsupported form ${hex(code)}`)
}
