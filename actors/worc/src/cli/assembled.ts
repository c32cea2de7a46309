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

/**
 * What a linker script gives to C libraries for machines without a system: picolibc's sbrk hands out what lies between these
 * two. Weak: a program that has its own keeps it. The object of a program that does not ask for them is never linked.
 */
export function heapObject(xlen: Xlen): Uint8Array {
  const source = `
    .bss
    .balign 16
    .weak __heap_start, __heap_end
    __heap_start: .zero ${heapBytes}
    __heap_end:`
  return assembled('heap', source, xlen)
}

const heapBytes = 32 << 20
