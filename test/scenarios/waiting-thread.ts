// A thread that waits in sync calls, for sync.test.ts: runs one scenario after the other, and says what came of each.
import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { MaterializationResponsibility } from 'worc'
import { JITError, absoluteSymbols, attach, reexportsGenerator, symbolAliases } from 'worc'

const jit = await attach(workerData as MessagePort)
const exported = { exported: true }
const at = (address: number) => ({ address, flags: exported })
const all = [{ dylib: jit.main, match: 'all' as const }]

/** What a sync call threw: the codes of its causes, outermost first. */
function codesOf(call: () => unknown): readonly string[] {
  try {
    call()
    return ['ok']
  } catch (thrown) {
    const codes: string[] = []
    for (let error = thrown; error instanceof JITError; error = error.cause) codes.push(error.code)
    return codes
  }
}

async function defineUnit(
  name: string,
  materialize: (responsibility: MaterializationResponsibility) => void | Promise<void>,
) {
  await jit.main.define({ name: `unit of ${name}`, symbols: { [name]: exported }, materialize })
}

const addressOf = (name: string) => jit.session.lookupSync({ searchOrder: all, symbols: [name] }).get(name)?.address

const scenarios = {
  /** The unit is materialized by the thread that waits for it. */
  finishing: async () => {
    await defineUnit('Foo', (responsibility) => {
      responsibility.notifyResolvedSync({ Foo: at(0x10) })
      responsibility.notifyEmittedSync()
    })
    return addressOf('Foo')
  },
  failing: async () => {
    await defineUnit('Foo', (responsibility) => responsibility.failMaterializationSync(new Error('on purpose')))
    return codesOf(() => addressOf('Foo'))
  },
  /** A unit looks another one up, which this thread materializes as well, two calls deep. */
  nested: async () => {
    await defineUnit('Foo', (responsibility) => {
      const bar = addressOf('Bar') ?? 0
      responsibility.notifyResolvedSync({ Foo: at(bar + 1) })
      responsibility.notifyEmittedSync([{ symbols: ['Foo'], dependencies: new Map([[jit.main, ['Bar']]]) }])
    })
    await defineUnit('Bar', (responsibility) => {
      responsibility.notifyResolvedSync({ Bar: at(0x20) })
      responsibility.notifyEmittedSync()
    })
    return addressOf('Foo')
  },
  ring: async () => {
    for (const [name, other] of [
      ['Foo', 'Bar'],
      ['Bar', 'Foo'],
    ] as const)
      await defineUnit(name, (responsibility) => {
        responsibility.notifyResolvedSync({ [name]: at(addressOf(other) ?? 0) })
      })
    return codesOf(() => addressOf('Foo')).at(-1)
  },
  /** A ring that goes through an alias. */
  aliasRing: async () => {
    await jit.main.define(symbolAliases({ Qux: { aliasee: 'Baz', flags: exported } }))
    await defineUnit('Baz', () => void addressOf('Qux'))
    return codesOf(() => addressOf('Baz')).at(-1)
  },
  asynchronousUnit: async () => {
    await defineUnit('Foo', async () => {
      await Promise.resolve()
    })
    return codesOf(() => addressOf('Foo')).at(-1)
  },
  /** A generator that answers at once is no obstacle. */
  generator: async () => {
    const lib = await jit.session.createBareJITDylib('generated')
    await lib.addGenerator({
      tryToGenerate: ({ names, dylib }) => {
        for (const name of names.keys()) void dylib.define(absoluteSymbols({ [name]: at(0x40) }))
      },
    })
    const filtering = reexportsGenerator(lib, { allow: (name) => name !== 'Bar' })
    await jit.main.addGenerator(filtering)
    const outcomes = [addressOf('Foo'), codesOf(() => addressOf('Bar'))]
    await jit.main.removeGenerator(filtering)
    return outcomes
  },
  /** A generator that looks up what only it could generate, by itself or through a unit. */
  askingGenerator: async () => {
    const lib = await jit.session.createBareJITDylib('asking')
    const inLib = (name: string) => jit.session.lookupSync({ searchOrder: [lib], symbols: [name] })
    const codes: (readonly string[])[] = []
    let asked = 0
    const asking = {
      tryToGenerate: () => {
        asked += 1
        codes.push(codesOf(() => inLib('Other')))
        codes.push(codesOf(() => addressOf('Through')).slice(-1))
      },
    }
    await lib.addGenerator(asking)
    await defineUnit('Through', () => void inLib('Another'))
    return [codesOf(() => inLib('Foo')), codes, asked]
  },
  suspendingGenerator: async () => {
    const lib = await jit.session.createBareJITDylib('suspending')
    await lib.addGenerator({ tryToGenerate: (lookup) => void lookup.suspend() })
    return codesOf(() => jit.session.lookupSync({ searchOrder: [lib], symbols: ['Foo'] }))
  },
  /** The manager whose answer the removal waits for is in this thread, which waits in a sync call. */
  manager: async () => {
    let calls = 0
    const manager = {
      handleRemoveResources: () => {
        calls += 1
      },
      handleTransferResources: () => undefined,
    }
    await jit.session.registerResourceManager(manager)
    const tracker = jit.main.createResourceTracker()
    await jit.main.define(absoluteSymbols({ Foo: at(1) }), tracker)
    const removed = tracker.remove()
    const codes = codesOf(() => addressOf('Foo'))
    await removed
    await jit.session.deregisterResourceManager(manager)
    return [codes, calls]
  },
  refused: async () => {
    const tracker = jit.main.createResourceTracker()
    const kept: MaterializationResponsibility[] = []
    const unit = {
      name: 'Foo',
      symbols: { Foo: exported },
      materialize: (given: MaterializationResponsibility) => void kept.push(given),
    }
    await jit.main.define(unit, tracker)
    const lookup = jit.session
      .lookup({ searchOrder: all, symbols: ['Foo'] })
      .catch((error: unknown) => (error as JITError).code)
    await jit.session.drain()
    const [responsibility] = kept
    await tracker.remove()
    return [
      codesOf(() => responsibility?.notifyResolvedSync({ Foo: at(1) })),
      codesOf(() => responsibility?.notifyEmittedSync()),
      codesOf(() => responsibility?.failMaterializationSync()),
      await lookup,
    ]
  },
} satisfies Record<string, () => Promise<unknown>>

export type ScenarioName = keyof typeof scenarios

parentPort?.on('message', (scenario: ScenarioName) => {
  void scenarios[scenario]().then((answer) => parentPort?.postMessage(answer))
})
