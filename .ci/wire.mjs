// Writes the tables and test vectors of protocol/README.md, between their marks, from the wire's own table and code; or, with
// --check, says whether they are what it says. A path instead of protocol/README.md may follow.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { plainErrorCodes, symbolErrorCodes, wireLimits } from '../protocol/dist/index.js'
import { frameKinds } from '../protocol/dist/wire/batch.js'
import { wireTable, wireTypes } from '../protocol/dist/wire/table.js'
import { vectors } from './wire-vectors.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const checks = process.argv.includes('--check')
const path = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? join(root, 'protocol', 'README.md')

const before = readFileSync(path, 'utf8')
const after = Object.entries({
  kinds,
  limits,
  types,
  codes,
  client: () => rows('client'),
  server: () => rows('server'),
  vectors: shown,
}).reduce((text, [name, part]) => replaced(text, name, part()), before)
if (!checks) writeFileSync(path, after)
else if (after !== before) {
  process.stderr.write('protocol/README.md is not what protocol/src/wire says: run node .ci/wire.mjs\n')
  process.exitCode = 1
}

function replaced(text, name, part) {
  const marks = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
  const [begin, end] = marks.map((mark) => text.indexOf(mark))
  if (begin < 0 || end < begin) throw new Error(`${path} has no marks ${marks.join(' ')}`)
  return `${text.slice(0, begin + marks[0].length)}\n${part}\n\n${text.slice(end)}`
}

function kinds() {
  const shapes = {
    tell: 'type, fields…, blobs?',
    ask: 'ask, type, fields…, blobs?',
    reply: 'ask, value, blobs?',
    error: 'ask, error',
    credit: 'count',
    goodbye: 'error',
    part: 'blob, offsetBytes, totalBytes, bytes',
    exemptTell: 'type, fields…, blobs?',
    exemptAsk: 'ask, type, fields…, blobs?',
  }
  const lines = Object.entries(frameKinds).map(
    ([name, kind]) => `| ${kind} | ${name} | \`[${kind}, ${shapes[name]}]\` |`,
  )
  return ['| kind | name | frame |', '|---|---|---|', ...lines].join('\n')
}

function limits() {
  const lines = Object.entries(wireLimits).map(([name, limit]) => `| ${name} | ${limit} |`)
  return ['| limit | |', '|---|---|', ...lines].join('\n')
}

function types() {
  return wireTypes.map(({ name, definition }) => `- **${name}**: ${code(definition)}`).join('\n')
}

function codes() {
  const list = (all) => all.map((each) => `\`${each}\``).join(', ')
  return `About symbols: ${list(symbolErrorCodes)}.\n\nOthers: \`CompileFailed\`, \`Trap\`, ${list(plainErrorCodes)}.`
}

function rows(from) {
  const own = Object.entries(wireTable).filter(([, row]) => row.from === from)
  const lines = own.map(([type, { fields, attachments, reply, replyAttachments }]) => {
    const listed = Object.entries(fields).map(([name, { text }]) => `${name}: ${text}`)
    if (attachments) listed.push('blobs?')
    const answer = reply === undefined ? '' : code(`${reply.text}${replyAttachments ? ', blobs?' : ''}`)
    return `| \`${type}\` | ${listed.length === 0 ? '' : code(listed.join(', '))} | ${answer} |`
  })
  return ['| message | fields | reply |', '|---|---|---|', ...lines].join('\n')
}

function code(text) {
  return `\`${text.replaceAll('|', '\\|')}\``
}

function shown() {
  return vectors()
    .map(({ what, hex, value }) => `**${what}**\n\n\`\`\`\n${hex.replace(/.{1,96}/g, '$&\n')}\`\`\`\n\n\`${value}\``)
    .join('\n\n')
}
