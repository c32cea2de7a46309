// Runs the built tests under every Node that Worc supports: the one at hand, and others that npm has as packages of a binary
// each, kept in the temporary directory for the next time. A version that cannot be had is skipped, and the table says so.
// Arguments go to test.mjs: `npm run test:matrix -- test/dist/orc`.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const versions = ['20.20.2', '22.23.3', '24.19.0', '26.10.0']

const here = dirname(fileURLToPath(import.meta.url))
const windows = process.platform === 'win32'
const platform = `${windows ? 'win' : process.platform}-${process.arch}`
const results = [await tested(process.versions.node, process.execPath)]
for (const version of versions) {
  if (version === process.versions.node) continue
  const node = obtain(version)
  results.push('binary' in node ? await tested(version, node.binary) : skipped(version, node.problem))
}

console.log(`\nTests on ${platform}`)
console.table(Object.fromEntries(results.map(({ version, ...result }) => [`Node ${version}`, result])))
process.exitCode = results.some(({ result }) => result === 'failed') ? 1 : 0

/** The binary of a version, fetched once; or why there is none. */
function obtain(version) {
  const name = `node-${platform}`
  const folder = join(tmpdir(), 'worc-nodes', version)
  const binary = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node')
  let said = ''
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder]
    const npm = spawnSync('npm', ['install', ...flags, `${name}@${version}`], { encoding: 'utf8', shell: windows })
    said = npm.error?.message ?? npm.stderr.trim().replaceAll('\n', ' ').slice(0, 200)
  }
  const { status, stdout, error } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  if (status === 0 && stdout.trim() === `v${version}`) return { binary }
  return { problem: said || error?.message || `${name}@${version} does not run here` }
}

function tested(version, binary) {
  console.log(`\n---- Node ${version}`)
  const began = performance.now()
  const env = { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env.PATH}` }
  const child = spawn(binary, [join(here, 'test.mjs'), ...process.argv.slice(2)], {
    env,
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  let last = ''
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk)
    last = `${last}${chunk}`.slice(-200)
  })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const [, passed = 0, failed = 0] = /(\d+) passed, (\d+) failed\s*$/.exec(last) ?? []
      const seconds = Math.round((performance.now() - began) / 1000)
      resolve({
        version,
        result: code === 0 ? 'passed' : 'failed',
        passed: Number(passed),
        failed: Number(failed),
        seconds,
      })
    })
  })
}

function skipped(version, problem) {
  console.log(`\n---- Node ${version} is SKIPPED: ${problem}`)
  return { version, result: 'SKIPPED', passed: 0, failed: 0, seconds: 0 }
}
