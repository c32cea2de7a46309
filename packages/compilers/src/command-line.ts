// The two command lines of a compile. The driver (`clang -###`) turns flags into a `clang -cc1` line and compiles nothing; that
// line, a template, is good for every source with the same driver flags. A compile is then one run of cc1.
import type { ClassifiedFlags } from './classify-flags.js'
import type { SourceLanguage } from './compiler.js'
import type { CompileTarget } from './target.js'

/** Stands for the main file in the driver's line. The language is said by -x, so the name needs no suffix. */
export const placeholderName = 'source'

/**
 * The driver's words, of which the user's come after the target's.
 *
 * `-fno-exceptions` in C++: the packaged libc++abi has no `__cxa_throw` and clang would drop each `catch` without a word, and
 * elsewhere nobody unwinds either, so `throw` is better refused where it stands. A later `-fexceptions` of the user's wins.
 * There is no -O: clang's own default, -O0, compiles fastest and is what `clang -c` users expect to debug.
 */
export function driverArguments(
  target: CompileTarget,
  language: SourceLanguage,
  user: readonly string[],
  llvmMajor: number,
): readonly string[] {
  return [
    `--target=${target.triple}`,
    '-c',
    ...target.driverWords(user, llvmMajor),
    ...(language === 'c++' ? ['-fno-exceptions'] : []),
    ...user,
    '-x',
    language,
    placeholderName,
  ]
}

export interface Cc1Names {
  readonly fileName: string
  readonly directory: string
  readonly object: string
  /** A file overlay (see file-overlay.ts) that shows the sources under the names that the user gave them. */
  readonly overlay: string
  /** Where to write the make-style list of files read, if wanted. */
  readonly dependencies?: string
}

/** Fills the template of one driver line in with the names of one compile. The template ends with the placeholder. */
export function cc1Arguments(
  target: CompileTarget,
  template: readonly string[],
  flags: ClassifiedFlags,
  names: Cc1Names,
): readonly string[] {
  const line: string[] = []
  const words = template.slice(0, -1).values()
  for (const word of words) {
    const directoryFlag = /^-f(debug|coverage)-compilation-dir=/.exec(word)?.[0]
    if (directoryFlag !== undefined) line.push(directoryFlag + names.directory)
    else if (word === '-main-file-name') {
      words.next()
      line.push(word, names.fileName.slice(names.fileName.lastIndexOf('/') + 1))
    } else if (word === '-o') words.next()
    else line.push(word)
  }
  const dependencies =
    names.dependencies === undefined
      ? []
      : ['-dependency-file', names.dependencies, '-MT', 'object', '-sys-header-deps']
  return [
    ...line,
    ...target.macros.flatMap((macro) => ['-D', macro]),
    ...flags.preprocessor,
    ...dependencies,
    '-working-directory',
    names.directory,
    '-ivfsoverlay',
    names.overlay,
    '-o',
    names.object,
    names.fileName,
  ]
}

export type DriverOutput =
  | { readonly ok: true; readonly template: readonly string[]; readonly warnings: string }
  | { readonly ok: false; readonly diagnostics: string }

const banner =
  /^(.*clang version |Target: |Thread model: |InstalledDir: |Build config: |Configuration file: | \(in-process\)$|$)/

/** Reads what `clang -###` wrote to stderr: a banner, diagnostics, and one line of quoted words for each job. */
export function parseDriverOutput(text: string): DriverOutput {
  const jobs: string[][] = []
  let diagnostics = ''
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith(' "')) jobs.push(unquoteWords(line))
    else if (!banner.test(line)) diagnostics += `${line}\n`
  }
  const [job] = jobs
  const cc1At = job?.indexOf('-cc1') ?? -1
  if (job === undefined || cc1At < 0 || jobs.length > 1 || /: (fatal )?error: /.test(diagnostics))
    return { ok: false, diagnostics }
  return { ok: true, template: job.slice(cc1At), warnings: diagnostics }
}

/** Undoes the quoting of LLVM's `sys::printArg`: each word in double quotes, with `"`, `\` and `$` escaped. */
function unquoteWords(line: string): string[] {
  const words = line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)
  return Array.from(words, ([, quoted, bare]) => quoted?.replaceAll(/\\(["\\$])/g, '$1') ?? bare ?? '')
}
