// The machines that objects are made for, as far as clang's command line differs: a row for each. Nothing else in the
// compile actors knows a target by its name.
import type { TargetName } from '@worc/protocol'
import type { SourceLanguage } from './compiler.js'

export interface CompileTarget {
  readonly name: TargetName
  readonly triple: string
  /** What a clang must have been built with. */
  readonly architecture: string
  /** Whether the packaged clang compiles for it, and the packaged sysroot has its headers and libraries. */
  readonly isPackaged: boolean
  /** Defined before the user's macros, so that his -U wins. */
  readonly macros: readonly string[]
  /** Words for the driver that come before the user's, which are given because some defaults give way to them. */
  driverWords(user: readonly string[], llvmMajor: number): readonly string[]
  /** The include directories of the packaged sysroot, in the order in which clang searches them. */
  includeDirectories(language: SourceLanguage): readonly string[]
}

/**
 * Why the driver's words are there:
 * - `-matomics -mbulk-memory`: memory is shared, and without both clang turns `_Thread_local` into plain globals;
 * - `-wasm-enable-sjlj`: setjmp and longjmp by WebAssembly exceptions, with the instructions of the legacy proposal, the only
 *   ones that V8 11 runs (LLVM 20 added the choice; before it, legacy was all there was);
 * - `-disable-red-zone`: with one, a leaf function's alloca never stores the stack pointer, and its overflow goes unseen.
 *
 * The macros make wasi-libc declare what it only emulates; the libraries with the definitions are among the default ones.
 */
const wasm: CompileTarget = {
  name: 'wasm',
  triple: 'wasm32-wasip1',
  architecture: 'WebAssembly',
  isPackaged: true,
  macros: ['_WASI_EMULATED_SIGNAL', '_WASI_EMULATED_MMAN', '_WASI_EMULATED_PROCESS_CLOCKS', '_WASI_EMULATED_GETPID'],
  driverWords: (_user, llvmMajor) => [
    '-matomics',
    '-mbulk-memory',
    '-mllvm',
    '-wasm-enable-sjlj',
    '-Xclang',
    '-disable-red-zone',
    ...(llvmMajor >= 20 ? ['-mllvm', '-wasm-use-legacy-eh=true'] : []),
  ],
  includeDirectories: (language) => [
    ...(language === 'c++' ? ['include/c++/v1'] : []),
    'include/wasm32-wasip1',
    'include',
  ],
}

/**
 * `-nostdlibinc`: clang's own headers, and those that the user names. What else a clang might find on its machine depends on
 * which packages are installed there, and the cache's key would not say so.
 *
 * Whoever names a -march or -mcpu gets the ABI that clang thinks fit for it, unless he names that too.
 */
function riscv(name: TargetName, march: string, mabi: string): CompileTarget {
  return {
    name,
    triple: `${name}-unknown-elf`,
    architecture: 'RISC-V',
    isPackaged: false,
    macros: [],
    driverWords: (user) => [
      ...(user.some((word) => /^-(march|mcpu)=/.test(word)) ? [] : [`-march=${march}`, `-mabi=${mabi}`]),
      '-mcmodel=medany',
      '-nostdlibinc',
    ],
    includeDirectories: () => [],
  }
}

const targets: Readonly<Record<TargetName, CompileTarget>> = {
  wasm,
  riscv64: riscv('riscv64', 'rv64gc', 'lp64d'),
  riscv32: riscv('riscv32', 'rv32gc', 'ilp32d'),
}

export function compileTarget(name: TargetName): CompileTarget {
  return targets[name]
}
