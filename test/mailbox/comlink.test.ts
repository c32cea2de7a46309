// comlink on our ports: its calls work, and where stock comlink would wait for ever, they reject.
import { mortalEndpoint, nodeEndpoint, toComlinkEndpoint } from '@worc/mailbox'
import { JITError, plainError } from '@worc/protocol'
import { expect } from 'chai'
import type { ProxyMethods, Remote } from 'comlink'
import { expose, proxy, releaseProxy, transfer, wrap } from 'comlink'
import { describe, it } from 'mocha'
import { MessageChannel } from 'node:worker_threads'
import { done, errorOf, transports } from './ends.js'

const notFound = plainError('BadArgument', 'no Foo', plainError('UserError', 'because'))

const api = {
  add: (a: number, b: number): number => a + b,
  refuse: (): never => {
    throw new JITError(notFound)
  },
  fail: (): never => {
    throw new TypeError('planted')
  },
  never: (): Promise<never> => new Promise(() => undefined),
  unsendable: (): (() => void) => () => undefined,
  callBack: async (double: (value: number) => Promise<number>): Promise<number> => {
    const answer = await double(21)
    // A callback has ports of its own, which stay open as long as it is held.
    ;(double as typeof double & ProxyMethods)[releaseProxy]()
    return answer
  },
  sizeOf: (buffer: ArrayBuffer): number => buffer.byteLength,
}
type Api = typeof api

for (const [name, connect] of Object.entries(transports)) {
  describe(`comlink over ${name}`, () => {
    function serve(): { remote: Remote<Api>; close: () => void } {
      const [client, server] = connect()
      expose(api, toComlinkEndpoint(server))
      return { remote: wrap<Api>(toComlinkEndpoint(client)), close: () => server.close(done) }
    }

    it('calls, callbacks and transfers', async () => {
      const { remote, close } = serve()
      expect(await remote.add(40, 2)).to.equal(42)
      expect(await remote.callBack(proxy(async (value: number) => value * 2))).to.equal(42)
      const buffer = new ArrayBuffer(8)
      expect(await remote.sizeOf(transfer(buffer, [buffer]))).to.equal(8)
      close()
    })

    it('a JITError arrives as one, with code and cause; other errors as comlink has them', async () => {
      const { remote, close } = serve()
      expect(await errorOf(remote.refuse())).to.deep.equal(notFound)
      const plain = await (remote.fail() as Promise<unknown>).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(plain).to.be.instanceOf(Error).and.not.instanceOf(JITError)
      expect((plain as Error).message).to.equal('planted')
      close()
    })

    it('the channel ends: calls in flight and later ones reject with its error', async () => {
      const { remote, close } = serve()
      const inFlight = [errorOf(remote.never()), errorOf(remote.never())]
      expect(await remote.add(1, 1)).to.equal(2)
      close()
      expect(await Promise.all(inFlight)).to.deep.equal([done, done])
      expect(await errorOf(remote.add(1, 1))).to.deep.equal(done)
    })
  })
}

describe('comlink over PortChannel', () => {
  it('an answer that cannot be cloned is an error at the caller, not a crash here', async () => {
    const [client, server] = (transports['PortChannel'] as (typeof transports)[string])()
    expose(api, toComlinkEndpoint(server))
    const remote = wrap<Api>(toComlinkEndpoint(client))
    const thrown = await (remote.unsendable() as Promise<unknown>).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect((thrown as Error).message).to.equal('Unserializable return value')
    server.close(done)
  })
})

describe('mortalEndpoint over nodeEndpoint', () => {
  it('is busy from the first call to the last answer, and answers for the dead', async () => {
    const { port1, port2 } = new MessageChannel()
    expose(api, nodeEndpoint(port2))
    const busy: boolean[] = []
    const endpoint = mortalEndpoint(nodeEndpoint(port1), (now) => busy.push(now))
    const remote = wrap<Api>(endpoint)
    await Promise.all([remote.add(1, 1), remote.add(2, 2)])
    expect(busy).to.deep.equal([true, false])
    const inFlight = errorOf(remote.never())
    endpoint.die(done)
    endpoint.die(notFound)
    expect(await inFlight).to.deep.equal(done)
    expect(await errorOf(remote.add(1, 1))).to.deep.equal(done)
    expect(busy).to.deep.equal([true, false, true, false])
    port1.close()
  })
})
