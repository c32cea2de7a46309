// The command line: `worc run FILE... [-- ARGS]`, or the tour when nothing is asked for.
import { assembleCommand, disassembleCommand } from './assembly.js'
import { exitCode } from './exit-codes.js'
import { explain, runCommand } from './run.js'
import { serveCommand, statusCommand } from './serve.js'
import { tourCommand } from './tour.js'

const usage = `worc: JIT-link C, C++ and wasm objects into running threads, and take them out again

  worc                        a tour: compile, call from four threads, replace, remove
  worc run FILE... [-- ARGS]  run a program: .c .cc .cpp .cxx, .o (relocatable wasm, or ELF), .a, .s
  worc serve [--socket PATH | --tcp HOST:PORT [--tls-cert FILE --tls-key FILE]] [--token-file FILE]
             [--target NAME] [--executors N] [--drain SECONDS] [--log silent|error|warn|info|debug]
                              a session for other processes; prints where it listens
  worc status [URL] [--token-file FILE] [--json]
                              how such a server goes
  worc assemble FILE.s [-o FILE.o] [--target riscv64|riscv32]
                              a RISC-V object out of assembly
  worc disassemble [--aliases] FILE.o
                              the instructions of a RISC-V object

  flags of run that mean what they mean to clang: -O0..-O3 -g -D -U -I -isystem -include -std= -W… -f… -m… -x -l -L
  --target NAME          what the program runs on: wasm (default), riscv64 or riscv32
  --clang PATH           compile with a native clang instead of the packaged one
  --compile-threads N    how many sources are compiled at once
  --stack SIZE           the program's stack (default 8M)
  --dir GUEST[::HOST]    a directory the program may use (default: the current one)
  --env NAME=VALUE       a variable added to the program's environment
  --no-cache             compile again, and keep nothing
  --connect URL          in the session that \`worc serve\` serves there, and --token-file FILE for its token
  --time                 what each phase took
  --stats                what was linked and what it holds
  --trace                each instruction that main executes (riscv64, riscv32)
`

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted.abort()
    process.exitCode = exitCode.interrupted
  })
}
// A closed pipe ends the command quietly, whoever was writing.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exitCode = exitCode.closedPipe
    interrupted.abort()
  })
}

process.exitCode = await main(process.argv.slice(2))

async function main([command, ...words]: readonly string[]): Promise<number> {
  try {
    switch (command) {
      case undefined:
      case 'tour':
        return await tourCommand(interrupted.signal)
      case 'run':
        return await runCommand(words, interrupted.signal)
      case 'serve':
        return await serveCommand(words, interrupted.signal)
      case 'status':
        return await statusCommand(words, interrupted.signal)
      case 'assemble':
        return assembleCommand(words)
      case 'disassemble':
        return await disassembleCommand(words, interrupted.signal)
      case 'help':
      case '--help':
      case '-h':
        process.stdout.write(usage)
        return 0
      default:
        process.stderr.write(`worc: unknown command "${command}"\n\n${usage}`)
        return exitCode.usage
    }
  } catch (thrown) {
    if (interrupted.signal.aborted) return Number(process.exitCode ?? exitCode.interrupted)
    const { message, code } = explain(thrown)
    if (message !== '') process.stderr.write(`${message}\n`)
    return code
  }
}
