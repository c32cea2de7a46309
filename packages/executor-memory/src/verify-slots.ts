// What must hold in a slot arena between two edits, as sentences. Called with the lock held.
import { recordState, recordWord } from './arena-record.js'
import type { ClaimLedger } from './claim-ledger.js'
import type { Journal } from './journal.js'
import type { SignatureId } from './signature-log.js'
import { functionSlot } from './slot-table.js'
import type { SlotTable } from './slot-table.js'
import { verifyClaims } from './verify-claims.js'

export function verifySlots(
  journal: Journal,
  signatures: number,
  table: SlotTable,
  ledger: ClaimLedger,
): readonly string[] {
  const broken: string[] = []
  for (let id = 1; id <= signatures; id++) broken.push(...verifySignature(journal, id as SignatureId, table))
  return [...broken, ...verifyClaims(journal, ledger, () => 1)]
}

function verifySignature(journal: Journal, signature: SignatureId, table: SlotTable): string[] {
  const broken: string[] = []
  const queued = new Set<number>()
  let last = 0
  for (const record of table.queueOf(signature)) {
    if (queued.has(record)) return [`a free slot of signature ${signature} is queued twice`]
    queued.add(record)
    last = record
  }
  if (table.tailOf(signature) !== last) broken.push(`the queue of signature ${signature} has another tail`)
  if (table.waitingOf(signature) !== queued.size)
    broken.push(
      `signature ${signature} is said to have ${table.waitingOf(signature)} waiting slots, and has ${queued.size}`,
    )
  let claimed = 0
  for (let local = 0; local < table.freshOf(signature); local++) {
    const slot = functionSlot(signature, local)
    const record = table.recordOf(slot) ?? 0
    const state = journal.load(record + recordWord.state)
    if (table.slotOf(record) !== slot) broken.push(`slot ${local} of signature ${signature} has another's record`)
    if (state === recordState.unused) broken.push(`slot ${local} of signature ${signature} was given out and is unused`)
    if ((state === recordState.free) !== queued.has(record))
      broken.push(
        `slot ${local} of signature ${signature} is ${queued.has(record) ? 'queued and not free' : 'free and not queued'}`,
      )
    if (state >= recordState.inFlight) claimed++
  }
  if (claimed !== table.claimedOf(signature))
    broken.push(
      `signature ${signature} is said to have ${table.claimedOf(signature)} claimed slots, and has ${claimed}`,
    )
  return broken
}
