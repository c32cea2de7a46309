// A session on TCP: let in by its token, over TLS where there is a certificate, and by that certificate only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { JIT, connect } from 'worc'
import { worc } from '../worc/command-line.js'
import { rejection } from '../worc/rejection.js'

const fixture = (name: string): string => fileURLToPath(new URL(`../../gateway/fixtures/${name}`, import.meta.url))
const token = 'secret'

describe('a session on TCP', () => {
  let jit: JIT
  let directory: string
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'worc-tcp-'))
    writeFileSync(join(directory, 'token'), token, { mode: 0o600 })
    jit = await JIT.start({ compileThreads: 1 })
  })
  after(async () => {
    await jit[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true })
  })

  it('the token lets in, another does not', async () => {
    const listening = await jit.listen({ port: 0, token })
    expect(listening.url.href).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    const remote = await connect(listening.url, { token })
    await remote.session.drain()
    await remote[Symbol.asyncDispose]()
    expect((await rejection(connect(listening.url, { token: 'another' }))).code).to.equal('AuthFailed')
    await listening.close()
  })

  it('TLS: whoever trusts the certificate is let in; nobody else says a word', async () => {
    const tls = { cert: fixture('certificate.pem'), key: fixture('key.pem') }
    const listening = await jit.listen({ host: 'localhost', port: 0, token, tls })
    expect(listening.url.protocol).to.equal('tls:')
    const refused = await rejection(connect(listening.url, { token }))
    expect(refused.code).to.equal('ConnectionLost')
    const plain = listening.url.href.replace('tls:', 'tcp:')
    expect((await rejection(connect(plain, { token }))).code).to.equal('ConnectionLost')
    const status = ['status', listening.url.href, '--token-file', 'token', '--json']
    const trusting = await worc(status, { cwd: directory, env: { NODE_EXTRA_CA_CERTS: tls.cert } })
    expect(trusting.stderr).to.equal('')
    expect(trusting.code).to.equal(0)
    await listening.close()
  })
})
