// Random bytes as code, on a hart of a small machine: whatever they are, the hart stops with a trap or for want of fuel, and
// nothing is changed that its pages do not let it change.
import type { Hart, HartStop, Xlen } from '@worc/riscv'
import { fullIsa, instructionsOf } from '@worc/riscv'
import { seeded } from '../../executor-memory/claims-under-test.js'
import { openMachine } from '../../riscv/machine.js'
import type { Machine } from '../../riscv/machine.js'
import { valueOf } from '@worc/protocol'
import { claim } from '../../executor-memory/claims-under-test.js'

const page = 0x1000
const fuel = 20_000n

/** What was wrong; empty where all is well. */
export function runRandomCode(seed: number): readonly string[] {
  const random = seeded(seed)
  const xlen: Xlen = random(2) === 0 ? 32 : 64
  const machine = openMachine()
  const hart = machine.hart(xlen, 0, { environmentCall: () => (random(8) === 0 ? 'halt' : 'resume') })
  const code = bytesOfCode(random, xlen, 2 * page)
  const reservation = valueOf(machine.mapper.reserve(6 * page, 16, claim()))
  const constants = bytesOfCode(random, xlen, page)
  valueOf(
    machine.mapper.initialize(reservation, [
      { offsetBytes: 0, prot: 'rx', content: code, zeroFillBytes: 0 },
      { offsetBytes: 2 * page, prot: 'rw', content: new Uint8Array(), zeroFillBytes: page },
      { offsetBytes: 3 * page, prot: 'r', content: constants, zeroFillBytes: 0 },
    ]),
  )
  setRegisters(hart, random, reservation.address, 6 * page)
  const house = sum(machine, 0x2000, machine.pages.place.address + 0x2_0000)
  const problems: string[] = []
  for (let entry = 0; entry < 8; entry++) {
    hart.registers.pc = BigInt(reservation.address + random(2 * page))
    const retired = hart.registers.retired
    const stop = hart.run(fuel)
    problems.push(...problemsOf(stop, hart.registers.retired - retired))
  }
  const bytes = machine.guest.bytes()
  const holds = (offset: number, expected: Uint8Array): boolean =>
    expected.every((byte, index) => bytes[reservation.address + offset + index] === byte)
  if (!holds(0, code)) problems.push('code was changed')
  if (!holds(3 * page, constants)) problems.push('a page that can only be read was changed')
  if (!holds(4 * page, new Uint8Array(2 * page))) problems.push('a page that is not mapped was changed')
  if (sum(machine, 0x2000, machine.pages.place.address + 0x2_0000) !== house)
    problems.push('the page table was changed')
  if (hart.registers.x(0) !== 0n) problems.push(`x0 is ${hart.registers.x(0)}`)
  return problems
}

function problemsOf(stop: HartStop, retired: bigint): readonly string[] {
  if (retired > fuel) return [`${retired} instructions for a fuel of ${fuel}`]
  return stop.kind === 'returned' ? ['returned from a call that nobody made'] : []
}

/** Bytes as they come, or words that are instructions as to their fixed bits. */
function bytesOfCode(random: (limit: number) => number, xlen: Xlen, sizeBytes: number): Uint8Array {
  const rows = instructionsOf(fullIsa(xlen))
  const view = new DataView(new ArrayBuffer(sizeBytes))
  const isPlain = random(4) === 0
  for (let at = 0; at + 4 <= sizeBytes;) {
    const row = isPlain ? undefined : rows[random(rows.length)]
    const word = random(2 ** 32)
    if (row === undefined) view.setUint32(at, word, true)
    else view.setUint32(at, ((word & ~row.mask) | row.match) >>> 0, true)
    at += row?.lengthBytes ?? 4
  }
  return new Uint8Array(view.buffer)
}

/** Many point into what is mapped, or near it. */
function setRegisters(hart: Hart, random: (limit: number) => number, address: number, sizeBytes: number): void {
  for (let number = 1; number < 32; number++) {
    const pointer = BigInt(address + random(sizeBytes))
    const any = (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))
    hart.registers.setX(number, random(4) === 0 ? any : pointer)
    hart.registers.setF(number, random(2) === 0 ? any : any | 0xffff_ffff_0000_0000n)
  }
}

function sum(machine: Machine, start: number, end: number): number {
  return new Int32Array(machine.memory.buffer, start, (end - start) / 4).reduce(
    (hash, word) => Math.imul(hash ^ word, 31),
    7,
  )
}
