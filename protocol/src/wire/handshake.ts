// The first batch of each direction, on every socket: who the client is, by a token that only it can know, or that it goes on with
// a connection which another socket had; and who serves. They have no numbers: their batches begin with 0, and say as
// `acknowledged` how far each end has heard the other on the sockets before.
import type { ClientId, JITDylibId } from '../ids.js'
import type { Expected } from '../expected.js'
import { failure, success } from '../expected.js'
import type { TargetName } from '../target.js'
import { frameKinds } from './batch.js'
import { error } from './error-schema.js'
import { wireVersion } from './limits.js'
import { name } from './parts.js'
import { packRows } from './packer.js'
import { Reader } from './reader.js'
import { record, tuple } from './record.js'
import { RowWriter } from './row-writer.js'
import type { Schema } from './schema.js'
import { boolean, choice, idNumber, list, nullable, string, u32, u53 } from './schema.js'
import { wordsOf } from './words.js'

/** What becomes of a client's trackers when its connection ends: their dylibs' default trackers have them, or they are removed. */
export type OnDisconnect = 'transfer' | 'remove'

export interface Hello {
  readonly token: string
  readonly onDisconnect: OnDisconnect
  /** The connection that this socket goes on with. */
  readonly resume: string | null
}

export interface Welcome {
  readonly version: number
  /** Names the connection to whoever would go on with it: nobody can guess it. */
  readonly connection: string
  readonly resumed: boolean
  readonly client: ClientId
  readonly main: JITDylibId
  readonly target: TargetName
  readonly sessionName: string
  /** What the server holds this client to, by name. */
  readonly limits: readonly (readonly [name: string, limit: number])[]
}

/** `heard`: the number of the last frame that whoever speaks has heard on the connection's sockets before; 0 on its first. */
export interface Heard {
  readonly heard: number
}

const hello: Schema<Hello> = record<Hello>({
  token: string(1024),
  onDisconnect: choice<OnDisconnect>('transfer', 'remove'),
  resume: nullable(string(256)),
})

const welcome: Schema<Welcome> = record<Welcome>({
  version: u32,
  connection: string(256),
  resumed: boolean,
  client: idNumber<ClientId>(),
  main: idNumber<JITDylibId>(),
  target: choice<TargetName>('wasm', 'riscv64', 'riscv32'),
  sessionName: name,
  limits: list(tuple<Welcome['limits'][number]>([name, u53], ['name', 'limit']), 256),
})

const helloWord = wordsOf(['hello'] as const)
/** The ask that hello is; a connection's own asks are numbered from 1 on. */
const helloAsk = 0

export function packHello(value: Hello & Heard, version: number = wireVersion): Uint8Array {
  const to = new RowWriter()
  to.begin('a hello')
  return packRows([0, value.heard, [frameKinds.ask, helloAsk, 'hello', version, hello.write(value, to)]])
}

/** Another version's hello is read no further than to its number. Throws JITError Malformed. */
export function readHello(bytes: Uint8Array): {
  readonly version: number
  readonly hello: (Hello & Heard) | undefined
} {
  const from = new Reader(bytes)
  const { heard, kind } = enterHandshake(from)
  from.what = 'a hello'
  if (kind !== frameKinds.ask) throw from.fail(`a frame of kind ${kind} before it`, 0)
  from.word(helloWord)
  const version = u32.read(from)
  if (version !== wireVersion) return { version, hello: undefined }
  const value = hello.read(from)
  finish(from)
  return { version, hello: { ...value, heard } }
}

export function packWelcome(result: Expected<Welcome & Heard>): Uint8Array {
  const to = new RowWriter()
  to.begin('a welcome')
  if (!result.ok) return packRows([0, 0, [frameKinds.error, helloAsk, error.write(result.error, to)]])
  return packRows([0, result.value.heard, [frameKinds.reply, helloAsk, welcome.write(result.value, to)]])
}

/** The welcome, or why there is none. Throws JITError Malformed. */
export function readWelcome(bytes: Uint8Array): Expected<Welcome & Heard> {
  const from = new Reader(bytes)
  const { heard, kind } = enterHandshake(from)
  from.what = 'a welcome'
  if (kind !== frameKinds.reply && kind !== frameKinds.error) throw from.fail(`a frame of kind ${kind} before it`, 0)
  const result = kind === frameKinds.reply ? success({ ...welcome.read(from), heard }) : failure(error.read(from))
  finish(from)
  return result
}

/** Reads as far as the number of the ask, which is hello's. */
function enterHandshake(from: Reader): { readonly heard: number; readonly kind: number } {
  from.what = 'a handshake'
  from.enterExactly(3)
  if (u53.read(from) !== 0) throw from.fail('a batch with numbers before it', 0)
  const heard = u53.read(from)
  const begin = from.offset
  const length = from.enter()
  const kind = u53.read(from)
  if (length !== (kind === frameKinds.ask ? 5 : 3)) throw from.fail(`a frame of ${length} elements`, begin)
  if (u53.read(from) !== helloAsk) throw from.fail(`an ask that is not ${helloAsk}`, begin)
  return { heard, kind }
}

function finish(from: Reader): void {
  from.leave()
  from.leave()
  from.finish()
}
