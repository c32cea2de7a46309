// All of a session's state. One turn at a time reads and writes it, from message to effects, so nothing in it is ever
// seen half changed; nothing outside this package writes it. What a turn leaves to be done at its own end stands last.
import type {
  AskId,
  Attachment,
  ClientId,
  Expected,
  JITDylibId,
  JITErrorData,
  LeaseId,
  ResourceKey,
  ResponsibilityId,
  SearchOrderEntry,
  SessionEvent,
  TrackerId,
} from '@worc/protocol'
import type { PendingAsk } from './asks.js'
import type { Chain } from './chain.js'

import type { ClientRole, Effect } from './effects.js'
import { noAttachments } from './effects.js'
import type { DefinitionGenerator, WaitingGeneration } from './generators.js'
import type { Initialization } from './initializers.js'
import { createInitialization } from './initializers.js'
import type { JITDylib } from './jit-dylib.js'
import { NumberedTable } from './numbered-table.js'
import type { OutgoingAsk } from './outgoing-asks.js'
import type { OwnStep } from './own-work.js'
import type { ParkedStream } from './parked-streams.js'
import type { Lease } from './leases.js'
import type { ResourceManager } from './resource-managers.js'
import type { ResourceTracker } from './resource-tracker.js'
import type { MaterializationResponsibility } from './responsibility.js'
import type { Removal } from './removal.js'
import type { Handle, RetainToken } from './tracker-handles.js'

export interface SessionOptions {
  /** Messages that may wait behind one that names a tracker nobody has announced yet; past it, that one is refused. */
  readonly maximumParkedMessages?: number
}

export interface Client {
  readonly id: ClientId
  readonly role: ClientRole
  connected: boolean
  /** How far the client's sequence of trackers has come. */
  lastTracker: number
  /** In the order it came by them. */
  readonly handles: Chain<Handle>
  readonly tokens: Set<RetainToken>
  readonly leases: NumberedTable<LeaseId, Lease>
  readonly asks: NumberedTable<AskId, PendingAsk>
  /** Responsibilities it holds, and asks of the session that it has not answered. */
  load: number
  /**
   * Responsibilities whose tracker or dylib was removed under the client, until it ends them; the oldest are forgotten.
   */
  readonly refused: Map<ResponsibilityId, JITErrorData>
  readonly generators: Set<DefinitionGenerator>
  parked: ParkedStream | null
  /** Clients whose streams are parked until this one's comes further. */
  readonly followers: Set<Client>
}

/** The actors of one role, and what waits for there to be one. */
export interface Layer {
  readonly actors: Client[]
  readonly waiting: Set<MaterializationResponsibility>
  readonly waitingGenerations: WaitingGeneration[]
}

export interface SessionState {
  readonly maximumParkedMessages: number
  phase: 'open' | 'ending' | 'ended'
  effects: Effect[]
  readonly clients: Map<ClientId, Client>
  readonly layers: Readonly<Record<'link' | 'compile', Layer>>
  /** Open and closing ones, in order of creation. */
  readonly dylibs: Map<JITDylibId, JITDylib>
  /** Open ones. */
  readonly dylibsByName: Map<string, JITDylib>
  defaultLinkOrder: readonly SearchOrderEntry[]
  /** Trackers that somebody holds a handle of, defunct ones too. */
  readonly trackers: NumberedTable<TrackerId, ResourceTracker>
  /** In order of registration. */
  managers: readonly ResourceManager[]
  readonly responsibilities: NumberedTable<ResponsibilityId, MaterializationResponsibility>
  /** Removals whose resources are not all reclaimed. */
  readonly removals: NumberedTable<ResourceKey, Removal>
  readonly outgoing: NumberedTable<number, OutgoingAsk>
  readonly initialization: Initialization
  readonly drains: PendingAsk[]
  readonly endings: PendingAsk[]
  readonly counts: {
    symbols: number
    units: number
    queries: number
    /** Responsibilities that link and compile actors work on. */
    atWork: number
  }
  /** The last number given out of each kind; none is given twice. */
  readonly last: {
    dylib: number
    key: number
    unitOrder: number
    responsibility: number
    lease: number
    token: number
    run: number
    naming: number
  }
  /** What the session itself has to do, before the turn ends. */
  readonly ownWork: OwnStep[]
  /** Clients whose streams came further while others wait for that. */
  readonly awakened: Client[]
}

export function createSessionState(options: SessionOptions = {}): SessionState {
  return {
    maximumParkedMessages: options.maximumParkedMessages ?? 10_000,
    phase: 'open',
    effects: [],
    clients: new Map(),
    layers: { link: createLayer(), compile: createLayer() },
    dylibs: new Map(),
    dylibsByName: new Map(),
    defaultLinkOrder: [],
    trackers: new NumberedTable(),
    managers: [],
    responsibilities: new NumberedTable(),
    removals: new NumberedTable(),
    outgoing: new NumberedTable(),
    initialization: createInitialization(),
    drains: [],
    endings: [],
    counts: { symbols: 0, units: 0, queries: 0, atWork: 0 },
    last: { dylib: 0, key: 0, unitOrder: 0, responsibility: 0, lease: 0, token: 0, run: 0, naming: 0 },
    ownWork: [],
    awakened: [],
  }
}

function createLayer(): Layer {
  return { actors: [], waiting: new Set(), waitingGenerations: [] }
}

export function layers(state: SessionState): readonly Layer[] {
  return [state.layers.link, state.layers.compile]
}

/**
 * Dylibs that later dylibs, unless created bare, have at the end of their link orders: the C library, the host's
 * functions.
 */
export function setDefaultLinkOrder(state: SessionState, order: readonly SearchOrderEntry[]): void {
  state.defaultLinkOrder = order
}

export function send(
  state: SessionState,
  to: Client,
  message: SessionEvent,
  attachments: readonly Attachment[] = noAttachments,
): void {
  if (to.connected) addEffect(state, { type: 'send', to: to.id, message, attachments })
}

export function reply(state: SessionState, to: Client, ask: AskId, result: Expected<unknown>): void {
  if (to.connected) addEffect(state, { type: 'reply', to: to.id, ask, result })
}

/** Most turns have one or two: an array made for so many takes a fraction of the memory of one that has grown. */
export function addEffect(state: SessionState, effect: Effect): void {
  const [first, second] = state.effects
  if (first === undefined) state.effects = [effect]
  else if (second === undefined) state.effects = [first, effect]
  else state.effects.push(effect)
}
