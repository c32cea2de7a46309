// The fields of RISC-V instructions once more, bit by bit as the manual's tables print them: what the linker writes with masks
// is read back with these.
//
// Source: RISC-V unprivileged ISA, "Immediate Encoding Variants", "RVC Instruction Set Listings"

/** From the field's lowest bit in the instruction up: which bit of the value it is. */
interface Layout {
  /** By bit of the value: the bit of the bytes. */
  readonly bits: ReadonlyMap<number, number>
  readonly roundsUp: boolean
  readonly signed: boolean
}

/** "31:12=31:12 ..." says that bits 31 to 12 of the bytes are bits 31 to 12 of the value. */
function parse(text: string): ReadonlyMap<number, number> {
  const bits = new Map<number, number>()
  for (const part of text.split(' ')) {
    const [to = '', from = ''] = part.split('=')
    const [high = 0, low = high] = to.split(':').map(Number)
    const [valueHigh = 0] = from.split(':').map(Number)
    for (let offset = 0; offset <= high - low; offset++) bits.set(valueHigh - offset, high - offset)
  }
  return bits
}

function word(bitCount: number): Layout {
  return { bits: parse(`${bitCount - 1}:0=${bitCount - 1}:0`), roundsUp: false, signed: false }
}

function immediate(text: string, signed = true): Layout {
  return { bits: parse(text), roundsUp: false, signed }
}

const upper: Layout = { bits: parse('31:12=31:12'), roundsUp: true, signed: false }
const lower = immediate('31:20=11:0', false)
const lowerOfStore = immediate('31:25=11:5 11:7=4:0', false)
const call: Layout = { bits: parse('31:12=31:12'), roundsUp: true, signed: false }

const layouts: Readonly<Record<string, Layout>> = {
  R_RISCV_BRANCH: immediate('31=12 30:25=10:5 11:8=4:1 7=11'),
  R_RISCV_JAL: immediate('31=20 30:21=10:1 20=11 19:12=19:12'),
  R_RISCV_RVC_BRANCH: immediate('12=8 11:10=4:3 6:5=7:6 4:3=2:1 2=5'),
  R_RISCV_RVC_JUMP: immediate('12=11 11=4 10:9=9:8 8=10 7=6 6=7 5:3=3:1 2=5'),
  R_RISCV_RVC_LUI: { bits: parse('12=17 6:2=16:12'), roundsUp: true, signed: false },
  R_RISCV_CALL_PLT: call,
  CallRelaxable: call,
  R_RISCV_PCREL_HI20: upper,
  R_RISCV_HI20: upper,
  R_RISCV_TPREL_HI20: upper,
  R_RISCV_PCREL_LO12_I: lower,
  R_RISCV_LO12_I: lower,
  R_RISCV_TPREL_LO12_I: lower,
  R_RISCV_PCREL_LO12_S: lowerOfStore,
  R_RISCV_LO12_S: lowerOfStore,
  R_RISCV_TPREL_LO12_S: lowerOfStore,
}

/** Those that rewrite the instruction itself. */
const whole = /^R_RISCV_TLSDESC/

function layoutOf(name: string): Layout {
  const known = layouts[name]
  if (known !== undefined) return known
  if (whole.test(name)) return word(32)
  if (name.includes('PCREL') || name === 'R_RISCV_PLT32' || name === 'NegDelta32') return word(32)
  return word(Number(/(\d+)$/.exec(name)?.[1]))
}

/** What the field holds, and what it should hold. */
export function fieldOf(
  name: string,
  bytes: Uint8Array,
  at: number,
  value: number,
): { readonly found: bigint; readonly expected: bigint } {
  const { bits, roundsUp, signed } = layoutOf(name)
  if (whole.test(name)) {
    const instruction = BigInt(new DataView(bytes.buffer).getUint32(at, true))
    return { found: instruction, expected: BigInt(descriptor(name, value)) }
  }
  let found = 0n
  let mask = 0n
  for (const [bitOfValue, bit] of bits) {
    const set = ((bytes[at + (bit >> 3)] ?? 0) >> (bit & 7)) & 1
    found |= BigInt(set) << BigInt(bitOfValue)
    mask |= 1n << BigInt(bitOfValue)
  }
  const wanted = name.includes('_SUB') ? -BigInt(value) : BigInt(value)
  const expected = (wanted + (roundsUp ? 0x800n : 0n)) & mask
  // A signed field is wide enough for every value that fits: but for bit 0 nothing of it is lost.
  if (signed) return { found: BigInt.asIntN(Math.max(...bits.keys()) + 1, found), expected: wanted }
  return { found, expected }
}

/** nop, nop, lui a0, addi a0; short offsets need only the last. */
function descriptor(name: string, value: number): number {
  const isShort = value >= -0x800 && value <= 0x7ff
  const low = (((value & 0xfff) << 20) | (isShort ? 0x513 : 0x50513)) >>> 0
  if (name === 'R_RISCV_TLSDESC_CALL') return low
  if (name !== 'R_RISCV_TLSDESC_ADD_LO12' || isShort) return 0x13
  return (((value + 0x800) & 0xffff_f000) | 0x537) >>> 0
}

/** `bit`: from the first bit of the field's first byte. */
export function isFieldOf(name: string, bit: number): boolean {
  // c.lui of 0 becomes c.li.
  if (name === 'R_RISCV_RVC_LUI' && bit === 13) return true
  if (layouts[name] === call && bit >= 52 && bit < 64) return true
  return new Set(layoutOf(name).bits.values()).has(bit)
}
