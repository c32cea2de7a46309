// Machine code of a session in another process: its harts are the server's, and its addresses are used anew, which no call may notice.
import { expect } from 'chai'
import { assemble, fullIsa } from '@worc/riscv'
import type { RemoteJIT } from 'worc'
import { rejection } from '../worc/rejection.js'
import type { Server } from './server.js'
import { startServer } from './server.js'

const binary = { parameters: ['i64', 'i64'], results: ['i64'] } as const
const atPointer = { parameters: ['pointer'], results: ['i32'] } as const

describe('machine code in another process', function () {
  let server: Server
  let client: RemoteJIT
  before(async () => {
    server = await startServer({ executors: 2 }, { target: 'riscv64', inline: true, compileThreads: 1 })
    client = await server.connect()
  })
  after(async () => {
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('is called with its signature, with bytes behind a pointer', async () => {
    await client.addObject(objectOf('add', 'add a0, a0, a1'))
    await client.addObject(objectOf('bump', 'lw a1, 0(a0)\n addi a1, a1, 1\n sw a1, 0(a0)\n mv a0, a1'))
    const add = await client.lookup('add', { signature: binary })
    expect(await add(1n << 40n, 2n)).to.equal((1n << 40n) + 2n)
    const bytes = new Uint8Array([41, 0, 0, 0])
    expect(await (await client.lookup('bump', { signature: atPointer }))(bytes)).to.equal(42)
    expect(bytes[0]).to.equal(42)
    expect((await rejection(client.lookup('add'))).code).to.equal('BadArgument')
  })

  it('a function whose address another one has by now answers CodeRemoved, in every executor', async () => {
    const tracker = client.main.createResourceTracker()
    await client.addObject(objectOf('first', 'li a0, 1'), { tracker })
    const first = await client.lookup('first', { signature: binary })
    expect(await first(0n, 0n)).to.equal(1n)
    const address = await first.pointer()
    await tracker.remove({ wait: 'reclaimed' })
    await client.addObject(objectOf('second', 'li a0, 2'))
    const second = await client.lookup('second', { signature: binary })
    expect(await second.pointer()).to.equal(address)
    const calls = await Promise.all(Array.from({ length: 16 }, () => rejection(first(0n, 0n))))
    expect(new Set(calls.map(({ code }) => code))).to.deep.equal(new Set(['CodeRemoved']))
    expect(await second(0n, 0n)).to.equal(2n)
  })

  it('a fault says where, and an endless loop is interrupted', async () => {
    await client.addObject(objectOf('fault', 'lw a0, 8(zero)'))
    const trap = await rejection((await client.lookup('fault', { signature: binary }))(0n, 0n))
    expect([trap.code, trap.trap?.cause]).to.deep.equal(['Trap', 'loadFault'])
    await client.addObject(objectOf('forever', 'j forever'))
    const forever = await client.lookup('forever', { signature: binary })
    expect((await rejection(forever.withDeadline(50)(0n, 0n))).code).to.equal('Interrupted')
  })
})

function objectOf(name: string, body: string): Uint8Array {
  const source = `.text\n.globl ${name}\n.type ${name}, @function\n${name}:\n ${body}\n ret\n.size ${name}, .-${name}\n`
  const object = assemble(source, 'test.s', { isa: fullIsa(64), floatAbi: 'double' })
  if (!object.ok) throw new Error(object.error.message)
  return object.value
}
