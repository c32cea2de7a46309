// Makes the checkout ready to run, whatever its state: dependencies as the lock file has them, no output without its
// source, everything built. When nothing changed it says nothing and takes a few milliseconds. `npm start` and `npm test`
// both begin here, so each works as the first command after a clone, also with ignore-scripts=true or NODE_ENV=production.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamps = join(root, 'node_modules', '.worc')
const output = /(\.js|\.d\.ts)(\.map)?$/

const workspaces = ['protocol', 'test', ...under('packages'), ...under('actors')]
const manifests = new Map(['', ...workspaces].map((folder) => [folder, readJSON(join(folder, 'package.json'))]))

const dependencies = digest([readFileSync(join(root, 'package-lock.json')), ...[...manifests.values()].map(asked)])
if (read('dependencies') !== dependencies) {
  if (!isInstalled()) install()
  write('dependencies', dependencies)
}

const state = digest(sources().map(age))
if (read('build') !== state || workspaces.some((folder) => !existsSync(join(root, folder, 'dist')))) {
  // Should it fail, the next one begins anew, also where the sources are then as they were before.
  write('build', '')
  build()
  write('build', state)
}

// ---- dependencies

/** What a manifest asks npm for. The rest of it (scripts, configuration) may change without an installation. */
function asked({ name, version, workspaces, bin, dependencies, devDependencies, optionalDependencies, overrides }) {
  return JSON.stringify({
    name,
    version,
    workspaces,
    bin,
    dependencies,
    devDependencies,
    optionalDependencies,
    overrides,
  })
}

/** Whether npm has put here, by whatever command, what the lock file and the manifests name. What is optional may be missing. */
function isInstalled() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false
  const installed = readJSON('node_modules/.package-lock.json').packages
  const locked = Object.entries(readJSON('package-lock.json').packages).filter(([path]) => path !== '')
  return (
    locked.every(([path, { version, optional }]) => installed[path]?.version === version || optional === true) &&
    [...manifests].every(([folder, { dependencies, devDependencies }]) =>
      Object.entries({ ...dependencies, ...devDependencies }).every(([name, range]) => {
        const found = installed[`${folder}/node_modules/${name}`] ?? installed[`node_modules/${name}`]
        return found !== undefined && (found.link === true || /^\D/.test(range) || found.version === range)
      }),
    )
  )
}

function install() {
  say('installing dependencies (once)')
  const flags = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  // npm 11 refuses a lock file that lists platform packages it cannot reach; an install that leaves the lock alone does not.
  if (run('npm', ['ci', ...flags]) !== 0 && run('npm', ['install', '--no-save', ...flags]) !== 0) process.exit(1)
}

// ---- build

function build() {
  say('building')
  for (const folder of workspaces) removeStaleOutputs(folder)
  if (run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']) !== 0) process.exit(1)
}

/** A deleted source leaves its output behind, which an import or a test glob would still find. */
function removeStaleOutputs(folder) {
  const out = join(folder, 'dist')
  for (const file of files(out)) {
    if (!output.test(file)) continue
    const source = join(sourceFolder(folder), file.slice(out.length + 1).replace(output, '.ts'))
    if (!existsSync(join(root, source))) rmSync(join(root, file))
  }
}

function sources() {
  const configurations = [
    'tsconfig.base.json',
    'tsconfig.json',
    ...workspaces.map((folder) => join(folder, 'tsconfig.json')),
  ]
  return [
    ...configurations,
    ...workspaces.flatMap((folder) => files(sourceFolder(folder)).filter((file) => file.endsWith('.ts'))),
  ]
}

function sourceFolder(folder) {
  return folder === 'test' ? folder : join(folder, 'src')
}

function age(file) {
  const { mtimeMs, size } = statSync(join(root, file))
  return `${file}:${mtimeMs}:${size}`
}

// ---- the tree

/** The workspaces of a folder; what only has outputs left is none. */
function under(folder) {
  const names = readdirSync(join(root, folder))
  return names
    .map((name) => join(folder, name))
    .filter((workspace) => existsSync(join(root, workspace, 'package.json')))
}

/** All files below a folder, outputs apart unless the folder is one. */
function files(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (!entry.isDirectory()) return [path]
    return entry.name === 'node_modules' || entry.name === 'dist' ? [] : files(path)
  })
}

// ---- the machine

/** The exit code. Interrupted is not failed: what was asked for is not tried in another way. */
function run(command, args) {
  const env = { ...process.env, NODE_ENV: 'development' }
  const shell = process.platform === 'win32' && command === 'npm'
  const { status, signal, error } = spawnSync(command, args, { cwd: root, env, shell, stdio: ['ignore', 2, 2] })
  if (error !== undefined) process.stderr.write(`worc: ${command} cannot be run: ${error.message}\n`)
  if (signal !== null || status === 130) process.exit(130)
  return status
}

function digest(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

function readJSON(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'))
}

function read(name) {
  return existsSync(join(stamps, name)) ? readFileSync(join(stamps, name), 'utf8') : undefined
}

function write(name, value) {
  mkdirSync(stamps, { recursive: true })
  writeFileSync(join(stamps, name), value)
}

function say(what) {
  if (process.stderr.isTTY || process.env.CI) process.stderr.write(`worc: ${what}\n`)
}
