// Every way in which one module names another: imports, re-exports, imports in types, dynamic imports, files of worker threads,
// and packages that are only located.
import ts from 'typescript'
import type { House, SourceFile, Workspace } from './source-tree.js'
import { nodesOf } from './source-tree.js'

export interface Import {
  readonly file: SourceFile
  readonly node: ts.Node
  readonly specifier: string
  /** 'url' is `new URL(specifier, import.meta.url)`; 'located' is import.meta.resolve and require.resolve. */
  readonly kind: 'import' | 're-export' | 'dynamic' | 'url' | 'located'
  readonly typeOnly: boolean
  /** As the other module calls them; '*' is all of them. */
  readonly names: readonly string[]
}

const known = new WeakMap<SourceFile, readonly Import[]>()

export function importsOf(file: SourceFile): readonly Import[] {
  const imports = known.get(file) ?? [...nodesOf(file.ast)].flatMap((node) => importOf(file, node) ?? [])
  known.set(file, imports)
  return imports
}

function importOf(file: SourceFile, node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node)) return declared(file, node, 'import', namesOfClause(node.importClause))
  if (ts.isExportDeclaration(node)) return declared(file, node, 're-export', namesOfExport(node))
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return named(file, node, node.argument.literal, 'import')
  if (ts.isCallExpression(node)) return importOfCall(file, node)
  if (ts.isNewExpression(node) && node.expression.getText(file.ast) === 'URL') {
    const [path, base] = node.arguments ?? []
    if (base?.getText(file.ast) === 'import.meta.url') return named(file, node, path, 'url')
  }
  return undefined
}

function declared(
  file: SourceFile,
  node: ts.ImportDeclaration | ts.ExportDeclaration,
  kind: 'import' | 're-export',
  names: readonly string[],
): Import | undefined {
  const { moduleSpecifier } = node
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return undefined
  const typeOnly = ts.isImportDeclaration(node) ? isTypeOnly(node.importClause) : node.isTypeOnly
  return { file, node, specifier: moduleSpecifier.text, kind, typeOnly, names }
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
}

function namesOfClause(clause: ts.ImportClause | undefined): readonly string[] {
  const names = clause?.name === undefined ? [] : ['default']
  const bindings = clause?.namedBindings
  if (bindings === undefined) return names
  if (ts.isNamespaceImport(bindings)) return [...names, '*']
  return [...names, ...bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)]
}

function namesOfExport({ exportClause }: ts.ExportDeclaration): readonly string[] {
  if (exportClause === undefined || ts.isNamespaceExport(exportClause)) return ['*']
  return exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
}

/** `import.meta.resolve`, `require.resolve`, `createRequire(…).resolve`. */
const locating = /(^import\.meta|require(\(.*\))?)\.resolve$/i

function importOfCall(file: SourceFile, node: ts.CallExpression): Import | undefined {
  const [argument] = node.arguments
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return named(file, node, argument, 'dynamic')
  return locating.test(node.expression.getText(file.ast)) ? named(file, node, argument, 'located') : undefined
}

function named(file: SourceFile, node: ts.Node, path: ts.Node | undefined, kind: Import['kind']): Import | undefined {
  if (path === undefined || !ts.isStringLiteralLike(path)) return undefined
  return { file, node, specifier: path.text, kind, typeOnly: ts.isImportTypeNode(node), names: ['*'] }
}

// ---- where an import leads

export function isRelative({ specifier, kind }: Import): boolean {
  return kind === 'url' ? !/^[a-z]+:/.test(specifier) : specifier.startsWith('.')
}

/** The source that a relative import names, from the root, whether it exists or not. */
export function sourceNamed({ file, specifier }: Import): string {
  const parts = file.path.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/').replace(/\.js$/, '.ts')
}

/** The package that a bare import names. */
export function packageNamed({ specifier }: Import): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}

export function isBuiltin({ specifier }: Import): boolean {
  return specifier.startsWith('node:')
}

/** What names a package of npm's or a workspace. */
export function packageImportsOf(file: SourceFile): readonly Import[] {
  return importsOf(file).filter((entry) => entry.kind !== 'url' && !isRelative(entry) && !isBuiltin(entry))
}

export function workspaceNamed(house: House, name: string): Workspace | undefined {
  return house.workspaces.find((workspace) => workspace.name === name)
}
