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

const workspaces = ['protocol', 'test', ...under('packages'), ...under('actors')]
const manifests = ['package.json', 'package-lock.json', ...workspaces.map((folder) => join(folder, 'package.json'))]
const sources = workspaces.flatMap((folder) => files(folder === 'test' ? folder : join(folder, 'src')).concat(join(folder, 'tsconfig.json')))

const dependencies = digest(manifests.map((file) => readFileSync(join(root, file))))
if (read('dependencies') !== dependencies) install()

const state = digest(sources.concat('tsconfig.base.json', 'tsconfig.json').map((file) => `${file}:${statSync(join(root, file)).mtimeMs}:${statSync(join(root, file)).size}`))
if (read('build') !== state || workspaces.some((folder) => !existsSync(join(root, folder, 'dist')))) build()

function install() {
  say('installing dependencies (once)')
  const flags = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  // npm 11 refuses a lock file that lists platform packages it cannot reach; an install that leaves the lock alone does not.
  if (run('npm', ['ci', ...flags]) !== 0 && run('npm', ['install', '--no-save', ...flags]) !== 0) process.exit(1)
  write('dependencies', dependencies)
}

function build() {
  say('building')
  for (const folder of workspaces) removeStaleOutputs(folder)
  if (run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']) !== 0) process.exit(1)
  write('build', state)
}

/** A deleted source leaves its output behind, which an import or a test glob would still find. */
function removeStaleOutputs(folder) {
  const out = join(folder, 'dist')
  if (!existsSync(join(root, out))) return
  for (const file of files(out)) {
    if (!/\.(js|d\.ts)(\.map)?$/.test(file)) continue
    const source = join(folder, folder === 'test' ? '' : 'src', file.slice(out.length + 1).replace(/\.(js|d\.ts)(\.map)?$/, '.ts'))
    if (!existsSync(join(root, source))) rmSync(join(root, file))
  }
}

function run(command, args) {
  const env = { ...process.env, NODE_ENV: 'development' }
  return spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' && command === 'npm' }).status
}

function under(folder) {
  return readdirSync(join(root, folder)).filter((name) => existsSync(join(root, folder, name, 'package.json'))).map((name) => join(folder, name))
}

function files(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' || (entry.name === 'dist' && !folder.includes('dist')) ? [] : files(path)
    return /\.(ts|js|map)$/.test(entry.name) ? [path] : []
  })
}

function digest(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
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
