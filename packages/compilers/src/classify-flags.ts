// Sorts the user's flags into those that only the preprocessor reads and those that the driver must translate. The first kind
// goes to `clang -cc1` word for word, so that a new -D does not cost another run of the driver; the directories among them are
// also where the include scan looks. Flags that ask for anything but one object are refused by name.
import { failure, plainError, success, type Expected } from '@worc/protocol'
import type { SourceLanguage } from './compiler.js'

/** Directories are as written, in the order written; those of `quote` serve `#include "..."` only. */
export interface IncludeFlags {
  readonly quote: readonly string[]
  readonly angled: readonly string[]
  readonly system: readonly string[]
  readonly after: readonly string[]
  /** Files of -include and -imacros. */
  readonly forced: readonly string[]
}

export interface ClassifiedFlags {
  /** What -x said, or the language asked for. */
  readonly language: SourceLanguage
  /** -D, -U, -I, -isystem, -iquote, -idirafter, -include, -imacros, each as two words. */
  readonly preprocessor: readonly string[]
  /** Everything else, for the driver. */
  readonly driver: readonly string[]
  readonly include: IncludeFlags
}

const refusals: readonly (readonly [flag: RegExp, reason: string])[] = [
  [/^-o/, 'the object goes to the JIT, not to a file'],
  [/^(-E|-S|-emit-.*|-fsyntax-only|--analyze|-M.*)$/, 'only an object can be asked for'],
  [/^(-flto|-fembed-bitcode|-fthin-link)/, 'the JIT links objects, not bitcode'],
  [
    /^(-shared|-static|-r$|-s$|-pie$|-no-pie$|-rdynamic$|-nostdlib|-nodefaultlibs|-nostartfiles|-nolibc)/,
    'it is for a linker',
  ],
  [/^(-Wl,|-Xlinker|-fuse-ld|-T|-z$)/, 'it is for a linker'],
  [/^-[lL]/, 'libraries are named to the JIT, not to the compiler'],
  [/^(--?target\b|-m64$|-mwasm64$|-arch$)/, "the target is the session's"],
  [
    /^(--sysroot|-isysroot|-B|-resource-dir|-iprefix|-iwithprefix)/,
    'the sysroot belongs to the target: directories of headers are named with -isystem',
  ],
  [/^(-X|-W[ap],|-cc1)/, 'it goes around the driver'],
  [/^(-v$|-###$|--?help|--version$|-print-|--print-|-dump)/, 'it asks for information, not for an object'],
  [
    /^(-?-save-temps|-ftime-trace|-fsave-optimization-record|-foptimization-record-file|-gsplit-dwarf)/,
    'it writes other files',
  ],
  [
    /^(-fmodules?\b|-fmodule-|-fprebuilt-module|-include-pch|-gmodules)/,
    'precompiled headers and modules are not supported',
  ],
  [
    /^-f(profile-use|profile-instr-use|profile-sample-use|auto-profile|plugin|pass-plugin|sanitize-ignorelist)/,
    'it reads other files',
  ],
  [/^@/, 'response files are not read'],
]

const preprocessorFlags = ['-isystem', '-iquote', '-idirafter', '-include', '-imacros', '-D', '-U', '-I'] as const
type PreprocessorFlag = (typeof preprocessorFlags)[number]

const plainFlags = new Set([
  ...['-O', '-O0', '-O1', '-O2', '-O3', '-Os', '-Oz', '-Og', '-Ofast'],
  ...['-w', '-ansi', '-pedantic', '-pedantic-errors', '-pthread', '-pipe', '-trigraphs', '-undef'],
  ...['-nostdinc', '-nostdinc++', '-nostdlibinc', '-nobuiltininc'],
])

export function classifyFlags(flags: readonly string[], language: SourceLanguage): Expected<ClassifiedFlags> {
  const preprocessor: string[] = []
  const driver: string[] = []
  const named: Record<PreprocessorFlag, string[]> = {
    '-isystem': [],
    '-iquote': [],
    '-idirafter': [],
    '-include': [],
    '-imacros': [],
    '-D': [],
    '-U': [],
    '-I': [],
  }
  const rest = flags.values()
  for (const flag of rest) {
    const reason = refusals.find(([pattern]) => pattern.test(flag))?.[1]
    if (reason !== undefined) return badFlag(`flag "${flag}" is refused: ${reason}`)

    const name = [...preprocessorFlags, '-x', '-mllvm'].find((known) => takesValue(known, flag))
    if (name !== undefined) {
      const value = flag.length > name.length ? flag.slice(name.length) : rest.next().value
      if (value === undefined || value === '') return badFlag(`flag "${name}" needs a value`)
      if (name === '-mllvm') driver.push(name, value)
      else if (name !== '-x') {
        preprocessor.push(name, value)
        named[name as PreprocessorFlag].push(value)
      } else if (value === 'c' || value === 'c++') language = value
      else return badFlag(`flag "-x ${value}" is refused: the languages are c and c++`)
    } else if (isDriverFlag(flag)) driver.push(flag)
    else if (flag !== '-c') return badFlag(flag.startsWith('-') ? `unknown flag "${flag}"` : `"${flag}" is not a flag`)
  }
  const include = {
    quote: named['-iquote'],
    angled: named['-I'],
    system: named['-isystem'],
    after: named['-idirafter'],
    forced: [...named['-imacros'], ...named['-include']],
  }
  return success({ language, preprocessor, driver, include })
}

/** -mllvm has no joined form: -mllvmfoo would be a feature flag. */
function takesValue(name: string, flag: string): boolean {
  return name === '-mllvm' ? flag === name : flag.startsWith(name)
}

function isDriverFlag(flag: string): boolean {
  return plainFlags.has(flag) || /^-(std=|g|W|f|m).*$/.test(flag)
}

function badFlag(message: string): Expected<never> {
  return failure(plainError('BadArgument', message))
}
