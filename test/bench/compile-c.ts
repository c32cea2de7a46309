// Objects for the benches, from C by the packaged clang and kept in the user's cache: no toolchain has to be installed, and the
// second run compiles nothing.
import { tmpdir } from 'node:os'
import { createCompiler } from '@worc/compile'
import { valueOf } from '@worc/protocol'

export async function compileC(source: string, flags: readonly string[] = []): Promise<Uint8Array> {
  const compiler = valueOf(createCompiler())
  try {
    const compiled = await compiler.compile({
      language: 'c',
      fileName: 'bench.c',
      source: new TextEncoder().encode(source),
      directory: tmpdir(),
      flags: ['-O2', ...flags],
    })
    return valueOf(compiled).object
  } finally {
    compiler.close()
  }
}
