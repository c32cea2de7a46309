// Facts about every module that is emitted, whatever the object: what it imports and exports, what it says about its functions.
import { readdirSync } from 'node:fs'
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { emitDispatcher, emitHostUnit, findCode } from '@worc/jitlink'
import { fixture } from './fixtures.js'
import { memoryPages, publishedAddress, TestLinker } from './test-linker.js'
import { TestThread } from './test-thread.js'

const names = readdirSync(new URL('../../jitlink/fixtures/', import.meta.url))
  .filter((file) => file.endsWith('.o'))
  .map((file) => file.slice(0, -2))
  .sort()

/** What each unit may need before it. */
const before: Readonly<Record<string, readonly string[]>> = {
  data: ['shared'],
  relative: ['shared'],
  'tls-operands': ['errno-plain'],
  pic: ['shared', 'increment'],
  pointers: ['increment'],
  'tls-use': ['tls'],
  'errno-O0': ['errno-plain'],
  'errno-O2': ['errno-plain'],
}

function moduleOf(name: string, compiler: string): WebAssembly.Module {
  const linker = new TestLinker()
  const heapBase = { kind: 'data', name: '__heap_base', address: 0, sizeBytes: 0 } as const
  linker.session.symbols.set('__heap_base', { unit: -1, definition: heapBase })
  for (const other of before[name] ?? []) linker.add(fixture(compiler + other))
  return new WebAssembly.Module(linker.add(fixture(compiler + name), { name }).moduleBytes)
}

describe('emitted modules', () => {
  for (const compiler of ['', 'clang22/']) {
    for (const name of names.filter((each) => each !== 'tls-misuse')) {
      it(`${compiler}${name}: valid, imports no table, exports its own and unbind`, () => {
        const module = moduleOf(name, compiler)
        expect(WebAssembly.Module.imports(module).filter(({ kind }) => kind === 'table')).to.deep.equal([])
        expect(WebAssembly.Module.exports(module)).to.deep.equal([
          { name: 't', kind: 'table' },
          { name: 'unbind', kind: 'function' },
        ])
      })
    }
  }

  it('dispatchers import no table and export their own', () => {
    const bytes = emitDispatcher({ signature: 'ild:f', signatureId: 4095, publishedAddress, memory: memoryPages })
    const module = new WebAssembly.Module(bytes)
    expect(
      WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name} ${entry.kind}`),
    ).to.deep.equal(['env.memory memory', 'worc.seen global', 'worc.last global', 'worc.sync function'])
    expect(WebAssembly.Module.exports(module).map((entry) => `${entry.name} ${entry.kind}`)).to.deep.equal([
      'ci function',
      't table',
    ])
  })

  it('host units import no table; their functions call JavaScript with every type, and show by name', () => {
    const bytes = emitHostUnit([
      { module: 'host', field: 'join', type: { parameters: ['i32', 'i64', 'f32', 'f64'], results: ['i64'] } },
      { module: 'host', field: 'fail', type: { parameters: [], results: [] } },
    ])
    const module = new WebAssembly.Module(bytes)
    expect(WebAssembly.Module.imports(module).map(({ kind }) => kind)).to.deep.equal(['function', 'function'])
    const { exports } = new WebAssembly.Instance(module, {
      host: {
        join: (i: number, l: bigint, f: number, d: number) => BigInt(i) + 10n * l + BigInt(100 * f + 1000 * d),
        fail: () => {
          throw new Error('on purpose')
        },
      },
    })
    const table = exports['t'] as WebAssembly.Table
    expect((table.get(0) as (...values: unknown[]) => bigint)(1, 2n, 3, 4)).to.equal(4321n)
    expect(stackOf(table.get(1) as () => void)).to.include('host.fail')
  })
})

function stackOf(run: () => void): string {
  try {
    run()
    return ''
  } catch (error) {
    return (error as Error).stack ?? ''
  }
}

describe('FunctionMap', () => {
  it('leads from a trap in a linked module to the symbol and the offset in the object', () => {
    const object = fixture('pointers')
    const linker = new TestLinker()
    linker.add(fixture('increment'))
    const unit = linker.add(object, { name: 'pointers' })
    const thread = new TestThread(linker.session)
    const stack = stackOf(() => thread.call('call_pointer', 0, 1))
    const [, functionIndex = '', moduleOffset = ''] =
      /pointers.call_pointer .*wasm-function\[(\d+)\]:0x([0-9a-f]+)/.exec(stack) ?? []
    const found = findCode(unit.functionMap, Number(functionIndex), parseInt(moduleOffset, 16))
    expect(found?.symbol).to.equal('call_pointer')
    const symbol = object.symbols.find(({ name }) => name === 'call_pointer')
    const importCount = object.imports.filter(({ description }) => description.kind === 'function').length
    const definition = object.functions[(symbol?.kind === 'function' ? symbol.index : 0) - importCount]
    const offset = (found?.objectOffset ?? 0) - (definition?.bodyOffset ?? 0)
    expect(definition?.body[offset]).to.equal(0x11)
  })

  it('functions of the linker are in no object', () => {
    const linker = new TestLinker()
    const { functionMap } = linker.add(fixture('calls'))
    const first = functionMap.firstIndex
    expect(findCode(functionMap, first - 1, 0)).to.equal(undefined)
    expect(findCode(functionMap, first + functionMap.names.length, 0)).to.equal(undefined)
    expect(functionMap.names).to.have.length(functionMap.moduleOffsets.length)
  })
})
