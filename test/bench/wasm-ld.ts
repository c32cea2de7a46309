// The linker that Worc's users would otherwise start: LLVM's, as a process.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const commands = ['wasm-ld-19', 'wasm-ld']

export const howToInstall = 'apt-get install lld-19'

const linkFlags = ['--no-entry', '--export-all', '--import-memory', '--shared-memory', '--max-memory=4294967296']

export class WasmLd implements Disposable {
  readonly #command: string
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'worc-bench-'))
  #files = 0

  private constructor(command: string) {
    this.#command = command
  }

  /** Undefined where there is none. */
  static find(): WasmLd | undefined {
    const command = commands.find((name) => spawnSync(name, ['--version']).status === 0)
    return command === undefined ? undefined : new WasmLd(command)
  }

  /** Milliseconds for a process that does nothing. */
  start(): number {
    return this.#run(['--version'])
  }

  /** Gives the milliseconds for linking the objects into a module that every thread could import its memory into. */
  linkOf(objects: readonly Uint8Array[]): () => number {
    const files = objects.map((object) => this.#write(object))
    return () => this.#run([...linkFlags, '-o', join(this.#folder, 'linked.wasm'), ...files])
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #write(object: Uint8Array): string {
    const file = join(this.#folder, `${this.#files++}.o`)
    writeFileSync(file, object)
    return file
  }

  #run(args: readonly string[]): number {
    const start = performance.now()
    const { status, stderr, error } = spawnSync(this.#command, args, { encoding: 'utf8' })
    const took = performance.now() - start
    if (status !== 0) throw new Error(`${this.#command} failed: ${error?.message ?? stderr}`)
    return took
  }
}
