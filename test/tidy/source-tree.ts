// The house as the checks see it: its workspaces, what their manifests and configurations say, and their sources, parsed. It
// is read from a root directory, so that a check can be tried on a small house that has something planted in it.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

export type Layer = 'protocol' | 'packages' | 'actors' | 'test'

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly ast: ts.SourceFile
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  /** What can be imported from it, to the sources behind it: its name, and the subpaths that it exports. */
  readonly entries: ReadonlyMap<string, string>
  /** Paths from the workspace's folder. */
  readonly bins: readonly string[]
}

export interface Workspace extends Manifest {
  readonly folder: string
  readonly layer: Layer
  /** As the compiler sees them, what is inherited among them. */
  readonly options: ts.CompilerOptions
  /** Folders. */
  readonly references: readonly string[]
  readonly files: readonly SourceFile[]
}

export interface House {
  readonly root: string
  readonly workspaces: readonly Workspace[]
  /** Folders that the root tsconfig names. */
  readonly references: readonly string[]
  readonly devDependencies: readonly string[]
  /** Folder to dependencies, as package-lock.json has them; undefined where there is no lock file. */
  readonly locked: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined
  /** The root's npm scripts. */
  readonly commands: readonly string[]
  /** Of .ci. */
  readonly scripts: readonly SourceFile[]
  readonly examples: readonly SourceFile[]
}

export function readHouse(root: string): House {
  const manifest = readJSON(root, 'package.json')
  return {
    root,
    workspaces: workspaceFolders(root).map((folder) => readWorkspace(root, folder)),
    references: referencesOf(root, ''),
    devDependencies: Object.keys(recordOf(manifest['devDependencies'])),
    locked: lockedDependencies(root),
    commands: Object.values(recordOf(manifest['scripts'])),
    scripts: filesBelow(root, '.ci', /\.mjs$/).map((path) => readSource(root, path)),
    examples: filesBelow(root, 'examples', /\.mjs$/).map((path) => readSource(root, path)),
  }
}

function workspaceFolders(root: string): readonly string[] {
  const rooms = ['packages', 'actors'].flatMap((room) => entriesOf(root, room).map((name) => `${room}/${name}`))
  return ['protocol', ...rooms, 'test'].filter((folder) => existsSync(join(root, folder, 'package.json')))
}

function readWorkspace(root: string, folder: string): Workspace {
  const sources = folder === 'test' ? folder : `${folder}/src`
  return {
    ...readManifest(root, folder),
    folder,
    layer: layerOf(folder),
    options: optionsOf(root, folder),
    references: referencesOf(root, folder),
    files: filesBelow(root, sources, /\.ts$/).map((path) => readSource(root, path)),
  }
}

function layerOf(folder: string): Layer {
  const [room] = folder.split('/')
  return room as Layer
}

function readManifest(root: string, folder: string): Manifest {
  const manifest = readJSON(root, `${folder}/package.json`)
  const name = String(manifest['name'])
  return {
    name,
    version: String(manifest['version']),
    dependencies: recordOf(manifest['dependencies']),
    entries: new Map([[name, `${folder}/src/index.ts`], ...subpathsOf(manifest, name, folder)]),
    bins: Object.values(recordOf(manifest['bin'])),
  }
}

function subpathsOf(manifest: Record<string, unknown>, name: string, folder: string): readonly [string, string][] {
  const exported = (manifest['exports'] ?? {}) as Record<string, string | { readonly default: string }>
  return Object.entries(exported).flatMap(([subpath, target]): [string, string][] => {
    const [, module] = typeof target === 'string' ? [] : (/^\.\/dist\/(.*)\.js$/.exec(target.default) ?? [])
    return module === undefined ? [] : [[subpath.replace('.', name), `${folder}/src/${module}.ts`]]
  })
}

function readSource(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, ast: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true) }
}

// ---- configurations

function optionsOf(root: string, folder: string): ts.CompilerOptions {
  const nothing = { ...ts.sys, readDirectory: () => [] }
  const config: unknown = ts.readConfigFile(join(root, folder, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config
  return ts.parseJsonConfigFileContent(config, nothing, join(root, folder)).options
}

function referencesOf(root: string, folder: string): readonly string[] {
  const { references } = readJSON(root, join(folder, 'tsconfig.json')) as { references?: readonly { path: string }[] }
  return (references ?? []).map(({ path }) => join(folder, path).replaceAll('\\', '/'))
}

function lockedDependencies(root: string): House['locked'] {
  if (!existsSync(join(root, 'package-lock.json'))) return undefined
  const packages = readJSON(root, 'package-lock.json')['packages'] as Record<string, Record<string, unknown>>
  return new Map(Object.entries(packages).map(([folder, entry]) => [folder, recordOf(entry['dependencies'])]))
}

function readJSON(root: string, path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>
}

function recordOf(value: unknown): Readonly<Record<string, string>> {
  return (value ?? {}) as Record<string, string>
}

// ---- files

/** What nobody wrote: outputs and installations. */
export const outputs: readonly string[] = ['node_modules', 'dist', 'coverage', '.git']
/** Fixtures are data, whatever their names end in. */
const noSources: readonly string[] = [...outputs, 'fixtures']

export function filesBelow(root: string, folder: string, name: RegExp, skip = noSources): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return skip.includes(entry.name) ? [] : filesBelow(root, path, name, skip)
    return name.test(entry.name) ? [path] : []
  })
}

function entriesOf(root: string, folder: string): readonly string[] {
  return existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : []
}

/** How a violation begins: where it is, so that an editor can go there. */
export function placeOf({ path, ast }: SourceFile, node: ts.Node): string {
  return `${path}:${ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1}`
}

/** Every node, parents before children. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => void children.push(child))
  for (const child of children) yield* nodesOf(child)
}
