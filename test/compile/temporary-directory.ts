// A directory of real files for one test file, removed at its end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export class TemporaryDirectory {
  readonly path: string = mkdtempSync(join(tmpdir(), 'worc-test-'))

  write(name: string, text: string): void {
    const path = join(this.path, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
