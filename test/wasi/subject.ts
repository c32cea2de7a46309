/*
 * The WASI host under test. It is an inner part of @worc/executor, found beside that package's entry.
 */
import type { ClosedPipe as ClosedPipeClass } from '../../actors/executor/src/wasi/fd-writer.js'
import type { StdinPipe } from '../../actors/executor/src/wasi/stdin-pipe.js'
import type { StdinSource } from '../../actors/executor/src/wasi/stdin.js'
import type { WasiImports } from '../../actors/executor/src/wasi/wasi-imports.js'
import type { Wasi, WasiOptions } from '../../actors/executor/src/wasi/wasi.js'

type FdWriterFile = typeof import('../../actors/executor/src/wasi/fd-writer.js')
type ProcessCallsFile = typeof import('../../actors/executor/src/wasi/process-calls.js')
type StdinPipeFile = typeof import('../../actors/executor/src/wasi/stdin-pipe.js')
type WasiFile = typeof import('../../actors/executor/src/wasi/wasi.js')

const load = async (file: string): Promise<unknown> =>
  import(new URL(`wasi/${file}`, import.meta.resolve('@worc/executor')).href)

export const { ClosedPipe, fdWriter } = (await load('fd-writer.js')) as FdWriterFile
export const { WasiExit } = (await load('process-calls.js')) as ProcessCallsFile
export const { createStdinPipe, writeStdin } = (await load('stdin-pipe.js')) as StdinPipeFile
export const { createWasi } = (await load('wasi.js')) as WasiFile
export type { ClosedPipeClass, StdinPipe, StdinSource, Wasi, WasiImports, WasiOptions }
