// `worc run`: sources and objects in, the program's exit code out.
import { readFileSync } from 'node:fs'
import { JITError, plainError, valueOf } from '@worc/protocol'
import { libraryNamed, openSysroot } from '@worc/compile'
import type { JITErrorData } from '@worc/protocol'
import type { JITBase } from '../jit-base.js'
import type { JITDylib } from '../jit-dylib.js'
import { isClosedPipe } from '../run-main.js'
import { hasCLibrary } from '../c-library.js'
import { assembled, heapObject, machineNamed } from './assembled.js'
import { exitCode, exitCodeOf } from './exit-codes.js'
import type { Progress } from './progress.js'
import { createProgress, formatBytes, formatDuration } from './progress.js'
import { parseRunArguments } from './run-arguments.js'
import type { RunArguments } from './run-arguments.js'
import type { RunPlace } from './run-place.js'
import { openRunPlace } from './run-place.js'

/** How long each phase took, in milliseconds, in order. */
type Phases = [name: string, milliseconds: number][]

export async function runCommand(words: readonly string[], signal: AbortSignal): Promise<number> {
  const args = parseRunArguments(words)
  const progress = createProgress(process.stderr)
  const phases: Phases = []
  const clock = phaseClock(phases)
  const inputs = args.inputs.map(({ path, kind }) => ({ path, kind, bytes: readInput(path) }))
  const place = await openRunPlace(args, signal)
  const { jit, dylib } = place
  try {
    clock('start')
    await Promise.all(inputs.map((input) => addInput(place, input, args, progress, signal)))
    await addLibraries(place, args)
    if (hasCLibrary(args.target)) await jit.addCLibrary({ dylib })
    else await jit.addObject(heapObject(machineNamed(args.target)), { dylib, name: 'heap' })
    progress.end()
    clock('compile')
    const code = await jit.run({
      dylib,
      args: args.programArguments,
      trace: args.trace,
      program: args.inputs[0]?.path ?? 'a.out',
      signal,
      ...(args.environment === undefined
        ? {}
        : { env: { ...(process.env as Record<string, string>), ...args.environment } }),
      ...(args.directories.length === 0 ? {} : { directories: Object.fromEntries(args.directories.map(directory)) }),
    })
    clock('link and run')
    if (args.stats) await printStats(jit, dylib)
    return code
  } finally {
    progress.end()
    await place[Symbol.asyncDispose]()
    clock('shut down')
    if (args.time) printPhases(phases)
  }
}

interface Input {
  readonly path: string
  readonly kind: RunArguments['inputs'][number]['kind']
  readonly bytes: Buffer
}

async function addInput(
  { jit, dylib }: RunPlace,
  { path, kind, bytes }: Input,
  { target, flags }: RunArguments,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const options = { dylib, name: path, signal }
  if (kind === 'object') return jit.addObject(bytes, options)
  if (kind === 'assembly') return jit.addObject(assembled(path, bytes.toString('utf8'), machineNamed(target)), options)
  if (kind === 'archive') return jit.addArchive(bytes, options)
  const start = performance.now()
  progress.started(path)
  // As bytes: whatever its encoding, it is the compiler's to read.
  await (kind === 'c' ? jit.addC(bytes, { ...options, flags }) : jit.addCxx(bytes, { ...options, flags }))
  progress.finished(path, formatDuration(performance.now() - start))
}

/** -l libraries form one group behind the program's own objects, as after --start-group. */
async function addLibraries(
  { jit, dylib }: RunPlace,
  { target, libraries, libraryDirectories }: RunArguments,
): Promise<void> {
  if (libraries.length === 0) return
  const sysroot = hasCLibrary(target) ? valueOf(openSysroot()) : undefined
  const searched = [...libraryDirectories, ...(sysroot === undefined ? [] : ['the packaged sysroot'])]
  const archives = libraries.map((name) => {
    const library = libraryNamed(name, libraryDirectories, sysroot)
    if (library === undefined)
      throw new JITError(plainError('BadArgument', `-l${name}: no such library in ${searched.join(', ')}`))
    return library.bytes
  })
  sysroot?.close()
  await jit.addArchive(archives, { dylib })
}

export function readInput(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (thrown) {
    const why =
      thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
        ? 'no such file'
        : (thrown as Error).message
    throw new MissingInput(`${path}: ${why}`)
  }
}

class MissingInput extends Error {}

function directory(text: string): [guest: string, host: string] {
  const separator = text.indexOf('::')
  return separator < 0 ? [text, text] : [text.slice(0, separator), text.slice(separator + 2)]
}

/** Says what went wrong in the words of whoever found it, once, and gives the exit code for it. A closed pipe says nothing. */
export function explain(thrown: unknown): { readonly message: string; readonly code: number } {
  if (thrown instanceof MissingInput) return { message: `worc: ${thrown.message}`, code: exitCode.noInput }
  if (!(thrown instanceof JITError))
    return {
      message: `worc: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
      code: exitCode.software,
    }
  if (isClosedPipe(thrown.data)) return { message: '', code: exitCode.closedPipe }
  if (thrown.diagnostics !== undefined) return { message: thrown.diagnostics.trimEnd(), code: exitCode.badInput }
  return { message: `worc: ${rootCause(thrown.data).message}`, code: exitCodeOf(rootCause(thrown.data)) }
}

function rootCause(error: JITErrorData): JITErrorData {
  return error.code === 'FailedToMaterialize' && error.cause !== undefined ? rootCause(error.cause) : error
}

function phaseClock(phases: Phases): (name: string) => void {
  let last = performance.now()
  return (name) => {
    const now = performance.now()
    phases.push([name, now - last])
    last = now
  }
}

function printPhases(phases: Phases): void {
  for (const [name, milliseconds] of phases)
    process.stderr.write(`${name.padEnd(14)} ${formatDuration(milliseconds).padStart(9)}\n`)
}

async function printStats(jit: JITBase, main: JITDylib): Promise<void> {
  const stats = await jit.stats()
  const rows: [string, string][] = [
    ['modules', String(stats.modules)],
    ['symbols', String(stats.symbols)],
    ['memory', formatBytes(stats.memoryBytes)],
    ['TLS', formatBytes(stats.tlsBytes)],
    ['slots', String(stats.functionSlots)],
    ['main dylib', main.name],
  ]
  for (const [name, value] of rows) process.stderr.write(`${name.padEnd(14)} ${value.padStart(9)}\n`)
}
