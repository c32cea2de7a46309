// RISC-V assembly on the command line: which machines there are, and sources as objects.
import { JITError, plainError } from '@worc/protocol'
import { assemble, fullIsa } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'

const machines: Readonly<Record<string, Xlen>> = { riscv64: 64, riscv32: 32 }

/** Throws BadArgument, which lists those that there are. */
export function machineNamed(target: string): Xlen {
  const xlen = machines[target]
  if (xlen !== undefined) return xlen
  const known = Object.keys(machines).join(' and ')
  throw new JITError(plainError('BadArgument', `--target ${target}: ${known} are known`))
}

/** Throws CompileFailed. */
export function assembled(file: string, source: string, xlen: Xlen): Uint8Array {
  const object = assemble(source, file, { isa: fullIsa(xlen), floatAbi: 'double' })
  if (object.ok) return object.value
  throw new JITError(object.error)
}
