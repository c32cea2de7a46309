// Writes docs/MESSAGES.md from the catalogue of messages, or, with --check, says whether it is that table. A path instead of
// docs/MESSAGES.md may follow.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalogue, errorsOfEveryAsk, errorsOfTheSession } from '../protocol/dist/catalogue.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const checks = process.argv.includes('--check')
const path = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? join(root, 'docs', 'MESSAGES.md')

const text = page()
if (!checks) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
} else if (current() !== text) {
  process.stderr.write('docs/MESSAGES.md is not what protocol/src/catalogue.ts says: run node .ci/catalogue.mjs\n')
  process.exitCode = 1
}

function page() {
  return `# Messages

Written by \`node .ci/catalogue.mjs\` from \`protocol/src/catalogue.ts\`; the types are in \`protocol/src/*-messages.ts\`.

A message with a reply is an ask, and is answered once: with the reply, or with an error. Beside its own errors an ask may answer
${list(errorsOfEveryAsk)}; an ask of the session, when it has ended, ${list(errorsOfTheSession)}.
A message without a reply is told, and whatever goes wrong with it is reported elsewhere.

A client is whoever joined the session on a port: a thread of a service, a compile actor, a link actor. Materializer, manager and
generator are parts that a client plays. "Stands for" is the call of ORC's, or what the message is for where ORC has none.
${[...byRoute()].map(section).join('')}`
}

/** Rows by who speaks to whom, in the order of the catalogue. */
function byRoute() {
  const routes = new Map()
  for (const [name, row] of Object.entries(catalogue)) {
    const route = `${row.from} → ${row.through === undefined ? '' : `${row.through} → `}${row.to}`
    routes.set(route, [...(routes.get(route) ?? []), { name, ...row }])
  }
  return routes
}

function section([route, rows]) {
  const lines = rows.map(
    ({ name, reply, errors, orc }) => `| \`${name}\` | ${reply ?? ''} | ${list(new Set(errors))} | ${orc} |`,
  )
  return `
## ${route}

| message | reply | errors | stands for |
|---|---|---|---|
${lines.join('\n')}
`
}

function list(codes) {
  return [...codes].join(', ')
}

function current() {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
