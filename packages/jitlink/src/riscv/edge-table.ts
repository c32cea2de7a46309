// The edges of RISC-V objects: nearly every relocation is a kind of its own, under its own name. What the two widths of
// registers differ in is which distances fit: addresses wrap at 2^32 where registers end there.
//
// Letters of the expressions: S, A, P as everywhere (S of a thread-local variable is its offset in each thread's block), V what
// the field holds before, H what the upper half at S stands for: a load's or an addition's lower half repeats it.
//
// Sources: RISC-V ELF psABI, chapter "Relocations"; llvm/include/llvm/ExecutionEngine/JITLink/riscv.h
import type { Architecture, EdgeKind, EdgeKindRow } from '../edge-kinds.js'
import {
  add64,
  read16,
  read32,
  write16,
  write32,
  write64,
  write8,
  writeBranch,
  writeCall,
  writeCompressedBranch,
  writeCompressedJump,
  writeCompressedUpper,
  writeJal,
  writeLower12,
  writeLower12OfStore,
  writeUpper20,
} from './instruction-fields.js'

export const riscvEdge = {
  absolute32: 1,
  absolute64: 2,
  branch: 3,
  jal: 4,
  call: 5,
  callRelaxable: 6,
  gotHi20: 7,
  pcrelHi20: 8,
  pcrelLo12I: 9,
  pcrelLo12S: 10,
  hi20: 11,
  lo12I: 12,
  lo12S: 13,
  add8: 14,
  add16: 15,
  add32: 16,
  add64: 17,
  sub6: 18,
  sub8: 19,
  sub16: 20,
  sub32: 21,
  sub64: 22,
  set6: 23,
  set8: 24,
  set16: 25,
  set32: 26,
  rvcBranch: 27,
  rvcJump: 28,
  rvcLui: 29,
  pcrel32: 30,
  plt32: 31,
  gotPcrel32: 32,
  align: 33,
  negDelta32: 34,
  setUleb128: 35,
  subUleb128: 36,
  tprelHi20: 37,
  tprelLo12I: 38,
  tprelLo12S: 39,
  tprelAdd: 40,
  tprel32: 41,
  tprel64: 42,
  dtprel32: 43,
  dtprel64: 44,
  tlsGotHi20: 45,
  tlsGdHi20: 46,
  tlsdescHi20: 47,
  tlsdescLoadLo12: 48,
  tlsdescAddLo12: 49,
  tlsdescCall: 50,
} as const

type RiscvEdge = keyof typeof riscvEdge

/** How the value of an edge comes about. */
type Expression = 'S + A' | 'S + A - P' | 'P - S + A' | 'V + S + A' | 'V - S - A' | 'H' | 'S + A - 0x800' | 'none'

export interface RiscvEdgeRow extends EdgeKindRow {
  readonly expression: Expression
  /** Its targets are thread-local variables, and those of other kinds are not. */
  readonly threadLocal: boolean
}

export interface RiscvArchitecture extends Architecture {
  readonly registerBits: 32 | 64
  readonly edgeKinds: readonly RiscvEdgeRow[]
}

type Limits = Pick<RiscvEdgeRow, 'minimum' | 'maximum' | 'limits'> & { readonly alignmentBytes?: number }
type Write = EdgeKindRow['write']

/** What lies beyond is no exact number here. Values that wrap by their definition have no other limit. */
const exact: Limits = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, limits: '±2^53' }
const word32: Limits = { minimum: -0x8000_0000, maximum: 0xffff_ffff, limits: '-0x80000000 to 0xffffffff' }
const distance32: Limits = { minimum: -0x8000_0000, maximum: 0x7fff_ffff, limits: '±2 GiB' }
const upper20: Limits = { minimum: -0x8000_0800, maximum: 0x7fff_f7ff, limits: '±2 GiB - 2 KiB' }
const wrapping20: Limits = { minimum: -0xffff_ffff, maximum: 0xffff_ffff, limits: '±4 GiB' }
const upper6: Limits = { minimum: -0x2_0800, maximum: 0x1_f7ff, limits: '-0x20800 to 0x1f7ff' }

function even(distance: number, limits: string): Limits {
  return { minimum: -distance, maximum: distance - 2, limits, alignmentBytes: 2 }
}

function row(
  name: string,
  expression: Expression,
  widthBytes: number,
  limits: Limits,
  write: Write,
  threadLocal = false,
): RiscvEdgeRow {
  return { name, expression, widthBytes, ...limits, error: 'BadObject', write, threadLocal }
}

/** Consumed by a pass, or only there to keep its target. */
function withoutFixup(name: string, threadLocal = false, widthBytes = 4): RiscvEdgeRow {
  return row(name, 'none', widthBytes, exact, () => undefined, threadLocal)
}

/** Rows for registers of 32 or 64 bits: there what `lui` and `auipc` make wraps around the address space, here it is signed. */
function rowsFor(registerBits: 32 | 64): Readonly<Record<RiscvEdge, RiscvEdgeRow>> {
  const upper = registerBits === 32 ? wrapping20 : upper20
  return {
    absolute32: row('R_RISCV_32', 'S + A', 4, word32, write32),
    absolute64: row('R_RISCV_64', 'S + A', 8, exact, write64),
    branch: row('R_RISCV_BRANCH', 'S + A - P', 4, even(0x1000, '±4 KiB'), writeBranch),
    jal: row('R_RISCV_JAL', 'S + A - P', 4, even(0x10_0000, '±1 MiB'), writeJal),
    call: row('R_RISCV_CALL_PLT', 'S + A - P', 8, upper, writeCall),
    callRelaxable: row('CallRelaxable', 'S + A - P', 8, upper, writeCall),
    gotHi20: withoutFixup('R_RISCV_GOT_HI20'),
    pcrelHi20: row('R_RISCV_PCREL_HI20', 'S + A - P', 4, upper, writeUpper20),
    pcrelLo12I: row('R_RISCV_PCREL_LO12_I', 'H', 4, exact, writeLower12),
    pcrelLo12S: row('R_RISCV_PCREL_LO12_S', 'H', 4, exact, writeLower12OfStore),
    hi20: row('R_RISCV_HI20', 'S + A', 4, upper, writeUpper20),
    lo12I: row('R_RISCV_LO12_I', 'S + A', 4, exact, writeLower12),
    lo12S: row('R_RISCV_LO12_S', 'S + A', 4, exact, writeLower12OfStore),
    add8: row('R_RISCV_ADD8', 'V + S + A', 1, exact, (bytes, at, value) =>
      write8(bytes, at, (bytes[at] ?? 0) + (value | 0)),
    ),
    add16: row('R_RISCV_ADD16', 'V + S + A', 2, exact, (bytes, at, value) =>
      write16(bytes, at, read16(bytes, at) + (value | 0)),
    ),
    add32: row('R_RISCV_ADD32', 'V + S + A', 4, exact, (bytes, at, value) =>
      write32(bytes, at, read32(bytes, at) + (value | 0)),
    ),
    add64: row('R_RISCV_ADD64', 'V + S + A', 8, exact, add64),
    sub6: row('R_RISCV_SUB6', 'V - S - A', 1, exact, (bytes, at, value) =>
      write6(bytes, at, (bytes[at] ?? 0) - (value | 0)),
    ),
    sub8: row('R_RISCV_SUB8', 'V - S - A', 1, exact, (bytes, at, value) =>
      write8(bytes, at, (bytes[at] ?? 0) - (value | 0)),
    ),
    sub16: row('R_RISCV_SUB16', 'V - S - A', 2, exact, (bytes, at, value) =>
      write16(bytes, at, read16(bytes, at) - (value | 0)),
    ),
    sub32: row('R_RISCV_SUB32', 'V - S - A', 4, exact, (bytes, at, value) =>
      write32(bytes, at, read32(bytes, at) - (value | 0)),
    ),
    sub64: row('R_RISCV_SUB64', 'V - S - A', 8, exact, (bytes, at, value) => add64(bytes, at, -value)),
    set6: row('R_RISCV_SET6', 'S + A', 1, exact, write6),
    set8: row('R_RISCV_SET8', 'S + A', 1, exact, write8),
    set16: row('R_RISCV_SET16', 'S + A', 2, exact, write16),
    set32: row('R_RISCV_SET32', 'S + A', 4, exact, write32),
    rvcBranch: row('R_RISCV_RVC_BRANCH', 'S + A - P', 2, even(0x100, '±256 bytes'), writeCompressedBranch),
    rvcJump: row('R_RISCV_RVC_JUMP', 'S + A - P', 2, even(0x800, '±2 KiB'), writeCompressedJump),
    rvcLui: row('R_RISCV_RVC_LUI', 'S + A', 2, upper6, writeCompressedUpper),
    pcrel32: row('R_RISCV_32_PCREL', 'S + A - P', 4, registerBits === 32 ? exact : distance32, write32),
    plt32: row('R_RISCV_PLT32', 'S + A - P', 4, registerBits === 32 ? exact : distance32, write32),
    gotPcrel32: withoutFixup('R_RISCV_GOT32_PCREL'),
    align: withoutFixup('R_RISCV_ALIGN', false, 0),
    negDelta32: row('NegDelta32', 'P - S + A', 4, distance32, write32),
    setUleb128: withoutFixup('R_RISCV_SET_ULEB128', false, 1),
    subUleb128: withoutFixup('R_RISCV_SUB_ULEB128', false, 1),
    tprelHi20: row('R_RISCV_TPREL_HI20', 'S + A', 4, upper20, writeUpper20, true),
    tprelLo12I: row('R_RISCV_TPREL_LO12_I', 'S + A', 4, exact, writeLower12, true),
    tprelLo12S: row('R_RISCV_TPREL_LO12_S', 'S + A', 4, exact, writeLower12OfStore, true),
    tprelAdd: withoutFixup('R_RISCV_TPREL_ADD', true),
    tprel32: row('R_RISCV_TLS_TPREL32', 'S + A', 4, word32, write32, true),
    tprel64: row('R_RISCV_TLS_TPREL64', 'S + A', 8, exact, write64, true),
    dtprel32: row('R_RISCV_TLS_DTPREL32', 'S + A - 0x800', 4, word32, write32, true),
    dtprel64: row('R_RISCV_TLS_DTPREL64', 'S + A - 0x800', 8, exact, write64, true),
    tlsGotHi20: withoutFixup('R_RISCV_TLS_GOT_HI20', true),
    tlsGdHi20: withoutFixup('R_RISCV_TLS_GD_HI20', true),
    tlsdescHi20: row('R_RISCV_TLSDESC_HI20', 'S + A', 4, upper20, writeNop, true),
    tlsdescLoadLo12: row('R_RISCV_TLSDESC_LOAD_LO12', 'H', 4, exact, writeNop),
    tlsdescAddLo12: row('R_RISCV_TLSDESC_ADD_LO12', 'H', 4, exact, writeDescriptorUpper),
    tlsdescCall: row('R_RISCV_TLSDESC_CALL', 'H', 4, exact, writeDescriptorLower),
  }
}

function write6(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = ((bytes[at] ?? 0) & 0xc0) | (value & 0x3f)
}

const nop = 0x13
const luiA0 = 0x537
const addiA0 = 0x5_0513
const loadA0 = 0x513

/**
 * A descriptor's four instructions leave the variable's offset in a0. Where it is known when linking, two of them do.
 * Source: tlsdescToLe in lld/ELF/Arch/RISCV.cpp
 */
function writeNop(bytes: Uint8Array, at: number): void {
  write32(bytes, at, nop)
}

function writeDescriptorUpper(bytes: Uint8Array, at: number, value: number): void {
  write32(bytes, at, fits12(value) ? nop : luiA0 | ((value + 0x800) & 0xffff_f000))
}

function writeDescriptorLower(bytes: Uint8Array, at: number, value: number): void {
  write32(bytes, at, (fits12(value) ? loadA0 : addiA0) | (value << 20))
}

function fits12(value: number): boolean {
  return value >= -0x800 && value < 0x800
}

export const riscvArchitectures: Readonly<Record<32 | 64, RiscvArchitecture>> = {
  32: { name: 'riscv32', registerBits: 32, pointerBytes: 4, edgeKinds: tableOf(rowsFor(32)) },
  64: { name: 'riscv64', registerBits: 64, pointerBytes: 8, edgeKinds: tableOf(rowsFor(64)) },
}

function tableOf(rows: Readonly<Record<RiscvEdge, RiscvEdgeRow>>): readonly RiscvEdgeRow[] {
  const table = [withoutFixup('KeepAlive', false, 0)]
  for (const [name, kind] of Object.entries(riscvEdge)) table[kind] = rows[name as RiscvEdge]
  return table
}

export function riscvRow({ edgeKinds, name }: RiscvArchitecture, kind: EdgeKind): RiscvEdgeRow {
  const found = edgeKinds[kind]
  if (found === undefined) throw new Error(`edge kind ${kind} is not in the table of ${name}`)
  return found
}
