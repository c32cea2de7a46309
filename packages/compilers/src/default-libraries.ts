// Which libraries of the packaged sysroot stand behind a program, in link order: the first archive that defines a symbol wins.
import type { SourceLanguage } from './compiler.js'

export const libraryDirectory = 'lib/wasm32-wasip1'

/** Paths within the sysroot. */
export function defaultLibraries(language: SourceLanguage): readonly string[] {
  const names = [
    ...(language === 'c++' ? ['libc++.a', 'libc++abi.a'] : []),
    // Before libc: the same printf and scanf, but with long double, where libc's would abort.
    'libc-printscan-long-double.a',
    'libsetjmp.a',
    'libwasi-emulated-signal.a',
    'libwasi-emulated-mman.a',
    'libwasi-emulated-process-clocks.a',
    'libwasi-emulated-getpid.a',
    'libc.a',
    'libdl.a',
  ]
  return [...names.map((name) => `${libraryDirectory}/${name}`), 'lib/wasm32-unknown-wasip1/libclang_rt.builtins.a']
}

/** What `-l name` looks for: `-l m` means libm.a, `-l :foo.a` means foo.a. */
export function libraryFileName(name: string): string {
  return name.startsWith(':') ? name.slice(1) : `lib${name}.a`
}
