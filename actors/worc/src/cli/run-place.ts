// Where `worc run` puts a program together and runs it: a session of its own, or one that another process serves. There it has a
// dylib to itself, which goes with it.
import { randomUUID } from 'node:crypto'
import { JITError, plainError } from '@worc/protocol'
import { JIT } from '../jit.js'
import type { JITBase } from '../jit-base.js'
import type { JITDylib } from '../jit-dylib.js'
import { connect } from '../remote-jit.js'
import type { RunArguments } from './run-arguments.js'
import { tokenIn } from './serve.js'

export interface RunPlace extends AsyncDisposable {
  readonly jit: JITBase
  readonly dylib: JITDylib
}

export async function openRunPlace(args: RunArguments, signal: AbortSignal): Promise<RunPlace> {
  if (args.connect !== undefined) return connected(args.connect, args, signal)
  const jit = await JIT.start({
    target: args.target,
    ...(args.clang === undefined ? {} : { clang: args.clang }),
    ...(args.compileThreads === undefined ? {} : { compileThreads: args.compileThreads }),
    ...(args.stackBytes === undefined ? {} : { memory: { stackBytes: args.stackBytes } }),
    ...(args.cache ? {} : { cacheDirectory: false }),
    signal,
  })
  return { jit, dylib: jit.main, [Symbol.asyncDispose]: () => jit[Symbol.asyncDispose]() }
}

async function connected(url: string, { tokenFile, target }: RunArguments, signal: AbortSignal): Promise<RunPlace> {
  const jit = await connect(url, {
    ...(tokenFile === undefined ? {} : { token: tokenIn(tokenFile) }),
    onDisconnect: 'remove',
    signal,
  })
  const close = (): Promise<void> => jit[Symbol.asyncDispose]()
  try {
    if (jit.target !== target)
      throw new JITError(plainError('BadArgument', `--target ${target}: the server's is ${jit.target}`))
    const dylib = await jit.session.createJITDylib(`run ${randomUUID()}`)
    return { jit, dylib, [Symbol.asyncDispose]: close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}
