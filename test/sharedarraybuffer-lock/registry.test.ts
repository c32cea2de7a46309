// Addresses, kinds and limits of a registry.
import { describe, it } from 'mocha'
import { expect } from 'chai'
import {
  allocate,
  Condition,
  createAgent,
  createRegistry,
  LockError,
  Mutex,
  openRegistry,
} from 'sharedarraybuffer-lock'
import type { LockAddress } from 'sharedarraybuffer-lock'
import { nodePlatform } from './node-platform.js'

describe('Registry', () => {
  it('allocate: 64 bytes apart, and the same lock through a second view of the buffer', () => {
    const registry = createRegistry()
    const [one, two] = [allocate(registry), allocate(registry)]
    const mutex = new Mutex(createAgent(registry, nodePlatform(1)), one)
    const opened = openRegistry(registry.buffer)
    const same = new Mutex(createAgent(opened, nodePlatform(2)), one)
    expect((new Mutex(mutex.agent, two).stateIndex - mutex.stateIndex) * 4).to.equal(64)
    expect(Mutex.lockIfAvailable(mutex, 0)).not.to.equal(null)
    expect(Mutex.lockIfAvailable(same, 0)).to.equal(null)
  })

  it('allocate (full): RegistryFull, and nothing is taken', () => {
    const registry = createRegistry({ lineCount: 3 })
    allocate(registry)
    expect(() => allocate(registry, 'semaphore', 16)).to.throw(LockError, 'no room for 3 more of its 3 lines')
    allocate(registry, 'semaphore', 15)
    expect(() => allocate(registry)).to.throw(LockError, 'no room for 1 more of its 3 lines')
  })

  it('address of another kind, or of nothing: a program error', () => {
    const registry = createRegistry()
    const agent = createAgent(registry, nodePlatform())
    const address = allocate(registry)
    expect(() => new Condition(agent, address)).to.throw('invariant: lock 1 is not a condition')
    expect(() => new Mutex(agent, (address + 1) as LockAddress)).to.throw('invariant: lock 2 is not a mutex')
    expect(() => new Mutex(agent, 65 as LockAddress)).to.throw('invariant: lock address 65 is not one of lines 1 to 64')
    expect(() => allocate(registry, 'mutex', 2)).to.throw('invariant: a mutex cannot have 2 permits')
    expect(() => openRegistry(new SharedArrayBuffer(64))).to.throw('invariant: the buffer holds no lock registry')
  })
})
