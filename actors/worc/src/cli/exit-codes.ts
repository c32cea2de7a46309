// What the command's exit code says. A program that runs to its end gives its own; the others follow sysexits.h, and 128 + n
// for what a native program would have died of.
import type { JITErrorData } from '@worc/protocol'

export const exitCode: Readonly<
  Record<
    'usage' | 'badInput' | 'noInput' | 'unavailable' | 'software' | 'outOfMemory' | 'interrupted' | 'closedPipe',
    number
  >
> = {
  usage: 64,
  badInput: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  outOfMemory: 71,
  interrupted: 130,
  closedPipe: 141,
}

const abort = 134
const floatingPoint = 136
const segmentation = 139

export function exitCodeOf(error: JITErrorData): number {
  switch (error.code) {
    case 'Trap':
      return exitCodeOfTrap(error.message)
    case 'StackOverflow':
    case 'CodeRemoved':
      return segmentation
    case 'CompileFailed':
    case 'BadObject':
    case 'SymbolsNotFound':
    case 'DuplicateDefinition':
    case 'FailedToMaterialize':
    case 'UnsatisfiedSymbolDependencies':
    case 'MissingSymbolDefinitions':
    case 'UnexpectedSymbolDefinitions':
    case 'SignatureMismatch':
    case 'NotAFunction':
      return exitCode.badInput
    case 'BadArgument':
      return exitCode.usage
    case 'AuthFailed':
    case 'ConnectionLost':
    case 'CompilerUnavailable':
    case 'Unsupported':
      return exitCode.unavailable
    case 'OutOfMemory':
    case 'QuotaExceeded':
      return exitCode.outOfMemory
    case 'Aborted':
    case 'Interrupted':
      return exitCode.interrupted
    default:
      return exitCode.software
  }
}

function exitCodeOfTrap(message: string): number {
  if (/divide by zero|integer overflow|unrepresentable|remainder/.test(message)) return floatingPoint
  return /unreachable/.test(message) ? abort : segmentation
}
