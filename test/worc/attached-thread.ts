// A thread for tests: attaches to the port it is given and does what it is told, one message at a time.
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { JITFunction, Signature } from 'worc'
import { JITError, attach, hostFunctions } from 'worc'

export type Order =
  | { readonly do: 'lookup'; readonly name: string; readonly signature?: Signature }
  | { readonly do: 'lookupSync'; readonly name: string }
  | { readonly do: 'call'; readonly name: string; readonly args: readonly (number | bigint)[] }
  /** Calls without ever returning to the event loop; says in a word when it has begun (1), and when a call throws CodeRemoved (2). */
  | { readonly do: 'callForEver'; readonly name: string; readonly progress: SharedArrayBuffer }
  | { readonly do: 'park' }
  /** Sleeps in Atomics.wait, as an idle pool worker does. */
  | { readonly do: 'block'; readonly word: SharedArrayBuffer }
  | { readonly do: 'die' }
  | { readonly do: 'defineUser'; readonly symbol: string }
  /** A unit that looks itself up while it materializes, waited for in this thread. */
  | { readonly do: 'lookUpItself'; readonly symbol: string }
  /** A host function of this thread's: announces itself in the word at its argument, and returns when the word changes. */
  | { readonly do: 'defineWaitingFunction'; readonly symbol: string }
  | { readonly do: 'leave' }

const handles = new Map<string, JITFunction>()
const jit = await attach(workerData as MessagePort)
parentPort?.on('message', (order: Order) => {
  carryOut(order).then(
    (value) => parentPort?.postMessage({ value }),
    (thrown: unknown) => parentPort?.postMessage({ error: thrown instanceof JITError ? thrown.code : String(thrown) }),
  )
})
parentPort?.postMessage({ value: 'attached' })

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'lookup':
      return void handles.set(
        order.name,
        await jit.lookup(order.name, order.signature === undefined ? {} : { signature: order.signature }),
      )
    case 'lookupSync':
      return void handles.set(order.name, jit.lookupSync(order.name))
    case 'call':
      return handle(order.name)(...order.args)
    case 'callForEver': {
      const call = handle(order.name)
      const progress = new Int32Array(order.progress)
      for (let calls = 0; ; calls += 1) {
        try {
          call()
          if (calls === 1000) Atomics.store(progress, 0, 1)
        } catch (thrown) {
          if (thrown instanceof JITError && thrown.code === 'CodeRemoved') Atomics.store(progress, 0, 2)
        }
      }
    }
    case 'park':
      return jit.park()
    case 'block':
      parentPort?.postMessage({ value: 'blocking' })
      return Atomics.wait(new Int32Array(order.word), 0, 0)
    case 'die':
      return process.exit(3)
    case 'defineUser':
      return jit.main.define({
        name: `user unit ${order.symbol}`,
        symbols: { [order.symbol]: { exported: true } },
        materialize: () => new Promise(() => undefined),
      })
    case 'lookUpItself': {
      const materialize = (): void => void jit.lookupSync(order.symbol)
      await jit.main.define({ name: 'ring', symbols: { [order.symbol]: { exported: true } }, materialize })
      return jit.lookupSync(order.symbol).symbol
    }
    case 'defineWaitingFunction': {
      const call = (address: number | bigint): number => {
        const words = new Int32Array(jit.memory.buffer)
        Atomics.store(words, Number(address) / 4, 1)
        Atomics.wait(words, Number(address) / 4, 1)
        return Atomics.load(words, Number(address) / 4)
      }
      const signature = { parameters: ['i32'], results: ['i32'] } as const
      return jit.main.define(hostFunctions({ [order.symbol]: { ...signature, call } }))
    }
    case 'leave':
      return jit[Symbol.asyncDispose]()
  }
}

function handle(name: string): JITFunction {
  const found = handles.get(name)
  if (found === undefined) throw new Error(`${name} was not looked up`)
  return found
}
