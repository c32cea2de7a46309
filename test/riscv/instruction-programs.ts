// Programs that execute every instruction with telling operands and write down what came of it: the destination, and for
// floats the flags. They need no linker and no library, so qemu runs them as they are, and so does the interpreter.
import { fullIsa, instructionsOf } from '@worc/riscv'
import type { Instruction, Operand, Xlen } from '@worc/riscv'

interface InstructionCases {
  readonly name: string
  /** Each sets operands up, executes the instruction, and appends what came of it at s0. */
  readonly cases: readonly (readonly string[])[]
}

const integers = [
  0n,
  1n,
  -1n,
  2n,
  0x7fff_ffffn,
  -0x8000_0000n,
  0xffff_ffffn,
  0x7fff_ffff_ffff_ffffn,
  -0x8000_0000_0000_0000n,
  0x0123_4567_89ab_cdefn,
  -0x0fed_cba9_8765_4322n,
  63n,
]

const doubles = [
  0n,
  0x8000_0000_0000_0000n,
  0x3ff0_0000_0000_0000n, // 1
  0xbff8_0000_0000_0000n, // -1.5
  0x4009_21fb_5444_2d18n, // pi
  0x0000_0000_0000_0001n, // smallest subnormal
  0x0010_0000_0000_0000n, // smallest normal
  0x7fef_ffff_ffff_ffffn, // largest
  0x7ff0_0000_0000_0000n, // infinity
  0xfff0_0000_0000_0000n,
  0x7ff8_0000_0000_0000n, // quiet NaN
  0x7ff0_0000_0000_0001n, // signaling NaN
  0xc1e0_0000_0010_0000n, // a little above -2^31
  0x41ef_ffff_fff0_0000n, // a little below 2^32
  0x3fb9_9999_9999_999an, // 0.1
  0x380f_ffff_e800_0000n, // becomes the smallest normal single, and underflows all the same
  0x380f_ffff_ffff_ffffn, // a little below the smallest normal single
  0x47ef_ffff_f000_0000n, // rounds to the infinite single
]

const singles = [
  0x0000_0000n,
  0x8000_0000n,
  0x3f80_0000n,
  0xbfc0_0000n,
  0x4049_0fdbn,
  0x0000_0001n,
  0x0080_0000n,
  0x7f7f_ffffn,
  0x7f80_0000n,
  0xff80_0000n,
  0x7fc0_0000n,
  0x7f80_0001n,
  0xcf00_0001n,
  0x4f7f_ffffn,
  0x3dcc_cccdn,
  0x5f00_0000n,
  0x00ff_ffffn,
]

/** For each name, in the order of the table; memory orderings are one instruction. */
export function instructionCases(xlen: Xlen): readonly InstructionCases[] {
  return instructionsOf(fullIsa(xlen))
    .filter(({ lengthBytes, name }) => lengthBytes === 4 && !excluded.test(name))
    .map((row) => ({ name: row.name, cases: casesOf(row, xlen) }))
}

/** What has no result, depends on where the program is, or (ctzw of 0) is wrong in qemu 7.2. */
const excluded = /^(ecall|ebreak|unimp|fence.*|auipc|ctzw)$|\.(aq|rl|aqrl)$/

/** A program that goes through the cases, writes what they appended to the standard output, and exits. */
export function programOf(instructions: readonly InstructionCases[]): string {
  const cases = instructions.flatMap((each) => each.cases)
  return [
    '.globl _start',
    '_start:',
    '.option norvc',
    `li t0, ${80 * cases.length + scratchBytes}`,
    'sub sp, sp, t0',
    'andi sp, sp, -16',
    `addi s0, sp, ${scratchBytes}`,
    'mv s1, s0',
    ...cases.flat(),
    'li a0, 1',
    'mv a1, s1',
    'sub a2, s0, s1',
    'li a7, 64',
    'ecall',
    'li a0, 0',
    'li a7, 93',
    'ecall',
    '',
  ].join('\n')
}

/** At sp, for loads and stores. */
const scratchBytes = 256

function casesOf(row: Instruction, xlen: Xlen): readonly (readonly string[])[] {
  const names = row.operands.map(({ name }) => name)
  const isFloat = row.operands.some(({ kind }) => kind === 'f')
  if (names.includes('target')) return branchCases(row, xlen)
  if (row.name === 'jal')
    return [['jal a0, 1f', 'addi s0, s0, 1', '1: sub a0, a0, s1', 'snez a0, a0', ...append('a0', xlen)]]
  if (row.name === 'jalr')
    return [['1: auipc a1, 0', 'jalr a1, 13(a1)', 'addi s0, s0, 1', '2: li a0, 7', ...append('a0', xlen)]]
  if (row.syntax.includes('(rs1)')) return memoryCases(row, xlen)
  if (names.includes('csr')) return csrCases(row, xlen)
  if (isFloat) return floatCases(row, xlen)
  return integerCases(row, xlen)
}

function append(register: string, xlen: Xlen): readonly string[] {
  return xlen === 64 ? [`sd ${register}, 0(s0)`, 'addi s0, s0, 8'] : [`sw ${register}, 0(s0)`, 'addi s0, s0, 4']
}

function integerOf(value: bigint, xlen: Xlen): string {
  return String(BigInt.asIntN(xlen, value))
}

function immediatesOf({ kind, minimum, maximum, step }: Operand): readonly string[] {
  if (kind === 'upper') return ['0', '1', '0x7ffff', '0x80000', '0xfffff']
  return [minimum, maximum, step, minimum + Math.floor((maximum - minimum) / 3 / step) * step].map(String)
}

function integerCases(row: Instruction, xlen: Xlen): readonly (readonly string[])[] {
  const immediate = row.operands.find(({ kind }) => kind !== 'x')
  const cases: string[][] = []
  for (const [index, first] of integers.entries()) {
    const seconds = immediate === undefined ? secondsFor(index) : immediatesOf(immediate)
    for (const second of seconds) {
      const written = row.syntax
        .replace('rd', 'a0')
        .replace('rs1', 'a1')
        .replace('rs2', 'a2')
        .replace(/\b(imm|upper|shamt[56])\b/, second)
      const operands = immediate === undefined ? [`li a2, ${integerOf(BigInt(second), xlen)}`] : []
      cases.push([`li a1, ${integerOf(first, xlen)}`, ...operands, `${row.name} ${written}`, ...append('a0', xlen)])
    }
  }
  return cases
}

/** A few of all pairs, each value often enough. */
function secondsFor(index: number): readonly string[] {
  return [0, 1, 2, 5, 8].map((distance) => String(integers[(index + distance) % integers.length]))
}

function branchCases(row: Instruction, xlen: Xlen): readonly (readonly string[])[] {
  return integers.flatMap((first, index) =>
    secondsFor(index).map((second) => [
      `li a1, ${integerOf(first, xlen)}`,
      `li a2, ${integerOf(BigInt(second), xlen)}`,
      'li a0, 1',
      `${row.name} a1, a2, 1f`,
      'li a0, 0',
      '1:',
      ...append('a0', xlen),
    ]),
  )
}

/** On 24 bytes of the stack, which are then written down whole. */
function memoryCases(row: Instruction, xlen: Xlen): readonly (readonly string[])[] {
  const isAtomic = row.extensions.includes('a')
  const values = isAtomic
    ? [0n, 1n, -1n, 0x7fff_ffff_ffff_ffffn, -0x8000_0000_8000_0000n]
    : [0x8182_8384_8586_8788n, 0x0102_7f80_0304_0506n]
  const offsets = isAtomic || row.name === 'lr.w' ? ['0'] : ['0', '1', '-2', '8']
  return values.flatMap((value, index) =>
    offsets.map((offset) => {
      const stored = values[(index + 1) % values.length] ?? 0n
      const written = row.syntax
        .replace(/\brd\b/, 'a0')
        .replace('rs2', 'a2')
        .replace('fd', 'fa0')
        .replace('fs2', 'fa1')
        .replace(/imm|offset/, offset)
        .replace('(rs1)', '(a1)')
      return [
        'addi a1, sp, 8',
        ...[0, 8, 16].flatMap((at) => storeWords(value + BigInt(at), at, xlen)),
        ...storeWords(stored, 32, xlen),
        'fld fa1, 32(sp)',
        `li a2, ${integerOf(stored, xlen)}`,
        ...(row.name.startsWith('sc.') ? [`lr${row.name.slice(2)} a3, (a1)`] : []),
        `${row.name} ${written}`,
        ...(row.syntax.startsWith('fd')
          ? ['fsd fa0, 32(sp)', ...[32, 36].flatMap((at) => [`lw a3, ${at}(sp)`, ...append('a3', xlen)])]
          : []),
        ...(row.syntax.startsWith('rd') ? append('a0', xlen) : []),
        ...[0, 4, 8, 12, 16, 20].flatMap((at) => [`lw a3, ${at}(sp)`, ...append('a3', xlen)]),
      ]
    }),
  )
}

function storeWords(value: bigint, at: number, xlen: Xlen): readonly string[] {
  return [0n, 32n].flatMap((shift) => [
    `li a4, ${integerOf(BigInt.asIntN(32, value >> shift), xlen)}`,
    `sw a4, ${at + Number(shift) / 8}(sp)`,
  ])
}

function csrCases(row: Instruction, xlen: Xlen): readonly (readonly string[])[] {
  const isImmediate = row.syntax.endsWith('uimm')
  return ['fcsr', 'frm', 'fflags'].flatMap((csr) =>
    (isImmediate ? ['0', '5', '31'] : ['zero', 'a1']).map((operand) => [
      'li a1, 0x1a5',
      'li a2, 0x53',
      'csrrw zero, fcsr, a2',
      `${row.name} a0, ${csr}, ${operand}`,
      ...append('a0', xlen),
      'csrrs a0, fcsr, zero',
      ...append('a0', xlen),
    ]),
  )
}

const modes = ['rne', 'rtz', 'rdn', 'rup', 'rmm']

/** Operands, the result and the flags it raised. */
function floatCases(row: Instruction, xlen: Xlen): readonly (readonly string[])[] {
  const sources = row.operands.filter(({ name }) => /^(fs\d|rs1)$/.test(name))
  const isRounding = row.operands.some(({ kind }) => /rounding$/.test(kind))
  const isDoubleSource = /\.d$/.test(row.name) && !/^fcvt\.d\.s/.test(row.name)
  const values = isDoubleSource ? doubles : singles
  const cases: string[][] = []
  for (const index of values.keys())
    for (const distance of sources.length === 1 ? [0] : [0, 1, 3, 7]) {
      const set = sources.flatMap(({ name }, position) => {
        if (name === 'rs1') return [`li a1, ${integerOf(integers[index % integers.length] ?? 0n, xlen)}`]
        const bits = values[(index + position * distance) % values.length] ?? 0n
        const boxed = isDoubleSource ? bits : bits | 0xffff_ffff_0000_0000n
        return [...storeWords(boxed, 0, xlen), `fld fa${position + 1}, 0(sp)`]
      })
      const mode = modes[(index + distance) % modes.length] ?? 'rne'
      const written = row.syntax
        .replace(/, (rm|exact)$/, '')
        .replace('fd', 'fa0')
        .replace('rd', 'a0')
        .replace('rs1', 'a1')
        .replace(/fs(\d)/g, 'fa$1')
      cases.push([
        ...set,
        'csrrw zero, fcsr, zero',
        `${row.name} ${written}${isRounding ? `, ${mode}` : ''}`,
        ...(row.syntax.startsWith('fd')
          ? ['fsd fa0, 0(sp)', 'lw a0, 0(sp)', ...append('a0', xlen), 'lw a0, 4(sp)', ...append('a0', xlen)]
          : append('a0', xlen)),
        'csrrs a0, fcsr, zero',
        ...append('a0', xlen),
      ])
    }
  return cases
}
