// The target `instructions`: round by round another instruction of either XLEN, with all pairs of telling values and some that
// the seed says, on a hart and in qemu. After as many rounds as there are instructions all of them have been tried.
import { fullIsa, instructionsOf } from '@worc/riscv'
import type { Instruction, Xlen } from '@worc/riscv'
import { missingTools, outputOfQemu } from '../../riscv/qemu.js'
import { runProgram } from '../../riscv/hart.js'
import type { Campaign, Failure, Summary } from '../campaign.js'
import { instructionProgram } from './instruction-program.js'

interface Tried {
  readonly row: Instruction
  readonly xlen: Xlen
}

export const triedInstructions: readonly Tried[] = ([64, 32] as const).flatMap((xlen) =>
  instructionsOf(fullIsa(xlen)).map((row) => ({ row, xlen })),
)

const fuel = 100_000_000n

export async function instructions({ firstSeed, rounds, signal, progress, found }: Campaign): Promise<Summary> {
  const missing = missingTools()
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not installed: there is nothing to compare with`)
  let [failures, played, bytes] = [0, 0, 0]
  const names = new Set<string>()
  for (; played < rounds && !signal.aborted; played++) {
    const seed = firstSeed + played
    const tried = triedInstructions[seed % triedInstructions.length]
    if (tried === undefined) break
    const name = `${tried.row.name} of RV${tried.xlen}`
    const outcome = compare(tried, seed)
    if (typeof outcome === 'number') bytes += outcome
    else {
      failures++
      found(outcome)
    }
    if (outcome !== 0) names.add(name)
    progress(`round ${played + 1} of ${rounds}, ${name}, ${failures} failed`)
    // Whoever wants to stop has to be heard.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const checked = `${names.size} instructions compared with qemu, ${bytes} bytes of results`
  return { rounds: played, failures, checked, outcomes: [] }
}

/** How many bytes were the same; 0 for an instruction that only traps. */
function compare({ row, xlen }: Tried, seed: number): Failure | number {
  const program = instructionProgram(row, xlen, seed)
  if (program === undefined) return 0
  const mine = runProgram(program, xlen, fuel)
  const theirs = outputOfQemu(program, xlen)
  if (mine.exitCode === 0 && mine.output.equals(theirs)) return theirs.length
  const at = mine.output.findIndex((byte, index) => byte !== theirs[index])
  const how = mine.exitCode === 0 ? `differs at byte ${at}` : `trap ${mine.cause} at 0x${mine.pc.toString(16)}`
  const problems = [`${row.name} of RV${xlen}: ${how}, ${mine.output.length} bytes written, qemu ${theirs.length}`]
  return { target: 'instructions', seed, problems, circumstances: { xlen, instruction: row.name, program } }
}
