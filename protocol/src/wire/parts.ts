// Schemas of what several messages have in common: definitions, flags, orders of search, units.

import type { CompiledObject, HouseReplies } from '../house-messages.js'
import type { JITDylibId } from '../ids.js'
import type {
  Definition,
  DependenceGroup,
  FlagsEntry,
  LookupDefinition,
  LookupSetEntry,
  PayloadRange,
  SearchOrderEntry,
  UnitDescription,
  UnitSource,
} from '../session-messages.js'
import type { LookupKind, MatchKind, RequiredState } from '../symbol-flags.js'
import { wireLimits } from './limits.js'
import { record, stays, tuple, variants } from './record.js'
import type { Claim } from './references.js'
import type { NamedSchema, Schema } from './schema.js'
import { boolean, choice, idNumber, list, named, nullable, prose, reference, string, u32, u53 } from './schema.js'

export const name: Schema<string> = string()
export const names: Schema<readonly string[]> = list(name)
export const signature: Schema<string> = string(1024)
const flags: Schema<number> = u32
export const address: Schema<number> = u53
export const matchKind: Schema<MatchKind> = choice<MatchKind>('exported', 'all')
export const lookupKind: Schema<LookupKind> = choice<LookupKind>('static', 'dlsym')
export const requiredState: Schema<RequiredState> = choice<RequiredState>('resolved', 'emitted', 'ready')

export function dylib(claim: Claim): Schema<JITDylibId> {
  return reference<JITDylibId>('dylib', claim)
}

export const flagsEntry: NamedSchema<FlagsEntry> = named(
  'Flags',
  tuple<FlagsEntry>([name, flags, signature], ['name', 'flags', 'signature'], 1),
)
export const flagsEntries: Schema<readonly FlagsEntry[]> = list(flagsEntry)
export const searchOrderEntry: NamedSchema<SearchOrderEntry> = named(
  'SearchOrderEntry',
  tuple<SearchOrderEntry>([dylib('use'), matchKind], ['dylib', 'match']),
)
export const searchOrder: Schema<readonly SearchOrderEntry[]> = list(searchOrderEntry, 4096)
export const lookupSet: Schema<readonly LookupSetEntry[]> = list(
  tuple<LookupSetEntry>([name, boolean], ['name', 'required']),
)
export const definition: NamedSchema<Definition> = named(
  'Definition',
  tuple<Definition>([name, address, flags], ['name', 'address', 'flags']),
)
export const lookupDefinition: Schema<LookupDefinition> = record<LookupDefinition>({
  name,
  dylib: dylib('use'),
  address,
  flags,
})
export const namesByDylib: Schema<readonly (readonly [JITDylibId, readonly string[]])[]> = list(
  tuple<readonly [JITDylibId, readonly string[]]>([dylib('use'), names], ['dylib', 'names']),
)
export const dependenceGroup: NamedSchema<DependenceGroup> = named(
  'DependenceGroup',
  record<DependenceGroup>({
    symbols: names,
    dependencies: namesByDylib,
  }),
)

export const payload: NamedSchema<PayloadRange> = named(
  'Payload',
  record<PayloadRange>({ attachment: u32, offsetBytes: u53, sizeBytes: u53 }),
)
export const language: Schema<'c' | 'c++'> = choice<'c' | 'c++'>('c', 'c++')
export const compilerFlags: Schema<readonly string[]> = list(name, 1024)

/** Functions of JavaScript are closures of a thread, or modules of the server's: neither is a client's of another process. */
export const unitSource: NamedSchema<UnitSource> = named(
  'Source',
  variants<UnitSource>({
    absolute: { definitions: list(definition) },
    object: { payload },
    source: { language, payload, flags: compilerFlags, directory: name },
    aliases: { from: nullable(searchOrderEntry), aliasees: names },
    lazyObject: { payload },
    bodies: { payload, bodies: list(tuple<readonly [string, string]>([name, name], ['name', 'body'])) },
    lazyReexports: {
      from: dylib('use'),
      aliases: list(
        tuple<readonly [string, string, string | null]>(
          [name, name, nullable(signature)],
          ['name', 'aliasee', 'signature'],
        ),
      ),
    },
    host: stays,
    user: {},
  }),
)

/** A client that describes a unit has made it. */
export const unitDescription: NamedSchema<UnitDescription> = named(
  'Unit',
  record<UnitDescription>({
    unit: reference('unit', 'make'),
    name,
    symbols: flagsEntries,
    initSymbol: nullable(name),
    source: unitSource,
  }),
)

export const compiledObject: NamedSchema<CompiledObject> = named(
  'CompiledObject',
  record<CompiledObject>({
    sizeBytes: u53,
    symbols: flagsEntries,
    hasInitializers: boolean,
    diagnostics: prose(wireLimits.textBytes),
    cached: boolean,
  }),
)

export const joined: Schema<HouseReplies['join']> = record<HouseReplies['join']>({
  client: idNumber<HouseReplies['join']['client']>(),
  main: nullable(dylib('own')),
  executors: u32,
  config: record<HouseReplies['join']['config']>({
    sessionName: name,
    inlineThread: nullable(u32),
    collect: choice<HouseReplies['join']['config']['collect']>('own-workers', 'all-threads', 'never'),
  }),
})
