/*
 * poll_oneoff: select, poll and nanosleep of wasi-libc end here. Files, outputs and known input are ready at once;
 * what can be waited for is the earliest clock and the input pipe, and at most one thread-blocking wait covers both.
 */
import { EVENT, EVENTRW, EVENTTYPE, SUBCLOCK, SUBSCRIPTION, rights } from './abi.js'
import { clockOf } from './clocks.js'
import type { Clocks } from './clocks.js'
import type { DescriptorTable } from './descriptors.js'
import { ERRNO, answering, errnoOfThrown, refuse } from './errno.js'
import { readableBytes } from './file-io.js'
import type { GuestMemory } from './guest-memory.js'
import type { InputStream } from './stdin.js'
import { sleepNs, waitMs } from './waiting.js'
import type { WasiImports } from './wasi-imports.js'

interface Event {
  readonly userdata: bigint
  readonly type: number
  readonly errno: number
  readonly sizeBytes: bigint
  readonly hangup: boolean
}

/** A subscription as the guest's memory had it when the call began. */
type Subscription = { readonly userdata: bigint; readonly type: number } & (
  | { readonly kind: 'clock'; readonly dueInNs: bigint }
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'refused'; readonly errno: number }
)

export function pollCalls(
  memory: GuestMemory,
  descriptors: DescriptorTable,
  clocks: Clocks,
): Pick<WasiImports, 'poll_oneoff'> {
  return {
    poll_oneoff: answering((subscriptionsAt, eventsAt, count, eventCountAt) => {
      const subscriptionCount = count >>> 0
      if (subscriptionCount === 0) refuse('EINVAL')
      const table = memory.structure(subscriptionsAt, subscriptionCount * SUBSCRIPTION.sizeBytes)
      memory.requireRange(eventsAt, subscriptionCount * EVENT.sizeBytes)
      memory.requireRange(eventCountAt, 4)
      const subscriptions = Array.from({ length: subscriptionCount }, (_, index) =>
        readSubscription(new DataView(table.buffer, table.byteOffset + index * SUBSCRIPTION.sizeBytes), clocks),
      )
      const events = waitForEvents(subscriptions, descriptors)
      events.forEach((event, index) => {
        writeEvent(memory.structure(eventsAt + index * EVENT.sizeBytes, EVENT.sizeBytes), event)
      })
      memory.writeU32(eventCountAt, events.length)
    }),
  }
}

function waitForEvents(subscriptions: readonly Subscription[], descriptors: DescriptorTable): Event[] {
  const startNs = process.hrtime.bigint()
  for (;;) {
    const elapsedNs = process.hrtime.bigint() - startNs
    const events = subscriptions.flatMap((subscription) => eventOf(subscription, elapsedNs, descriptors) ?? [])
    if (events.length > 0) return events
    const dueInNs = earliestDueInNs(subscriptions)
    const input = subscriptions.flatMap((subscription) => awaitedInput(subscription, descriptors) ?? [])[0]
    if (input !== undefined) input.wait(dueInNs === undefined ? Infinity : waitMs(dueInNs - elapsedNs))
    else if (dueInNs !== undefined) sleepNs(dueInNs - elapsedNs)
  }
}

/** The event a subscription yields at this moment; undefined when it has to wait. */
function eventOf(subscription: Subscription, elapsedNs: bigint, descriptors: DescriptorTable): Event | undefined {
  const { userdata, type } = subscription
  const event = { userdata, type, errno: ERRNO.SUCCESS, sizeBytes: 0n, hangup: false }
  switch (subscription.kind) {
    case 'refused':
      return { ...event, errno: subscription.errno }
    case 'clock':
      return elapsedNs >= subscription.dueInNs ? event : undefined
    case 'descriptor':
      try {
        const readiness = readinessOf(subscription.fd, type, descriptors)
        return readiness && { ...event, ...readiness }
      } catch (thrown) {
        const errno = errnoOfThrown(thrown)
        if (errno === undefined) throw thrown
        return { ...event, errno }
      }
  }
}

/** What an event says of a descriptor that is ready; undefined when it is not. Refuses as the descriptor table does. */
function readinessOf(
  fd: number,
  type: number,
  descriptors: DescriptorTable,
): { readonly sizeBytes: bigint; readonly hangup: boolean } | undefined {
  const isRead = type === EVENTTYPE.fdRead
  const descriptor = descriptors.get(fd, rights('poll_fd_readwrite', isRead ? 'fd_read' : 'fd_write'))
  if (descriptor.kind === 'input') {
    const { ready, sizeBytes, ended } = descriptor.stream.readiness()
    return ready ? { sizeBytes: BigInt(sizeBytes), hangup: ended && sizeBytes === 0 } : undefined
  }
  if (descriptor.kind === 'file' && isRead) return { sizeBytes: readableBytes(descriptor), hangup: false }
  return { sizeBytes: 0n, hangup: false }
}

function awaitedInput(subscription: Subscription, descriptors: DescriptorTable): InputStream | undefined {
  if (subscription.kind !== 'descriptor') return undefined
  const descriptor = descriptors.get(subscription.fd)
  return descriptor.kind === 'input' ? descriptor.stream : undefined
}

function earliestDueInNs(subscriptions: readonly Subscription[]): bigint | undefined {
  const due = subscriptions.flatMap((subscription) => (subscription.kind === 'clock' ? [subscription.dueInNs] : []))
  return due.reduce<bigint | undefined>(
    (earliest, dueInNs) => (earliest === undefined || dueInNs < earliest ? dueInNs : earliest),
    undefined,
  )
}

function readSubscription(at: DataView, clocks: Clocks): Subscription {
  const userdata = at.getBigUint64(SUBSCRIPTION.userdata, true)
  const type = at.getUint8(SUBSCRIPTION.type)
  const told = { userdata, type }
  if (type === EVENTTYPE.fdRead || type === EVENTTYPE.fdWrite) {
    return { ...told, kind: 'descriptor', fd: at.getUint32(SUBSCRIPTION.fd, true) }
  }
  const clock = type === EVENTTYPE.clock ? clockOf(clocks, at.getUint32(SUBSCRIPTION.clockId, true)) : undefined
  if (clock === undefined) return { ...told, kind: 'refused', errno: ERRNO.EINVAL }
  const timeoutNs = at.getBigUint64(SUBSCRIPTION.clockTimeout, true)
  const isAbsolute = (at.getUint16(SUBSCRIPTION.clockFlags, true) & SUBCLOCK.abstime) !== 0
  return { ...told, kind: 'clock', dueInNs: isAbsolute ? timeoutNs - clock.now() : timeoutNs }
}

function writeEvent(at: DataView, event: Event): void {
  at.setBigUint64(EVENT.userdata, event.userdata, true)
  at.setUint16(EVENT.error, event.errno, true)
  at.setUint8(EVENT.type, event.type)
  at.setBigUint64(EVENT.nbytes, event.sizeBytes, true)
  at.setUint16(EVENT.rwflags, event.hangup ? EVENTRW.hangup : 0, true)
}
