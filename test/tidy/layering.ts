// Imports point one way: test -> actors -> packages -> protocol. What each workspace imports, what its package.json names and
// what its tsconfig.json references are one and the same. A few libraries have rooms of their own.
import type { Import } from './imports.js'
import {
  importsOf,
  isBuiltin,
  isRelative,
  packageImportsOf,
  packageNamed,
  sourceNamed,
  workspaceNamed,
} from './imports.js'
import type { House, Layer, SourceFile, Workspace } from './source-tree.js'
import { placeOf } from './source-tree.js'

const height: Readonly<Record<Layer, number>> = { protocol: 0, packages: 1, actors: 2, test: 3 }

/** Against the direction, across a package's border, or between actors that should meet only in messages. */
export function layeringViolations(house: House): readonly string[] {
  const inside = house.workspaces.flatMap((workspace) =>
    workspace.files.flatMap((file) =>
      importsOf(file).flatMap((entry) => {
        const why = isRelative(entry) ? crosses(workspace, entry) : pointsUp(house, workspace, entry)
        return why === undefined ? [] : `${placeOf(file, entry.node)} imports ${entry.specifier}: ${why}`
      }),
    ),
  )
  return [...inside, ...house.examples.flatMap((file) => exampleViolations(house, file))]
}

function crosses({ folder }: Workspace, entry: Import): string | undefined {
  if (entry.kind === 'url' || sourceNamed(entry).startsWith(`${folder}/`)) return undefined
  return 'a relative import stays in its workspace'
}

function pointsUp(house: House, from: Workspace, entry: Import): string | undefined {
  const to = workspaceNamed(house, packageNamed(entry))
  if (to === undefined || entry.kind === 'located') return undefined
  if (!to.entries.has(entry.specifier)) return `only what ${to.name} exports can be imported`
  if (height[to.layer] > height[from.layer]) return `${from.layer} import nothing from ${to.layer}`
  if (from.folder === 'packages/jitlink' && to.folder === 'packages/orc') return 'jitlink knows nothing of the session'
  const introduces = from.folder === 'actors/worc' || to.folder === 'actors/mailbox'
  if (from.layer === 'actors' && to.layer === 'actors' && !introduces) return 'actors share only protocol and mailbox'
  return undefined
}

/** An example shows what a user would write, and a user has only the face. */
function exampleViolations(house: House, file: SourceFile): readonly string[] {
  return packageImportsOf(file).flatMap((entry) => {
    const isInternal = workspaceNamed(house, packageNamed(entry)) !== undefined && entry.specifier !== 'worc'
    return isInternal ? `${placeOf(file, entry.node)} imports ${entry.specifier}: an example has only worc` : []
  })
}

// ---- imports = references = dependencies

export function dependencyViolations(house: House): readonly string[] {
  const folders = house.workspaces.map(({ folder }) => folder)
  return [
    ...differences('tsconfig.json', 'references', 'which is no workspace', house.references, folders),
    ...differences('tsconfig.json', 'does not reference', 'a workspace', folders, house.references),
    ...house.workspaces.flatMap((workspace) => dependencyViolationsOf(house, workspace)),
  ]
}

function dependencyViolationsOf(house: House, workspace: Workspace): readonly string[] {
  const { folder, layer, dependencies, references } = workspace
  const imported = [...new Set(workspace.files.flatMap((file) => packageImportsOf(file).map(packageNamed)))]
  const importedFolders = imported.flatMap((name) => workspaceNamed(house, name)?.folder ?? [])
  const declared = Object.keys(dependencies)
  const installedForTests = layer === 'test' ? house.devDependencies : []
  const manifest = `${folder}/package.json`
  const config = `${folder}/tsconfig.json`
  return [
    ...differences(manifest, 'does not name', 'which is imported', imported, [...declared, ...installedForTests]),
    ...differences(manifest, 'names', 'which nothing imports', declared, imported),
    ...differences(config, 'does not reference', 'which is imported', importedFolders, references),
    ...differences(config, 'references', 'from which nothing is imported', references, importedFolders),
    ...rangeViolations(house, workspace),
    ...lockViolations(house, workspace),
  ]
}

function differences(
  file: string,
  verb: string,
  why: string,
  these: readonly string[],
  without: readonly string[],
): readonly string[] {
  return these.filter((name) => !without.includes(name)).map((name) => `${file} ${verb} ${name}, ${why}`)
}

/** A range that a workspace does not satisfy sends npm to the registry for it. */
function rangeViolations(house: House, { folder, dependencies }: Workspace): readonly string[] {
  return Object.entries(dependencies).flatMap(([name, range]) => {
    const version = workspaceNamed(house, name)?.version
    if (version === undefined || range === `^${version}`) return []
    return `${folder}/package.json wants ${name} ${range}; the workspace is ^${version}`
  })
}

function lockViolations({ locked }: House, { folder, dependencies }: Workspace): readonly string[] {
  if (locked === undefined) return []
  const inLock = Object.entries(locked.get(folder) ?? {}).map(String)
  const asked = Object.entries(dependencies).map(String)
  const isSame = inLock.length === asked.length && asked.every((entry) => inLock.includes(entry))
  return isSame ? [] : [`package-lock.json is behind ${folder}/package.json: run npm install --package-lock-only`]
}

// ---- libraries with rooms of their own

/** What a path must begin with to import the library. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  msgpackr: ['protocol/src/codec.ts', 'protocol/src/wire/packer.ts'],
  xstate: ['actors/supervisor/', 'test/'],
  comlink: ['actors/mailbox/', 'actors/supervisor/', 'actors/worc/', 'test/'],
  mocha: ['test/'],
  chai: ['test/'],
  typescript: ['test/tidy/'],
}

export function roomViolations(house: House): readonly string[] {
  return house.workspaces.flatMap(({ files }) =>
    files.flatMap((file) =>
      packageImportsOf(file).flatMap((entry) => {
        const allowed = rooms[packageNamed(entry)]
        if (allowed === undefined || allowed.some((room) => file.path.startsWith(room))) return []
        return `${placeOf(file, entry.node)} imports ${entry.specifier}, which lives in ${allowed.join(', ')} only`
      }),
    ),
  )
}

/** Deciding code has nothing of Node's. */
export function builtinViolations(house: House): readonly string[] {
  return house.workspaces
    .filter(({ layer }) => layer === 'protocol' || layer === 'packages')
    .flatMap(({ files }) => files)
    .flatMap((file) =>
      importsOf(file)
        .filter(isBuiltin)
        .map(
          ({ node, specifier }) => `${placeOf(file, node)} imports ${specifier}: deciding code has nothing of Node's`,
        ),
    )
}
