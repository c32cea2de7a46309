// The command line of `worc run`: files, flags that mean what they mean to clang, flags of our own, and after -- what the
// program gets as its arguments.
import { extname } from 'node:path'
import type { TargetName } from '@worc/protocol'
import { JITError, plainError, targetNames } from '@worc/protocol'

type InputKind = 'c' | 'c++' | 'assembly' | 'object' | 'archive'

export interface RunArguments {
  readonly inputs: readonly { readonly path: string; readonly kind: InputKind }[]
  /** For the compiler, in order. */
  readonly flags: readonly string[]
  /** Names after -l, in order. */
  readonly libraries: readonly string[]
  readonly libraryDirectories: readonly string[]
  readonly programArguments: readonly string[]
  readonly environment: Readonly<Record<string, string>> | undefined
  readonly directories: readonly string[]
  readonly target: TargetName
  readonly clang: string | undefined
  readonly compileThreads: number | undefined
  readonly stackBytes: number | undefined
  readonly cache: boolean
  readonly time: boolean
  readonly stats: boolean
  readonly trace: boolean
  /** Where a session is served that the program is to run in. */
  readonly connect: string | undefined
  readonly tokenFile: string | undefined
}

const kinds: Readonly<Record<string, InputKind>> = {
  '.c': 'c',
  '.i': 'c',
  '.cc': 'c++',
  '.cpp': 'c++',
  '.cxx': 'c++',
  '.C': 'c++',
  '.ii': 'c++',
  '.s': 'assembly',
  '.o': 'object',
  '.a': 'archive',
}

/** Flags of clang's that take their value as the next word, when it is not glued on. */
const clangValueFlags = [
  '-D',
  '-U',
  '-I',
  '-isystem',
  '-iquote',
  '-include',
  '-x',
  '-Xclang',
  '-mllvm',
  '-idirafter',
  '-imacros',
]

export function parseRunArguments(words: readonly string[]): RunArguments {
  const split = words.indexOf('--')
  const own = split < 0 ? words : words.slice(0, split)
  const inputs: { path: string; kind: InputKind }[] = []
  const flags: string[] = []
  const libraries: string[] = []
  const libraryDirectories: string[] = []
  const directories: string[] = []
  const environment: Record<string, string> = {}
  let language: InputKind | undefined
  const settings: {
    target: TargetName
    clang?: string
    compileThreads?: number
    stackBytes?: number
    cache: boolean
    time: boolean
    stats: boolean
    trace: boolean
    connect?: string
    tokenFile?: string
  } = { target: 'wasm', cache: true, time: false, stats: false, trace: false }

  for (let i = 0; i < own.length; i += 1) {
    const word = own[i] ?? ''
    const value = (flag: string): string => {
      if (word.length > flag.length) return word.slice(flag.length).replace(flag.startsWith('--') ? /^=/ : /^$/, '')
      i += 1
      const next = own[i]
      if (next === undefined) throw usage(`${flag} needs a value`)
      return next
    }
    if (word === '--target' || word.startsWith('--target=')) settings.target = targetNamed(value('--target'))
    else if (word === '--clang' || word.startsWith('--clang=')) settings.clang = value('--clang')
    else if (word === '--compile-threads' || word.startsWith('--compile-threads='))
      settings.compileThreads = wholeNumber('--compile-threads', value('--compile-threads'))
    else if (word === '--stack' || word.startsWith('--stack='))
      settings.stackBytes = byteCount('--stack', value('--stack'))
    else if (word === '--dir' || word.startsWith('--dir=')) directories.push(value('--dir'))
    else if (word === '--env' || word.startsWith('--env=')) setVariable(environment, value('--env'))
    else if (word === '--connect' || word.startsWith('--connect=')) settings.connect = value('--connect')
    else if (word === '--token-file' || word.startsWith('--token-file=')) settings.tokenFile = value('--token-file')
    else if (word === '--no-cache') settings.cache = false
    else if (word === '--time') settings.time = true
    else if (word === '--stats') settings.stats = true
    else if (word === '--trace') settings.trace = true
    else if (word.startsWith('-l') && word !== '-l') libraries.push(value('-l'))
    else if (word === '-l') libraries.push(value('-l'))
    else if (word.startsWith('-L')) libraryDirectories.push(value('-L'))
    else if (word === '-x' || (word.startsWith('-x') && !word.startsWith('-X'))) language = languageOf(value('-x'))
    else if (clangValueFlags.includes(word)) flags.push(word, value(word))
    else if (word.startsWith('--') && !word.startsWith('--std')) throw usage(`unknown option ${word}`)
    else if (word.startsWith('-') && word !== '-') flags.push(word)
    else inputs.push({ path: word, kind: kindOf(word, language) })
  }
  if (inputs.length === 0) throw usage('run needs at least one file')
  if (settings.trace && settings.target === 'wasm') throw usage('--trace: only machine code can be traced (--target)')
  if (settings.connect !== undefined) refuseLocal(own)
  return {
    inputs,
    flags,
    libraries,
    libraryDirectories,
    programArguments: split < 0 ? [] : words.slice(split + 1),
    environment: Object.keys(environment).length === 0 ? undefined : environment,
    directories,
    target: settings.target,
    clang: settings.clang,
    compileThreads: settings.compileThreads,
    stackBytes: settings.stackBytes,
    cache: settings.cache,
    time: settings.time,
    stats: settings.stats,
    trace: settings.trace,
    connect: settings.connect,
    tokenFile: settings.tokenFile,
  }
}

/** What only a session of this process's can be told. */
const localFlags = ['--clang', '--compile-threads', '--stack', '--dir', '--no-cache', '--trace']

function refuseLocal(words: readonly string[]): void {
  const flag = localFlags.find((name) => words.some((word) => word === name || word.startsWith(`${name}=`)))
  if (flag !== undefined) throw usage(`${flag} is the server's to say: it cannot go with --connect`)
}

function kindOf(path: string, language: InputKind | undefined): InputKind {
  const kind = language ?? kinds[extname(path)]
  if (kind !== undefined) return kind
  throw usage(
    `${path}: not a C or C++ source (.c .cc .cpp .cxx), RISC-V assembly (.s), an object (.o) or an archive (.a); -x c or -x c++ says what it is`,
  )
}

function targetNamed(name: string): TargetName {
  const target = targetNames.find((each) => each === name)
  if (target !== undefined) return target
  throw usage(`--target ${name}: ${targetNames.join(', ')} are known`)
}

function languageOf(name: string): InputKind | undefined {
  if (name === 'c' || name === 'c++') return name
  if (name === 'none') return undefined
  throw usage(`-x ${name}: c, c++ and none are known`)
}

function setVariable(environment: Record<string, string>, assignment: string): void {
  const equals = assignment.indexOf('=')
  if (equals < 1) throw usage(`--env ${assignment}: expected NAME=VALUE`)
  environment[assignment.slice(0, equals)] = assignment.slice(equals + 1)
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw usage(`${flag} ${text}: expected a whole number, at least 1`)
  return value
}

function byteCount(flag: string, text: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(text)
  if (match === null) throw usage(`${flag} ${text}: expected a size such as 65536, 64K or 8M`)
  const scale = { '': 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 }[(match[2] ?? '').toUpperCase()] ?? 1
  return Number(match[1]) * scale
}

function usage(message: string): JITError {
  return new JITError(plainError('BadArgument', message))
}
