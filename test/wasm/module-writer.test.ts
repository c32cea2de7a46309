// Shows that V8 accepts what ModuleWriter makes and that it means what was asked: each kind of section once in a module
// that runs.
import { instructionCode, ModuleWriter, type ByteWriter, type FunctionType } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'

const code = instructionCode
const noParameters: FunctionType = { parameters: [], results: ['i32'] }
const oneParameter: FunctionType = { parameters: ['i32'], results: ['i32'] }

function constantBody(value: number): (body: ByteWriter) => void {
  return (body) => {
    body.u32(0)
    body.opcode(code('i32.const'))
    body.s32(value)
    body.opcode(code('end'))
  }
}

function instantiate(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports = {}): Record<string, unknown> {
  expect(WebAssembly.validate(bytes)).to.equal(true)
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports
}

function call(exported: unknown, ...values: number[]): unknown {
  return (exported as (...values: number[]) => unknown)(...values)
}

describe('ModuleWriter', () => {
  it('an empty module is eight bytes', () => {
    expect(Array.from(new ModuleWriter().finish().bytes)).to.deep.equal([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  })

  it('a module with every section: imports, definitions, elements and data do what they say', () => {
    const writer = new ModuleWriter()
    const nullary = writer.typeIndex(noParameters)
    const unary = writer.typeIndex(oneParameter)
    const action = writer.typeIndex({ parameters: [], results: [] })
    expect(writer.typeIndex({ parameters: ['i32'], results: ['i32'] })).to.equal(unary)

    const bar = writer.importFunction('env', 'bar', unary)
    writer.importMemory('env', 'memory', { minimum: 1, maximum: 4, shared: true })
    const stackPointer = writer.importGlobal('env', 'stackPointer', 'i32', true)
    writer.importTag('env', 'tag', action)
    const seven = writer.addGlobal('i32', false, 7)
    const foo = writer.addFunction(nullary)
    const indirect = writer.addFunction(unary)
    const restore = writer.addFunction(action)
    const table = writer.addTable('funcref', { minimum: 2, maximum: 2, shared: false })
    const other = writer.addTable('funcref', { minimum: 4, maximum: undefined, shared: false })
    expect([bar, foo, indirect, restore, table, other, stackPointer, seven]).to.deep.equal([0, 1, 2, 3, 0, 1, 0, 1])
    writer.addTag(action)
    writer.addActiveElements(table, 0, [foo])
    writer.addActiveElements(other, 3, [restore])
    const passive = writer.addPassiveElements([foo])
    writer.addActiveData(16, Uint8Array.of(1, 2, 3))
    writer.addPassiveData(Uint8Array.of(9))
    for (const [name, index] of Object.entries({ foo, indirect, restore })) writer.addExport(name, 'function', index)
    writer.addExport('table', 'table', table)
    writer.addExport('other', 'table', other)

    writer.addBody((body) => {
      body.u32(0)
      body.opcode(code('global.get'))
      body.u32(seven)
      body.opcode(code('call'))
      body.u32(bar)
      body.opcode(code('end'))
    })
    writer.addBody((body) => {
      body.bytes([0])
      body.opcode(code('local.get'))
      body.u32(0)
      body.opcode(code('call_indirect'))
      body.u32(nullary)
      body.u32(table)
      body.opcode(code('end'))
    })
    writer.addBody((body) => {
      body.u32(0)
      for (const value of [1, 0, 1]) {
        body.opcode(code('i32.const'))
        body.s32(value)
      }
      body.opcode(code('table.init'))
      body.u32(passive)
      body.u32(table)
      body.opcode(code('end'))
    })
    writer.nameModule('größe')
    writer.nameFunction(foo, 'Foo')
    writer.nameFunction(restore, 'restore')

    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true })
    const { Tag } = WebAssembly as unknown as { Tag: new (type: { parameters: string[] }) => WebAssembly.ExportValue }
    const exported = instantiate(writer.finish().bytes, {
      env: {
        bar: (value: number) => value + 100,
        memory,
        stackPointer: new WebAssembly.Global({ value: 'i32', mutable: true }, 0),
        tag: new Tag({ parameters: [] }),
      },
    })
    expect(call(exported['foo'])).to.equal(107)
    expect(call(exported['indirect'], 0)).to.equal(107)
    expect(() => call(exported['indirect'], 1)).to.throw(WebAssembly.RuntimeError)
    call(exported['restore'])
    expect(call(exported['indirect'], 1)).to.equal(107)
    expect((exported['other'] as WebAssembly.Table).get(3)).to.equal(exported['restore'])
    expect(Array.from(new Uint8Array(memory.buffer, 16, 3))).to.deep.equal([1, 2, 3])
    expect(exported['table']).to.be.instanceOf(WebAssembly.Table)
  })

  it('a memory of its own, and globals with an expression', () => {
    const writer = new ModuleWriter()
    writer.addExport('memory', 'memory', writer.addMemory({ minimum: 1, maximum: undefined, shared: false }))
    const pi = writer.addGlobal('i64', true, Uint8Array.of(0x42, 0x2a, 0x0b))
    writer.addExport('global', 'global', pi)
    const exported = instantiate(writer.finish().bytes)
    expect((exported['memory'] as WebAssembly.Memory).buffer.byteLength).to.equal(65_536)
    expect((exported['global'] as WebAssembly.Global).value).to.equal(42n)
  })

  it('copied bodies: found again at codeOffset, and patched in place', () => {
    const writer = new ModuleWriter()
    const type = writer.typeIndex(noParameters)
    const body = Uint8Array.of(0, 0x41, 0x80, 0x80, 0x80, 0x80, 0, 0x0b)
    const offsets = [5, -6].map((value) => {
      writer.addExport(`f${value}`, 'function', writer.addFunction(type))
      const offset = writer.copyBody(body)
      writer.code.patchPaddedS32(offset + 2, value)
      return offset
    })
    const { bytes, codeOffset } = writer.finish()
    for (const offset of offsets) {
      expect(bytes[codeOffset + offset - 1]).to.equal(body.length)
      expect(Array.from(bytes.subarray(codeOffset + offset, codeOffset + offset + 2))).to.deep.equal([0, 0x41])
    }
    const exported = instantiate(bytes)
    expect([call(exported['f5']), call(exported['f-6'])]).to.deep.equal([5, -6])
  })

  it('names: a trap’s stack frame says module and function', () => {
    const writer = new ModuleWriter()
    const index = writer.addFunction(writer.typeIndex(noParameters))
    writer.addBody((body) => body.bytes([0, code('unreachable'), code('end')]))
    writer.addExport('f', 'function', index)
    writer.nameModule('unit7')
    writer.nameFunction(index, 'Foo')
    const exported = instantiate(writer.finish().bytes)
    try {
      call(exported['f'])
      expect.fail('no trap')
    } catch (error) {
      expect((error as Error).stack).to.match(/Foo \(wasm:\/\/wasm\/unit7-/)
    }
  })

  it('a thousand functions: counts and sizes of several LEB bytes', () => {
    const writer = new ModuleWriter()
    const type = writer.typeIndex(noParameters)
    for (let i = 0; i < 1000; i++) {
      const index = writer.addFunction(type)
      writer.addExport(`f${i}`, 'function', index)
      writer.nameFunction(index, `function number ${i}`)
      writer.addBody(constantBody(i))
    }
    expect(call(instantiate(writer.finish().bytes)['f999'])).to.equal(999)
  })

  it('misuse is a program error', () => {
    const writer = new ModuleWriter()
    const type = writer.typeIndex(noParameters)
    writer.addFunction(type)
    expect(() => writer.importFunction('env', 'late', type)).to.throw(
      'function import "late" comes after a function definition',
    )
    expect(() => writer.finish()).to.throw('1 functions are declared, 0 have bodies')
    writer.nameFunction(3, 'c')
    expect(() => writer.nameFunction(3, 'd')).to.throw('the name of function 3 comes after that of function 3')
    expect(() => instructionCode('i32.fly')).to.throw('"i32.fly" is not in the opcode table')
  })
})
