// The relocations of RISC-V by name, and which of them an operand with a symbol asks for: that depends on the operator
// written before the symbol and on the field that the value goes into.
//
// Source: RISC-V ELF psABI, chapter "Relocations".

export const relocationType = {
  R_RISCV_NONE: 0,
  R_RISCV_32: 1,
  R_RISCV_64: 2,
  R_RISCV_TLS_DTPREL32: 8,
  R_RISCV_TLS_DTPREL64: 9,
  R_RISCV_BRANCH: 16,
  R_RISCV_JAL: 17,
  R_RISCV_CALL: 18,
  R_RISCV_CALL_PLT: 19,
  R_RISCV_GOT_HI20: 20,
  R_RISCV_TLS_GOT_HI20: 21,
  R_RISCV_TLS_GD_HI20: 22,
  R_RISCV_PCREL_HI20: 23,
  R_RISCV_PCREL_LO12_I: 24,
  R_RISCV_PCREL_LO12_S: 25,
  R_RISCV_HI20: 26,
  R_RISCV_LO12_I: 27,
  R_RISCV_LO12_S: 28,
  R_RISCV_TPREL_HI20: 29,
  R_RISCV_TPREL_LO12_I: 30,
  R_RISCV_TPREL_LO12_S: 31,
  R_RISCV_TPREL_ADD: 32,
  R_RISCV_ADD8: 33,
  R_RISCV_ADD16: 34,
  R_RISCV_ADD32: 35,
  R_RISCV_ADD64: 36,
  R_RISCV_SUB8: 37,
  R_RISCV_SUB16: 38,
  R_RISCV_SUB32: 39,
  R_RISCV_SUB64: 40,
  R_RISCV_GOT32_PCREL: 41,
  R_RISCV_ALIGN: 43,
  R_RISCV_RVC_BRANCH: 44,
  R_RISCV_RVC_JUMP: 45,
  R_RISCV_RVC_LUI: 46,
  R_RISCV_RELAX: 51,
  R_RISCV_SUB6: 52,
  R_RISCV_SET6: 53,
  R_RISCV_SET8: 54,
  R_RISCV_SET16: 55,
  R_RISCV_SET32: 56,
  R_RISCV_32_PCREL: 57,
  R_RISCV_PLT32: 59,
  R_RISCV_SET_ULEB128: 60,
  R_RISCV_SUB_ULEB128: 61,
  R_RISCV_TLSDESC_HI20: 62,
  R_RISCV_TLSDESC_LOAD_LO12: 63,
  R_RISCV_TLSDESC_ADD_LO12: 64,
  R_RISCV_TLSDESC_CALL: 65,
} as const

export type RelocationName = keyof typeof relocationType

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(relocationType).map(([name, number]) => [number, name]),
)

export function relocationName(type: number): string {
  return names.get(type) ?? `R_RISCV_${type}`
}

/** `%call` is ours: what `call` and `tail` stand for has no operator in the assembly language. */
export const callModifier = 'call'

/** By operator, then by operand of the instruction table. No operator is ''. */
const byModifier: Readonly<Record<string, Readonly<Record<string, RelocationName>>>> = {
  '': {
    target: 'R_RISCV_BRANCH',
    far: 'R_RISCV_JAL',
    target8: 'R_RISCV_RVC_BRANCH',
    far11: 'R_RISCV_RVC_JUMP',
  },
  hi: { upper: 'R_RISCV_HI20' },
  lo: { imm: 'R_RISCV_LO12_I', offset: 'R_RISCV_LO12_S' },
  pcrel_hi: { upper: 'R_RISCV_PCREL_HI20' },
  pcrel_lo: { imm: 'R_RISCV_PCREL_LO12_I', offset: 'R_RISCV_PCREL_LO12_S' },
  got_pcrel_hi: { upper: 'R_RISCV_GOT_HI20' },
  tprel_hi: { upper: 'R_RISCV_TPREL_HI20' },
  tprel_lo: { imm: 'R_RISCV_TPREL_LO12_I', offset: 'R_RISCV_TPREL_LO12_S' },
  tls_ie_pcrel_hi: { upper: 'R_RISCV_TLS_GOT_HI20' },
  tls_gd_pcrel_hi: { upper: 'R_RISCV_TLS_GD_HI20' },
  tlsdesc_hi: { upper: 'R_RISCV_TLSDESC_HI20' },
  tlsdesc_load_lo: { imm: 'R_RISCV_TLSDESC_LOAD_LO12' },
  tlsdesc_add_lo: { imm: 'R_RISCV_TLSDESC_ADD_LO12' },
  [callModifier]: { upper: 'R_RISCV_CALL_PLT' },
}

/** Undefined where the operand takes no symbol in this way. */
export function relocationOf(modifier: string | undefined, operand: string): RelocationName | undefined {
  return byModifier[modifier ?? '']?.[operand]
}

/** Those that a linker may shorten when it is told so by R_RISCV_RELAX. */
export function isRelaxable(name: RelocationName): boolean {
  return /CALL|HI20|LO12|TPREL_ADD/.test(name)
}
