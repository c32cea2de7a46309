// Where a gateway listens, made safe before anybody can connect: a directory that is its owner's alone, a path that the system takes
// whole, a token in a file that only its owner reads.
import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, resolve } from 'node:path'
import { JITError, plainError } from '@worc/protocol'

/** Of sun_path, without its NUL: what is longer, some systems cut. */
const longestPathBytes = process.platform === 'darwin' ? 103 : 107
const tokenBytes = 32

/** Throws JITError BadArgument. */
export function prepareSocketPlace(path: string): string {
  const absolute = resolve(path)
  const size = Buffer.byteLength(absolute)
  if (size > longestPathBytes) throw bad(`the socket's path has ${size} bytes, limit ${longestPathBytes}`)
  const directory = dirname(absolute)
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw bad(`the socket's directory cannot be made: ${codeOf(thrown)}`)
  }
  const facts = lstatSync(directory)
  if (!facts.isDirectory()) throw bad(`the socket's directory is a link or a file`)
  if (process.getuid !== undefined && facts.uid !== process.getuid())
    throw bad(`the socket's directory belongs to user ${facts.uid}`)
  if (process.getuid !== undefined && (facts.mode & 0o077) !== 0)
    throw bad(`the socket's directory has mode ${(facts.mode & 0o777).toString(8)}: it must be its owner's alone (700)`)
  return absolute
}

/** Takes away what a server that died has left; throws BadArgument where one is there and answers. */
export async function clearStaleSocket(path: string): Promise<void> {
  const kind = lstatSync(path, { throwIfNoEntry: false })
  if (kind === undefined) return
  if (!kind.isSocket()) throw bad(`something that is no socket is at the socket's path`)
  if (await answers(path)) throw bad('the socket is already served')
  rmSync(path, { force: true })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const settle = (there: boolean): void => {
      probe.destroy()
      resolve(there)
    }
    probe.once('connect', () => settle(true))
    probe.once('error', () => settle(false))
  })
}

export function restrictSocket(path: string): void {
  chmodSync(path, 0o600)
}

export function newToken(): string {
  return randomBytes(tokenBytes).toString('hex')
}

/** The token of a file, which is made where it is not there. Throws JITError BadArgument. */
export function tokenOf(path: string): string {
  try {
    const token = newToken()
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' })
    return token
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw bad(`the token's file cannot be written: ${codeOf(thrown)}`)
  }
  return readToken(path)
}

/** Throws JITError BadArgument. */
export function readToken(path: string): string {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (facts === undefined) throw bad(`there is no token's file`)
  if (!facts.isFile()) throw bad(`the token's file is a link, or no file`)
  if (process.getuid !== undefined && facts.uid !== process.getuid())
    throw bad(`the token's file belongs to user ${facts.uid}`)
  if (process.getuid !== undefined && (facts.mode & 0o077) !== 0)
    throw bad(`the token's file has mode ${(facts.mode & 0o777).toString(8)}: it must be its owner's alone (600)`)
  const token = readFileSync(path, 'utf8').trim()
  if (token.length === 0) throw bad(`the token's file is empty`)
  return token
}

function bad(message: string): JITError {
  return new JITError(plainError('BadArgument', message))
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}
