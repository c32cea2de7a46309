// Nothing is kept that nobody reaches. A source is reached from its package's index or another entry, a bin, a worker's URL or a
// script; in test/ from a test. An export inside a package is somebody's import, or stands in the index.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { importsOf, isRelative, sourceNamed } from './imports.js'
import type { House, SourceFile, Workspace } from './source-tree.js'
import { placeOf } from './source-tree.js'

export function deadFiles(house: House): readonly string[] {
  return house.workspaces.flatMap((workspace) => {
    const reached = filesReached(workspace.files, entriesOf(house, workspace))
    return workspace.files.filter(({ path }) => !reached.has(path)).map(({ path }) => `${path} is reached by nothing`)
  })
}

function filesReached(files: readonly SourceFile[], entries: readonly string[]): ReadonlySet<string> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set(entries.filter((path) => byPath.has(path)))
  for (const path of reached) {
    const file = byPath.get(path)
    if (file === undefined) continue
    for (const entry of importsOf(file)) {
      const target = isRelative(entry) ? sourceNamed(entry) : undefined
      if (target !== undefined && byPath.has(target)) reached.add(target)
    }
  }
  return reached
}

function entriesOf(house: House, workspace: Workspace): readonly string[] {
  const { layer, files } = workspace
  const ambient = files.filter(({ path }) => path.endsWith('.d.ts'))
  const tests = layer === 'test' ? files.filter(({ path }) => path.endsWith('.test.ts')) : []
  return [
    ...workspace.entries.values(),
    ...[...ambient, ...tests].map(({ path }) => path),
    ...binSources(house, workspace),
    ...scriptSources(house, workspace),
  ]
}

/** A bin is a committed file that imports one of its package's outputs. */
function binSources({ root }: House, { folder, bins }: Workspace): readonly string[] {
  return bins.flatMap((bin) => {
    const text = readFileSync(join(root, folder, bin), 'utf8')
    return [...text.matchAll(/\bdist\/([\w/-]+)\.js/g)].map(([, module]) => `${folder}/src/${module}.ts`)
  })
}

/** What npm scripts start, and what the scripts of .ci start or import. */
function scriptSources({ commands, scripts }: House, { folder, layer }: Workspace): readonly string[] {
  const sources = layer === 'test' ? folder : `${folder}/src`
  const outputs = new RegExp(`\\b${folder}/dist/([\\w/-]+)\\.js`, 'g')
  return [...commands, ...scripts.map(({ text }) => text)].flatMap((text) =>
    [...text.matchAll(outputs)].map(([, module]) => `${sources}/${module}.ts`),
  )
}

// ---- exports

export function deadExports(house: House): readonly string[] {
  return house.workspaces.flatMap((workspace) => {
    const used = namesUsedIn([...workspace.files, ...house.scripts])
    return workspace.files
      .filter(({ path }) => path !== `${workspace.folder}/src/index.ts`)
      .flatMap((file) => exportsOf(file).filter(({ name }) => !isUsed(used.get(file.path), name)))
      .map(({ place, name }) => `${place} exports ${name}, which nobody imports`)
  })
}

function isUsed(names: ReadonlySet<string> | undefined, name: string): boolean {
  return names !== undefined && (names.has(name) || names.has('*'))
}

/** By source, what these files import from it; a script imports its output. A worker's URL imports nothing. */
function namesUsedIn(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>()
  for (const file of files) {
    for (const entry of importsOf(file)) {
      if (!isRelative(entry) || entry.kind === 'url') continue
      const source = sourceNamed(entry).replace('/dist/', '/src/')
      const names = used.get(source) ?? new Set()
      for (const name of entry.names) names.add(name)
      used.set(source, names)
    }
  }
  return used
}

interface Export {
  readonly name: string
  readonly place: string
}

function exportsOf(file: SourceFile): readonly Export[] {
  return file.ast.statements.flatMap((statement) =>
    namesExportedBy(statement).map((name) => ({ name, place: placeOf(file, statement) })),
  )
}

function namesExportedBy(statement: ts.Statement): readonly string[] {
  if (ts.isExportAssignment(statement)) return ['default']
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause
    return clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : []
  }
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return ['default']
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  const { name } = statement as ts.DeclarationStatement
  return name === undefined ? [] : [name.getText()]
}
