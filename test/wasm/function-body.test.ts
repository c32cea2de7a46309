// Shows that the opcode table is V8's: V8 knows every opcode in it and no other, and takes the immediates the table
// says. The trick: in unreachable code an instruction may pop anything, so `unreachable; X; unreachable` is valid for
// any X with well-formed immediates, and a walker that misjudges X's length loses its way.
import { instructionCode, ModuleWriter, opcodeTable, walkFunctionBody, type Opcode } from '@worc/wasm'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fixture, fixtureNames, valueOf } from './fixtures.js'

const unreachable = instructionCode('unreachable')
const end = instructionCode('end')

function opcodeBytes(code: number): number[] {
  if (code <= 0xff) return [code]
  const number = code & 0xffff
  return number < 0x80 ? [code >>> 16, number] : [code >>> 16, (number & 0x7f) | 0x80, number >>> 7]
}

/** What V8 says to a function with this body, in a module with one of each thing an index may name. */
function verdict(body: readonly number[]): string {
  const writer = new ModuleWriter()
  const type = writer.typeIndex({ parameters: [], results: [] })
  writer.addFunction(type)
  writer.addMemory({ minimum: 1, maximum: 1, shared: true })
  writer.addTable('funcref', { minimum: 1, maximum: 1, shared: false })
  writer.addGlobal('i32', true, 0)
  writer.addTag(type)
  writer.addExport('f', 'function', 0)
  writer.addActiveElements(0, 0, [0])
  writer.addPassiveData(Uint8Array.of(0))
  writer.copyBody(Uint8Array.from(body))
  try {
    new WebAssembly.Module(writer.finish().bytes)
    return 'valid'
  } catch (error) {
    return (error as Error).message
  }
}

/** Declares one i32 local, so that local.get 0 exists. */
const locals = [1, 1, 0x7f]

/** Well-formed immediates. Atomic accesses must state their natural alignment. */
function immediateBytes({ name, immediates }: Opcode): readonly number[] {
  switch (immediates) {
    case 'none':
      return []
    case 'block':
      return [0x40]
    case 'label':
    case 'index':
    case 'i32':
    case 'i64':
    case 'lane':
    case 'reserved byte':
      return [0]
    case 'labels':
      return [2, 0, 0, 0]
    case 'index index':
      return [0, 0]
    case 'types':
      return [1, 0x7f]
    case 'memarg':
      return [name.includes('atomic') ? alignmentOf(name) : 0, 0x80, 1]
    case 'memarg lane':
      return [0, 0x80, 1, 0]
    case 'f32':
      return [0, 0, 0, 0]
    case 'f64':
      return [0, 0, 0, 0, 0, 0, 0, 0]
    case 'sixteen bytes':
      return new Array<number>(16).fill(0)
    case 'reference type':
      return [0x70]
    case 'block catches':
      return [0x40, 1, 0, 0, 0]
  }
}

function alignmentOf(name: string): number {
  const bits = Number(/(?:load|store|rmw|wait)(8|16|32|64)/.exec(name)?.[1] ?? (name.startsWith('i64') ? 64 : 32))
  return Math.log2(bits / 8)
}

/** Instructions that only stand inside a block of their own. */
const inContext: Readonly<Record<string, readonly number[]>> = {
  else: [0x04, 0x40, 0x05, end],
  catch: [0x06, 0x40, 0x07, 0, end],
  catch_all: [0x06, 0x40, 0x19, end],
  rethrow: [0x06, 0x40, 0x19, 0x09, 0, end],
  delegate: [0x06, 0x40, 0x18, 0],
  end: [0x02, 0x40, end],
}
const opensBlock = ['block', 'loop', 'if', 'try', 'try_table']

function bodyWith(opcode: Opcode): number[] {
  const instruction = inContext[opcode.name] ?? [
    ...opcodeBytes(opcode.code),
    ...immediateBytes(opcode),
    ...(opensBlock.includes(opcode.name) ? [end] : []),
  ]
  return [...locals, unreachable, ...instruction, unreachable, end]
}

function isUnknown(message: string): boolean {
  return /invalid[^:]*opcode|opcode not available/i.test(message)
}

/** Newer than Node 20: V8 may not know them yet. */
function isNewer({ name }: Opcode): boolean {
  return name.includes('relaxed') || name === 'try_table' || name === 'throw_ref'
}

describe('opcodeTable', () => {
  it('V8 accepts each opcode with the immediates of its row', () => {
    for (const opcode of opcodeTable) {
      const message = verdict(bodyWith(opcode))
      if (isNewer(opcode) && isUnknown(message)) continue
      expect(message, opcode.name).to.equal('valid')
    }
  })

  it('V8 needs all of those immediates: it takes what stands in the place of the last byte for one, not for an opcode', () => {
    const invalid = 0xff
    for (const opcode of opcodeTable) {
      const immediates = immediateBytes(opcode)
      const known = verdict(bodyWith(opcode)) === 'valid'
      if (immediates.length === 0 || !known) continue
      const body = [...locals, unreachable, ...opcodeBytes(opcode.code), ...immediates.slice(0, -1), invalid, end]
      expect(verdict(body), opcode.name).to.not.match(/invalid opcode 0xff/i)
    }
    expect(verdict([...locals, unreachable, invalid, end])).to.match(/invalid opcode 0xff/i)
  })

  it('V8 knows no opcode of these pages that the table does not', () => {
    const known = new Set(opcodeTable.map(({ code }) => code))
    const pages = [0xfc_0000, 0xfd_0000, 0xfe_0000].flatMap((page) => Array.from({ length: 0x100 }, (_, i) => page + i))
    // Typed function references (0x14, 0x15, 0xd3 to 0xd6) and garbage collection (0xfb) are beyond what objects use.
    const single = Array.from({ length: 0xe0 }, (_, i) => i).filter(
      (code) => ![0x14, 0x15].includes(code) && code < 0xd3,
    )
    for (const code of [...single, ...pages])
      if (!known.has(code))
        expect(verdict([0, ...opcodeBytes(code), 0, 0, end]), code.toString(16)).to.satisfy(isUnknown)
  })

  it('names and numbers are unique and ascend within a page', () => {
    expect(new Set(opcodeTable.map(({ name }) => name)).size).to.equal(opcodeTable.length)
    expect(new Set(opcodeTable.map(({ code }) => code)).size).to.equal(opcodeTable.length)
  })
})

describe('walkFunctionBody', () => {
  it('visits each instruction once, from the locals to the last end', () => {
    for (const opcode of opcodeTable) {
      const body = Uint8Array.from(bodyWith(opcode))
      const visited: string[] = []
      let last = locals.length
      const walked = valueOf(
        walkFunctionBody(body, (code, offset, next) => {
          expect(offset, opcode.name).to.equal(last)
          last = next
          visited.push(opcodeTable.find((row) => row.code === code)?.name ?? '')
        }),
      )
      expect(last).to.equal(body.length)
      expect(walked).to.deep.equal({ codeOffset: locals.length, instructionCount: visited.length })
      expect(visited).to.include(opcode.name)
    }
  })

  it('walks what clang makes', () => {
    for (const name of fixtureNames)
      for (const { body } of fixture(name).functions) {
        const { instructionCount } = valueOf(walkFunctionBody(body, () => undefined))
        expect(instructionCount).to.be.greaterThan(0)
      }
  })

  const malformed: readonly (readonly [what: string, body: readonly number[], message: string])[] = [
    ['no end', [0, 0x01], 'truncated: opcode needs 1 bytes, 0 are left (function body, offset 0x2)'],
    ['an end too many', [0, end, end], '1 bytes follow the end of the function (function body, offset 0x2)'],
    [
      'a block left open',
      [0, 0x02, 0x40, end],
      'truncated: opcode needs 1 bytes, 0 are left (function body, offset 0x4)',
    ],
    ['an unknown opcode', [0, 0xff, end], 'unknown opcode 0xff (function body, offset 0x1)'],
    ['an unknown number', [0, 0xfd, 0x9a, 1, end], 'unknown opcode 0xfd009a (function body, offset 0x1)'],
    ['a number of the next page', [0, 0xfd, 0x80, 0x80, 4, end], 'unknown opcode 0xfe0000 (function body, offset 0x1)'],
    [
      'a constant cut short',
      [0, 0x44, 1, 2],
      'truncated: f64 constant needs 8 bytes, 2 are left (function body, offset 0x2)',
    ],
    [
      'a branch table beyond the body',
      [0, 0x0e, 0xff, 0x7f],
      'labels 16383 is more than the 0 bytes left can hold (function body, offset 0x2)',
    ],
    [
      'too many locals',
      [2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 1, 0x7f, end],
      '4294967296 locals are more than 4294967295 (function body, offset 0x7)',
    ],
  ]
  for (const [what, body, message] of malformed)
    it(`refuses ${what}`, () => {
      const outcome = walkFunctionBody(Uint8Array.from(body), () => undefined)
      expect(outcome.ok ? 'walked' : outcome.error).to.deep.equal({ code: 'BadObject', message })
    })
})
