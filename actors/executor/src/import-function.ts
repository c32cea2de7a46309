// Loads what a host function names by module and export, synchronously: JIT'd code that calls it cannot wait for a promise.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { threadId } from 'node:worker_threads'
import type { ImportedFunction } from '@worc/protocol'
import { JITError, errorData, plainError } from '@worc/protocol'
import type { HostClosure } from './host-functions.js'

const require = createRequire(import.meta.url)

/** `module` is a file's URL or a module of Node's. BadArgument where it cannot be had, or the export is no function. */
export function importFunction(name: string, [module, field]: ImportedFunction): HostClosure {
  const exports = exportsOf(name, module)
  // What a CommonJS module is, is its default export.
  const exported: unknown = field === 'default' && !('default' in exports) ? exports : exports[field]
  if (typeof exported === 'function') return exported as HostClosure
  const message = `host function "${name}": export "${field}" of ${module} is ${typeof exported}, no function`
  throw new JITError(plainError('BadArgument', message))
}

function exportsOf(name: string, module: string): Readonly<Record<string, unknown>> {
  try {
    return require(module.startsWith('file:') ? fileURLToPath(module) : module) as Readonly<Record<string, unknown>>
  } catch (thrown) {
    const message = `host function "${name}": ${module} cannot be imported in thread ${threadId}`
    throw new JITError(plainError('BadArgument', message, errorData(thrown)))
  }
}
