// Functions of JavaScript as symbols: C code calls them by name, or through pointers, as it calls any other function; they go
// with their tracker.
import { isAbsolute, resolve } from 'node:path'
import { isBuiltin } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { ImportedFunction, SignatureCode } from '@worc/protocol'
import { JITError, plainError, signatureCode } from '@worc/protocol'
import type { HostClosure, Signature } from '@worc/executor'
import type { MaterializationUnit, SourcedUnit } from './materialization-unit.js'
import { settledBySession } from './materialization-unit.js'
import type { SymbolName } from './symbol-records.js'

/**
 * A closure serves the thread that defines it: called in another, it throws WrongOwner. A module's export is imported by each
 * thread that calls it, at its first call. `module` is a URL, a path, or the name of a module of Node's; it may not use await
 * at its top level.
 */
export type HostFunction = Signature &
  ({ readonly call: HostClosure } | { readonly module: string | URL; readonly export: string })

/** A unit of which its client keeps a part: the closures. */
interface HostUnit extends SourcedUnit {
  readonly closures: ReadonlyMap<SymbolName, HostClosure>
}

/**
 * Defines functions that C code may call and take the address of. i64 is bigint on both ways. What a function throws passes
 * through the frames of the code that called it, as it is, to whoever called that. Throws BadArgument for a signature that has
 * another type than i32, i64, f32, f64 and pointer, or more than one result.
 */
export function hostFunctions(functions: Readonly<Record<SymbolName, HostFunction>>): MaterializationUnit {
  const entries = Object.entries(functions)
  const signatures = new Map(entries.map(([name, declared]) => [name, codeOf(name, declared)]))
  const unit: HostUnit = {
    name: 'host functions',
    symbols: new Map(entries.map(([name]) => [name, { exported: true, callable: true }])),
    signatures,
    source: {
      kind: 'host',
      functions: entries.map(([name, declared]) => [name, signatures.get(name) ?? ':', importOf(name, declared)]),
    },
    attachments: [],
    closures: new Map(entries.flatMap(([name, declared]) => ('call' in declared ? [[name, declared.call]] : []))),
    materialize: settledBySession,
  }
  return unit
}

/** The closures of a unit; undefined where it has none that its client has to keep. */
export function closuresOf(unit: MaterializationUnit): HostUnit['closures'] | undefined {
  return 'closures' in unit && unit.closures instanceof Map && unit.closures.size > 0
    ? (unit as HostUnit).closures
    : undefined
}

const scalars: ReadonlySet<unknown> = new Set(['i32', 'i64', 'f32', 'f64', 'pointer'])

function codeOf(name: SymbolName, { parameters, results }: Signature): SignatureCode {
  const odd = [...parameters, ...results].find((type) => !scalars.has(type))
  if (odd !== undefined) throw badFunction(name, `has the type ${odd}: expected i32, i64, f32, f64 or pointer`)
  if (results.length > 1) throw badFunction(name, `has ${results.length} results: expected 0 or 1`)
  return signatureCode(parameters, results)
}

function importOf(name: SymbolName, declared: HostFunction): ImportedFunction | null {
  if ('call' in declared) {
    if (typeof declared.call === 'function') return null
    throw badFunction(name, `has a call that is ${typeof declared.call}: expected a function`)
  }
  return [specifierOf(name, declared.module), declared.export]
}

function specifierOf(name: SymbolName, module: string | URL): string {
  if (module instanceof URL || /^[a-z]{2,}:/i.test(module)) {
    const { href, protocol } = new URL(module)
    if (protocol === 'file:' || isBuiltin(href)) return href
    throw badFunction(name, `is in ${href}: expected a file or a module of Node's`)
  }
  if (isBuiltin(module)) return module
  return pathToFileURL(isAbsolute(module) ? module : resolve(module)).href
}

function badFunction(name: SymbolName, problem: string): JITError {
  return new JITError(plainError('BadArgument', `host function "${name}" ${problem}`))
}
