// Rows of the session's messages, and of `compile`.
import type { GeneratorId, LeaseId, ResponsibilityId, TrackerId } from '../ids.js'
import type { Initializer } from '../session-messages.js'
import { error } from './error-schema.js'
import {
  address,
  compiledObject,
  compilerFlags,
  definition,
  dependenceGroup,
  dylib,
  flagsEntries,
  language,
  lookupDefinition,
  lookupKind,
  lookupSet,
  matchKind,
  name,
  names,
  namesByDylib,
  payload,
  requiredState,
  searchOrder,
  searchOrderEntry,
  unitDescription,
  unitSource,
} from './parts.js'
import { wireLimits } from './limits.js'
import { record, tuple } from './record.js'
import type { Schema } from './schema.js'
import { boolean, choice, list, nothing, nullable, optional, prose, reference, u32, u53 } from './schema.js'
import type { GatewayType } from './gateway-rows.js'
import type { WireReplies, WireRows, WireType } from './table.js'

const client = 'client'
const server = 'server'

const responsibility = reference<ResponsibilityId>('responsibility', 'use')
const finished = reference<ResponsibilityId>('responsibility', 'end')
const tracker = reference<TrackerId>('tracker', 'use')
const wait: Schema<'retired' | 'reclaimed'> = choice<'retired' | 'reclaimed'>('retired', 'reclaimed')
const maybeTracker = nullable(tracker)
const search = { kind: lookupKind, searchOrder, symbols: lookupSet }
const asker = { onBehalfOf: optional(responsibility), within: optional(reference<GeneratorId>('generator', 'use')) }

export const sessionRows: WireRows<Exclude<WireType, GatewayType>> = {
  // Dylibs
  createJITDylib: { from: client, fields: { name, bare: boolean }, reply: dylib('own') },
  getJITDylibByName: { from: client, fields: { name }, reply: nullable(dylib('use')) },
  removeJITDylibs: { from: client, fields: { dylibs: list(dylib('own')) }, reply: nothing },
  endSession: { from: client, fields: {}, reply: nothing },
  define: {
    from: client,
    fields: { dylib: dylib('own'), tracker: maybeTracker, unit: unitDescription },
    attachments: true,
    reply: nothing,
  },
  removeSymbols: { from: client, fields: { dylib: dylib('own'), names }, reply: nothing },
  resetSymbols: { from: client, fields: { dylib: dylib('own'), names: nullable(names) }, reply: nothing },
  clear: { from: client, fields: { dylib: dylib('own') }, reply: nothing },
  setLinkOrder: {
    from: client,
    fields: { dylib: dylib('own'), order: searchOrder, selfFirst: boolean },
    reply: nothing,
  },
  addToLinkOrder: { from: client, fields: { dylib: dylib('own'), entries: searchOrder }, reply: nothing },
  replaceInLinkOrder: {
    from: client,
    fields: { dylib: dylib('own'), from: dylib('use'), to: searchOrderEntry },
    reply: nothing,
  },
  removeFromLinkOrder: { from: client, fields: { dylib: dylib('own'), entry: dylib('use') }, reply: nothing },
  linkOrder: {
    from: client,
    fields: { dylib: dylib('use') },
    reply: list(tuple<WireReplies['linkOrder'][number]>([dylib('use'), matchKind, name], ['dylib', 'match', 'name'])),
  },
  dfsLinkOrder: {
    from: client,
    fields: { dylibs: list(dylib('use')), reverse: boolean },
    reply: list(tuple<WireReplies['dfsLinkOrder'][number]>([dylib('use'), name], ['dylib', 'name'])),
  },
  addGenerator: {
    from: client,
    fields: {
      dylib: dylib('own'),
      generator: reference('generator', 'make'),
      kind: choice<'archive' | 'user'>('archive', 'user'),
      tracker: maybeTracker,
    },
    attachments: true,
    reply: nothing,
  },
  addReexportsGenerator: {
    from: client,
    fields: {
      dylib: dylib('own'),
      generator: reference('generator', 'make'),
      from: searchOrderEntry,
      filtered: boolean,
      tracker: maybeTracker,
    },
    reply: nothing,
  },
  removeGenerator: {
    from: client,
    fields: { dylib: dylib('own'), generator: reference('generator', 'use') },
    reply: nothing,
  },

  // Trackers
  createResourceTracker: { from: client, fields: { tracker: reference('tracker', 'make'), dylib: dylib('own') } },
  dropResourceTracker: { from: client, fields: { tracker: reference('tracker', 'end') } },
  retainTracker: { from: client, fields: { tracker, token: u53 } },
  adoptTracker: { from: client, fields: { tracker: reference('tracker', 'make'), token: u53 }, reply: dylib('own') },
  removeTracker: { from: client, fields: { tracker, wait }, reply: nothing },
  transferTo: { from: client, fields: { source: tracker, destination: tracker }, reply: nothing },
  isDefunct: { from: client, fields: { tracker }, reply: boolean },
  keyUnsafe: { from: client, fields: { tracker }, reply: reference('key', 'use') },
  claimTrackerKey: {
    from: client,
    fields: { tracker },
    reply: record<WireReplies['claimTrackerKey']>({ key: reference('key', 'use'), lease: reference('lease', 'use') }),
  },
  releaseLease: { from: client, fields: { lease: reference('lease', 'end') } },

  // Lookups
  lookup: {
    from: client,
    fields: { ...search, requiredState, ...asker, silent: optional(boolean) },
    reply: list(lookupDefinition),
  },
  lookupFlags: { from: client, fields: { ...search, ...asker }, reply: flagsEntries },
  cancelAsk: { from: client, fields: { ask: u53, error } },
  dependenciesRegistered: { from: server, fields: { ask: u53, pending: namesByDylib } },

  // Materialization
  materialize: {
    from: server,
    fields: {
      responsibility,
      dylib: dylib('use'),
      dylibName: name,
      unit: reference('unit', 'use'),
      name,
      symbols: flagsEntries,
      initSymbol: nullable(name),
      source: unitSource,
      searchOrder,
      key: reference('key', 'use'),
    },
  },
  discard: { from: server, fields: { unit: reference('unit', 'use'), dylib: dylib('use'), name } },
  destroyUnit: { from: server, fields: { unit: reference('unit', 'end') } },
  requestedSymbols: { from: client, fields: { responsibility }, reply: names },
  claimResourceKey: {
    from: client,
    fields: { responsibility, recorded: boolean },
    reply: record<WireReplies['claimResourceKey']>({
      key: reference('key', 'use'),
      lease: nullable(reference<LeaseId>('lease', 'use')),
    }),
  },
  notifyResolved: { from: client, fields: { responsibility, definitions: list(definition) }, reply: nothing },
  notifyEmitted: {
    from: client,
    fields: {
      responsibility,
      groups: list(dependenceGroup),
      initializers: list(record<Initializer>({ priority: u32, function: address })),
    },
    reply: nothing,
  },
  defineMaterializing: { from: client, fields: { responsibility, symbols: flagsEntries }, reply: names },
  delegate: { from: client, fields: { responsibility, names }, reply: reference('responsibility', 'use') },
  replace: {
    from: client,
    fields: { responsibility, unit: unitDescription },
    attachments: true,
    reply: nothing,
  },
  emit: { from: client, fields: { responsibility, source: unitSource }, attachments: true, reply: nothing },
  failMaterialization: { from: client, fields: { responsibility, cause: nullable(error) }, reply: nothing },
  responsibilityDropped: { from: client, fields: { responsibility: finished, cause: nullable(error) } },
  generate: {
    from: server,
    fields: { generator: reference('generator', 'use'), dylib: dylib('use'), kind: lookupKind, names: lookupSet },
    reply: record<WireReplies['generate']>({ units: list(unitDescription) }),
    replyAttachments: true,
  },
  filterReexports: {
    from: server,
    fields: { generator: reference('generator', 'use'), dylib: dylib('use'), names },
    reply: names,
  },

  // Resource managers
  registerResourceManager: { from: client, fields: { manager: reference('manager', 'make') }, reply: nothing },
  deregisterResourceManager: { from: client, fields: { manager: reference('manager', 'use') }, reply: nothing },
  handleRemoveResources: {
    from: server,
    fields: { manager: reference('manager', 'use'), dylib: dylib('use'), key: reference('key', 'use') },
    reply: record<WireReplies['handleRemoveResources']>({ reclaimLater: boolean }),
  },
  handleTransferResources: {
    from: server,
    fields: {
      manager: reference('manager', 'use'),
      dylib: dylib('use'),
      destination: reference('key', 'use'),
      source: reference('key', 'use'),
    },
  },
  resourcesReclaimed: { from: client, fields: { manager: reference('manager', 'use'), key: reference('key', 'use') } },

  // The session as a whole
  errorReported: { from: server, fields: { error } },
  drain: { from: client, fields: {}, reply: nothing },
  dump: { from: client, fields: {}, reply: prose(wireLimits.textBytes) },
  verify: { from: client, fields: {}, reply: nothing },
  sessionStats: {
    from: client,
    fields: {},
    reply: record<WireReplies['sessionStats']>({
      symbols: u53,
      units: u53,
      trackers: u53,
      dylibs: u53,
      responsibilities: u53,
      queries: u53,
      clients: u53,
    }),
  },
  compile: {
    from: client,
    fields: { language, name, payload, flags: compilerFlags, directory: name },
    attachments: true,
    reply: compiledObject,
    replyAttachments: true,
  },
}
