// The command line as a person meets it: exit codes, streams, signals, and one clear message for each mistake.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { worc } from './command-line.js'

describe('worc run', () => {
  let cwd: string
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'worc-cli-'))
  })
  after(() => rmSync(cwd, { recursive: true, force: true }))

  function file(name: string, text: string): string {
    writeFileSync(join(cwd, name), text)
    return name
  }

  it('runs several files that link with each other; gives argv, and the exit code', async () => {
    file(
      'main.c',
      '#include <stdio.h>\nint twice(int);\nint main(int argc, char **argv) { printf("%s %s %d\\n", argv[0], argv[1], twice(argc)); return VALUE; }',
    )
    file('twice.c', 'int twice(int a) { return 2 * a; }')
    const { code, stdout, stderr } = await worc(['run', '-O1', '-DVALUE=9', 'main.c', 'twice.c', '--', 'x y'], { cwd })
    expect(stderr).to.equal('')
    expect(stdout).to.equal('main.c x y 4\n')
    expect(code).to.equal(9)
  })

  it('streams stdin', async () => {
    file(
      'cat.c',
      '#include <stdio.h>\nint main(void) { char line[99]; int n = 0; while (fgets(line, sizeof line, stdin)) printf("%d:%s", ++n, line); return 0; }',
    )
    const { code, stdout } = await worc(['run', 'cat.c'], { cwd, stdin: 'a\nb\n' })
    expect(stdout).to.equal('1:a\n2:b\n')
    expect(code).to.equal(0)
  })

  for (const [what, args, code, message] of [
    ['a missing file', ['run', 'nowhere.c'], 66, /^worc: nowhere\.c: no such file\n$/],
    ['an unknown option', ['run', '--frobnicate', 'cat.c'], 64, /unknown option --frobnicate/],
    ['no file', ['run'], 64, /at least one file/],
    ['an unknown kind of file', ['run', 'thing.txt'], 64, /thing\.txt: not a C or C\+\+ source/],
    ['an unknown command', ['frobnicate'], 64, /unknown command "frobnicate"/],
    ['a library nobody has', ['run', 'cat.c', '-lnowhere'], 64, /-lnowhere: no such library/],
  ] as const) {
    it(`${what}: one message and exit code ${code}`, async () => {
      file('thing.txt', '')
      const outcome = await worc(args, { cwd })
      expect(outcome.stderr).to.match(message)
      expect(outcome.code).to.equal(code)
    })
  }

  it('a compile error: clang’s diagnostics alone, and exit code 65', async () => {
    file('broken.c', 'int main(void) { return x; }\n')
    const { code, stderr } = await worc(['run', 'broken.c'], { cwd })
    expect(stderr).to.match(/^broken\.c:1:25: error: use of undeclared identifier 'x'/)
    expect(code).to.equal(65)
  })

  it('a symbol that nothing defines: named, with the file that wants it, and exit code 65', async () => {
    file('wants.c', 'int absent(void); int main(void) { return absent(); }')
    const { code, stderr } = await worc(['run', 'wants.c'], { cwd })
    expect(stderr).to.contain('absent').and.contain('wants.c')
    expect(stderr.trim().split('\n')).to.have.length(1)
    expect(code).to.equal(65)
  })

  it('no main: named, and exit code 65', async () => {
    file('library.c', 'int f(void) { return 1; }')
    const { code, stderr } = await worc(['run', 'library.c'], { cwd })
    expect(stderr).to.contain('main')
    expect(code).to.equal(65)
  })

  it('a trap: function, file and line under -g, and the exit code a native program would die with', async () => {
    file(
      'trap.c',
      '#include <stdlib.h>\nstatic int divide(int a, int b) {\n  return a / b;\n}\nint main(int argc, char **argv) {\n  return divide(argc, argc - 1);\n}\n',
    )
    const { code, stderr } = await worc(['run', '-g', 'trap.c'], { cwd })
    expect(stderr).to.match(/divide by zero/)
    expect(stderr).to.match(
      /at divide \(.*trap\.c:3\)\n.*at main \(.*trap\.c:6\)|at divide \(.*trap\.c:3\)\n.*at __main_argc_argv \(.*trap\.c:6\)/,
    )
    expect(code).to.equal(136)
  })

  it('a stack overflow is exit code 139, and abort 134', async () => {
    file(
      'deep.c',
      'int deep(int n) { volatile char frame[4096]; frame[0] = 1; return deep(n + 1) + frame[0]; }\nint main(void) { return deep(0); }',
    )
    file('abort.c', '#include <stdlib.h>\nint main(void) { abort(); }')
    expect((await worc(['run', 'deep.c'], { cwd })).code).to.equal(139)
    expect((await worc(['run', 'abort.c'], { cwd })).code).to.equal(134)
  })

  it('Ctrl-C ends an endless loop at once', async () => {
    file(
      'endless.c',
      '#include <unistd.h>\nint main(void) { write(1, "on\\n", 3); for (volatile int i = 0;;) i = i + 1; }',
    )
    const { code } = await worc(['run', 'endless.c'], { cwd, onOutput: (_, child) => child.kill('SIGINT') })
    expect(code).to.equal(130)
  })

  it('a closed pipe ends it quietly', async () => {
    file('yes.c', '#include <stdio.h>\nint main(void) { for (;;) puts("y"); }')
    const { code, stderr } = await worc(['run', 'yes.c'], { cwd, onOutput: (_, child) => child.closeOutput() })
    expect(stderr).to.equal('')
    expect(code).to.equal(141)
  })

  it('--time and --stats say what they should', async () => {
    const { stderr, code } = await worc(['run', '--time', '--stats', 'twice.c', 'main.c', '-DVALUE=0', '--', 'a'], {
      cwd,
    })
    expect(stderr).to.match(/compile +[\d.]+ m?s/)
    expect(stderr).to.match(/modules +\d+/)
    expect(code).to.equal(0)
  })
})

describe('worc', () => {
  it('gives a tour that ends by itself', async () => {
    const { code, stdout, stderr } = await worc([], { cwd: tmpdir() })
    expect(stderr).to.equal('')
    expect(stdout)
      .to.match(/4 threads attached/)
      .and.match(/none wrongly/)
      .and.match(/CodeRemoved, CodeRemoved, CodeRemoved, CodeRemoved/)
    expect(code).to.equal(0)
  })
})
