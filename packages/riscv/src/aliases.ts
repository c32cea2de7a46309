// The shorter names that people know some instructions by: `mv a0, a1` for `addi a0, a1, 0`. An alias is the instruction
// under another name and syntax, with the operands that it fixes left out.
import type { Decoded } from './decode.js'
import { operandNamed } from './operand.js'
import { syntaxParts } from './instruction.js'
import { dynamicRounding } from './register-names.js'

/** `alias = instruction where operands are so`: the first that fits is taken. */
const rows: readonly (readonly [alias: string, syntax: string, of: string, fixed: Readonly<Record<string, number>>])[] =
  [
    ['nop', '', 'addi', { rd: 0, rs1: 0, imm: 0 }],
    ['li', 'rd, imm', 'addi', { rs1: 0 }],
    ['mv', 'rd, rs1', 'addi', { imm: 0 }],
    ['mv', 'rd, rs2', 'add', { rs1: 0 }],
    ['not', 'rd, rs1', 'xori', { imm: -1 }],
    ['neg', 'rd, rs2', 'sub', { rs1: 0 }],
    ['negw', 'rd, rs2', 'subw', { rs1: 0 }],
    ['sext.w', 'rd, rs1', 'addiw', { imm: 0 }],
    ['zext.b', 'rd, rs1', 'andi', { imm: 255 }],
    ['zext.w', 'rd, rs1', 'add.uw', { rs2: 0 }],
    ['seqz', 'rd, rs1', 'sltiu', { imm: 1 }],
    ['snez', 'rd, rs2', 'sltu', { rs1: 0 }],
    ['sltz', 'rd, rs1', 'slt', { rs2: 0 }],
    ['sgtz', 'rd, rs2', 'slt', { rs1: 0 }],
    ['beqz', 'rs1, target', 'beq', { rs2: 0 }],
    ['bnez', 'rs1, target', 'bne', { rs2: 0 }],
    ['blez', 'rs2, target', 'bge', { rs1: 0 }],
    ['bgez', 'rs1, target', 'bge', { rs2: 0 }],
    ['bltz', 'rs1, target', 'blt', { rs2: 0 }],
    ['bgtz', 'rs2, target', 'blt', { rs1: 0 }],
    ['j', 'far', 'jal', { rd: 0 }],
    ['jal', 'far', 'jal', { rd: 1 }],
    ['ret', '', 'jalr', { rd: 0, rs1: 1, imm: 0 }],
    ['jr', 'rs1', 'jalr', { rd: 0, imm: 0 }],
    ['jr', 'imm(rs1)', 'jalr', { rd: 0 }],
    ['jalr', 'rs1', 'jalr', { rd: 1, imm: 0 }],
    ['jalr', 'imm(rs1)', 'jalr', { rd: 1 }],
    ['fence', '', 'fence', { pred: 15, succ: 15 }],
    ['csrr', 'rd, csr', 'csrrs', { rs1: 0 }],
    ['csrw', 'csr, rs1', 'csrrw', { rd: 0 }],
    ['csrs', 'csr, rs1', 'csrrs', { rd: 0 }],
    ['csrc', 'csr, rs1', 'csrrc', { rd: 0 }],
    ['csrwi', 'csr, uimm', 'csrrwi', { rd: 0 }],
    ['csrsi', 'csr, uimm', 'csrrsi', { rd: 0 }],
    ['csrci', 'csr, uimm', 'csrrci', { rd: 0 }],
  ]

/** What a disassembler prints for people: the alias, where there is one. Takes a base instruction. */
export function aliased(decoded: Decoded): Decoded {
  const { instruction, operands } = decoded
  const row = rows.find(
    ([, , of, fixed]) =>
      of === instruction.name && Object.entries(fixed).every(([operand, value]) => operands[operand] === value),
  )
  return row === undefined ? withoutDynamicRounding(decoded) : renamed(decoded, row[0], row[1])
}

function renamed({ instruction, operands }: Decoded, name: string, syntax: string): Decoded {
  const written = syntaxParts(syntax)
    .filter((part) => /^[a-z]/.test(part))
    .map(operandNamed)
  return { instruction: { ...instruction, name, syntax, operands: written }, operands }
}

/** Rounding as frm says goes without saying. */
function withoutDynamicRounding(decoded: Decoded): Decoded {
  const { instruction, operands } = decoded
  if (operands['rm'] !== dynamicRounding) return decoded
  return renamed(decoded, instruction.name, instruction.syntax.replace(/, rm$/, ''))
}
