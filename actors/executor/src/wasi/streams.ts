/*
 * The three standard streams of a program, as the descriptors 0, 1 and 2.
 */
import { FILETYPE, STREAM_RIGHTS, rights } from './abi.js'
import type { DescriptorTable, Filetype } from './descriptors.js'
import { openStdin } from './stdin.js'
import type { StdinSource } from './stdin.js'

export interface Streams {
  readonly stdin: StdinSource
  /** Gets each write as a private copy. What it throws passes through the guest, save for Node's system errors. */
  readonly stdout: (bytes: Uint8Array) => void
  readonly stderr: (bytes: Uint8Array) => void
  /**
   * Which of the descriptors 0, 1 and 2 the program shall take for a terminal; 1 and 2 by default. A C library then
   * writes out each line as it ends, which a program that never exits needs for its output to be seen.
   */
  readonly terminals?: readonly number[]
}

/** To a table that is empty. */
export function addStreams(descriptors: DescriptorTable, streams: Streams): void {
  const terminals = streams.terminals ?? [1, 2]
  const filetypeOf = (fd: number): Filetype => (terminals.includes(fd) ? FILETYPE.characterDevice : FILETYPE.unknown)
  const inputRights = STREAM_RIGHTS & ~rights('fd_write')
  const outputRights = STREAM_RIGHTS & ~rights('fd_read')
  const stream = openStdin(streams.stdin)
  descriptors.add({ kind: 'input', ...streamStat(filetypeOf(0), inputRights), stream })
  descriptors.add({ kind: 'output', ...streamStat(filetypeOf(1), outputRights), write: streams.stdout })
  descriptors.add({ kind: 'output', ...streamStat(filetypeOf(2), outputRights), write: streams.stderr })
}

function streamStat(
  filetype: Filetype,
  rightsBase: bigint,
): { filetype: Filetype; fdflags: number; rightsBase: bigint; rightsInheriting: bigint } {
  return { filetype, fdflags: 0, rightsBase, rightsInheriting: 0n }
}
