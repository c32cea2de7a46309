// The assembler against clang: every row's text, compression, and whole files whose objects are committed beside them. What
// it refuses, it refuses with file and line.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { readElfObject } from '@worc/elf'
import type { ElfObject } from '@worc/elf'
import { assemble, createDecoder, disassemble, fullIsa, instructionsOf, relocationName } from '@worc/riscv'
import type { Xlen } from '@worc/riscv'
import { diagnosticsOf, objectOf, wordsOf } from './assembled.js'
import { samplesOf } from './samples.js'

const fixtures = new URL('../../riscv/fixtures/', import.meta.url)

function readObject(bytes: Uint8Array): ElfObject {
  const outcome = readElfObject(bytes)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

for (const xlen of [32, 64] as const)
  describe(`assemble (RV${xlen})`, () => {
    const isa = fullIsa(xlen)

    it('gives back every committed word from its text', () => {
      const lines = readFileSync(new URL(`words${xlen}.txt`, fixtures), 'utf8')
        .trimEnd()
        .split('\n')
      const source = lines.map((line) => {
        const text = line.slice(line.indexOf(' ') + 1)
        return `.option ${text.startsWith('c.') ? 'rvc' : 'norvc'}\n${text}`
      })
      const words = wordsOf(objectOf(source.join('\n'), isa))
      expect(
        words.map((word, index) => `${word.toString(16)} ${lines[index]?.split(' ').slice(1).join(' ')}`),
      ).to.deep.equal(lines)
    })

    it('compresses what a compressed row stands for', () => {
      const decoder = createDecoder(isa)
      for (const row of instructionsOf(isa).filter(
        ({ lengthBytes, name }) => lengthBytes === 2 && !name.endsWith('64'),
      )) {
        const [, sample] = samplesOf(row)
        if (sample === undefined) continue
        const base = decoder.expand(sample)
        const [word = 0] = wordsOf(objectOf(disassemble(base, { xlen }), isa))
        const again = decoder.decode(word)
        const expected = row.name === 'c.nop' && row.operands.length > 0 ? 4 : 2
        expect(again?.instruction.lengthBytes, row.name).to.equal(expected)
        expect(again === undefined ? undefined : decoder.expand(again), row.name).to.deep.equal(base)
      }
    })

    it('compresses as clang does', function () {
      needClang(this)
      const lines = compressible(xlen)
      const folder = mkdtempSync(join(tmpdir(), 'worc-as-'))
      try {
        const [source, output] = [join(folder, 'foo.s'), join(folder, 'foo.o')]
        writeFileSync(source, lines.join('\n') + '\n')
        const march = [`--target=riscv${xlen}`, `-march=rv${xlen}gc_zba_zbb_zbs`, '-mno-relax']
        const { status, stderr } = spawnSync('clang-19', [...march, '-c', source, '-o', output], { encoding: 'utf8' })
        expect(status, stderr).to.equal(0)
        const theirs = wordsOf(readObject(readFileSync(output)))
        const ours = wordsOf(objectOf(lines.join('\n'), isa))
        const different = lines.filter((_, index) => ours[index] !== theirs[index])
        expect(different).to.deep.equal([])
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  })

/** Base instructions with small operands, of which many have a short form. */
function compressible(xlen: Xlen): readonly string[] {
  const names = [
    'addi',
    'add',
    'sub',
    'and',
    'or',
    'xor',
    'andi',
    'slli',
    'srli',
    'srai',
    'lui',
    'lw',
    'sw',
    'fld',
    'fsd',
    'jalr',
  ]
  const all = xlen === 64 ? [...names, 'addiw', 'addw', 'subw', 'ld', 'sd'] : [...names, 'flw', 'fsw']
  const registers = ['zero', 'sp', 'a0', 'a1', 't3']
  const numbers = [-512, -32, -16, -1, 0, 1, 8, 16, 31, 60, 256]
  const lines: string[] = []
  for (const name of all)
    for (const first of registers)
      for (const second of registers)
        for (const last of ['add', 'sub', 'and', 'or', 'xor', 'addw', 'subw'].includes(name) ? registers : numbers) {
          const data = name.startsWith('f')
            ? first
                .replace('zero', 'fa0')
                .replace('sp', 'fs1')
                .replace(/^([at])/, 'f$1')
            : first
          const isShift = /^s[rl][al]i$/.test(name)
          if (name === 'lui') lines.push(`lui ${first}, ${(Number(last) & 0xfffff).toString()}`)
          else if (/^(f?[ls][wd]|jalr)$/.test(name)) lines.push(`${name} ${data}, ${last}(${second})`)
          else if (!isShift || (Number(last) >= 0 && Number(last) < xlen))
            lines.push(`${name} ${first}, ${second}, ${last}`)
        }
  return [...lines, 'nop', 'ebreak', 'unimp']
}

function needClang(test: Mocha.Context): void {
  if (spawnSync('clang-19', ['--version']).status === 0) return
  process.stderr.write('SKIPPED: clang-19 is not installed; compression is not compared with it\n')
  test.skip()
}

describe('assemble (whole files)', () => {
  const isa = fullIsa(64, ['c'])
  for (const name of ['program64', 'pseudo64', 'directives'])
    it(`${name}.s becomes what clang makes of it`, () => {
      const ours = describeObject(objectOf(readFileSync(new URL(`${name}.s`, fixtures), 'utf8'), isa))
      expect(ours).to.deep.equal(describeObject(readObject(readFileSync(new URL(`${name}.o`, fixtures)))))
    })
})

/** What a linker sees, whatever assemblers call their own labels. */
function describeObject({ sections, symbols, groups }: ElfObject): unknown {
  const nameOf = (index: number): string => {
    const { name = '', place, value = 0 } = symbols[index] ?? {}
    return name.startsWith('.L') && place?.kind === 'section' ? `${sections[place.section]?.name}+${value}` : name
  }
  const kept = sections.filter(({ name, sizeBytes }) => sizeBytes > 0 && !/^\.(comment|llvm_addrsig)$/.test(name))
  return {
    sections: kept.map(({ content, relocations, alignmentBytes, ...section }) => ({
      ...section,
      // Clang wants nothing of sections that are not .text.
      alignmentBytes: section.flags & 4 ? Math.max(4, alignmentBytes) : alignmentBytes,
      content: Buffer.from(content).toString('hex'),
      relocations: relocations.map(
        ({ offset, type, symbol, addend }) =>
          `${offset} ${relocationName(type)} ${symbol === undefined ? '' : nameOf(symbol)} + ${addend}`,
      ),
    })),
    symbols: symbols
      .filter(({ name, type }) => !/^(\.L|\$|$)/.test(name) && type !== 'file')
      .map(({ place, ...symbol }) => ({
        ...symbol,
        place: place.kind === 'section' ? sections[place.section]?.name : place.kind,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    groups: groups.map(({ signature, sections: members, isComdat }) => [
      nameOf(signature),
      isComdat,
      members.map((member) => sections[member]?.name),
    ]),
  }
}

describe('assemble', () => {
  const isa = fullIsa(64)

  it('li makes any constant', () => {
    const shifted = Array.from({ length: 64 }, (_, index) => 1n << BigInt(index))
    const values = [
      0n,
      ...shifted,
      ...shifted.map((value) => value - 1n),
      ...shifted.map((value) => -value),
      0x1234_5678_9abc_def0n,
      0x7fff_ffff_ffff_f800n,
    ]
    for (const value of values) {
      const decoder = createDecoder(fullIsa(64))
      let register = 0n
      for (const word of wordsOf(objectOf(`li a0, ${value}`))) {
        const decoded = decoder.decode(word)
        if (decoded === undefined) throw new Error(word.toString(16))
        const { instruction, operands } = decoder.expand(decoded)
        const { imm = 0, upper = 0, shamt6 = 0, rs1 = 0 } = operands
        const source = rs1 === 0 ? 0n : register
        if (instruction.name === 'lui') register = BigInt(upper) << 12n
        else if (instruction.name === 'slli') register = BigInt.asIntN(64, source << BigInt(shamt6))
        else register = BigInt.asIntN(instruction.name === 'addiw' ? 32 : 64, source + BigInt(imm))
      }
      expect(register, String(value)).to.equal(BigInt.asIntN(64, value))
    }
  })

  it('.option relax leaves distances to the linker', () => {
    const source =
      '.option relax\nFoo: call Bar\nbeqz a0, Foo\nla a0, Baz\n.balign 8\nnop\n.data\n.word Foo, End - Foo\n.text\nEnd:'
    const { sections, symbols } = objectOf(source, fullIsa(64, ['c']))
    const [text, data] = ['.text', '.data'].map((name) =>
      sections
        .find((section) => section.name === name)
        ?.relocations.map(
          ({ offset, type, symbol, addend }) =>
            `${offset} ${relocationName(type).slice(8)} ${symbol === undefined ? addend : symbols[symbol]?.name}`,
        ),
    )
    expect(text).to.deep.equal([
      '0 CALL_PLT Bar',
      '0 RELAX 0',
      '8 BRANCH Foo',
      '12 PCREL_HI20 Baz',
      '12 RELAX 0',
      '16 PCREL_LO12_I .Lworc0',
      '16 RELAX 0',
      '20 ALIGN 4',
    ])
    expect(data).to.deep.equal(['0 32 Foo', '4 ADD32 End', '4 SUB32 Foo'])
  })

  it('an address comes from the GOT after .option pic', () => {
    const { sections } = objectOf('.option pic\nla a0, Foo\n.option nopic\nla a0, Foo')
    expect(sections[0]?.relocations.map(({ type }) => relocationName(type).slice(8))).to.deep.equal([
      'GOT_HI20',
      'PCREL_LO12_I',
      'PCREL_HI20',
      'PCREL_LO12_I',
    ])
  })

  it('the distance to another section from here is one relocation, from elsewhere two', () => {
    const { sections } = objectOf('.data\nFoo: .word Bar - ., Bar - Foo')
    const data = sections.find(({ name }) => name === '.data')
    expect(data?.relocations.map(({ offset, type }) => `${offset} ${relocationName(type)}`)).to.deep.equal([
      '0 R_RISCV_32_PCREL',
      '4 R_RISCV_ADD32',
      '4 R_RISCV_SUB32',
    ])
  })

  it('another name of a symbol elsewhere is that symbol', () => {
    const { sections, symbols } = objectOf('.set Foo, Bar + 4\nla a0, Foo + 4')
    const [first] = sections[0]?.relocations ?? []
    expect(symbols[first?.symbol ?? -1]?.name).to.equal('Bar')
    expect(first?.addend).to.equal(8)
  })

  it('.option arch and norvc say which instructions there are', () => {
    const source = '.option push\n.option norvc\nnop\n.option pop\nnop\n.option arch, -zbb'
    expect(wordsOf(objectOf(source))).to.deep.equal([0x13, 1])
    expect(diagnosticsOf(`${source}\nclz a0, a1`)).to.equal('foo.s:7: error: "clz" needs the extension zbb')
  })

  const wrong: Readonly<Record<string, string>> = {
    'frobnicate a0': '"frobnicate" with 1 operands is no instruction',
    'add a0, a1': 'add takes 3 operands, not 2: add rd, rs1, rs2',
    'add a0, a1, q7': '"q7" is no integer register',
    'addi a0, a1, 2048': '2048 is out of range (-2048 to 2047)',
    'addi a0, fa1, 0': '"fa1" is no integer register',
    'slli a0, a1, 64': '64 is out of range (0 to 63)',
    'lui a0, 0x100000': '1048576 is out of range (0 to 524287, and from 524288 to 1048575)',
    'c.lw a0, 3(a1)': '3 is out of range (0 to 124, in steps of 4)',
    'c.lw t0, 4(a1)': 't0 is none of s0 to a5, which this instruction takes',
    'c.addi a0, 0x20': '32 is out of range (-32 to 31)',
    'c.mv a0, zero': 'zero cannot stand here: with it this would be another instruction',
    'c.lui sp, 1': 'sp cannot stand here: with it this would be another instruction',
    'lr.w a0, 4(a1)': '"4(a1)": this address has no offset',
    'fadd.s fa0, fa1, fa2, up': '"up" is no rounding mode',
    'fence a, w': '"a" is no set of i, o, r and w',
    'li a0, Foo': '"Foo" must be a number that is known here',
    'li a0, 1 << 64': '"1 << 64": a shift by 64 (0 to 63)',
    'li a0, 0x10000000000000000': '18446744073709551616 does not fit 64 bits',
    'Foo: Foo: nop': 'symbol "Foo" is already defined',
    'j 1b': 'there is no label 1 before this line',
    'beqz a0, Foo; .zero 4096; Foo:': '"Foo" is 4100 bytes away (-4096 to 4094, in steps of 2)',
    'lw a0, %hi(Foo)(a1)': '"%hi(Foo)" cannot stand here: the operand takes no such symbol',
    '.word Foo + Bar': '"Foo + Bar" is the sum of two symbols',
    '.word (1': '"(1": a bracket is not closed',
    '.word 1 2': '"1 2": "2" is not expected',
    '.word': 'no error',
    '.byte 256': '256 does not fit 8 bits',
    '.half Foo': "a symbol's address does not fit 16 bits",
    '.ascii foo': 'foo is no string in quotes',
    '.zero -1': '.zero of -1 bytes (0 to 268435456)',
    '.zero 1 << 40': '.zero of 1099511627776 bytes (0 to 268435456)',
    '.balign 3': '.balign 3: 3 is no power of two up to 2^20',
    '.section .foo, "q"': '"q" is no flag of a section: awxMSGTeR',
    '.type Foo, @thing':
      '"@thing" is no type of a symbol: function, object, tls_object, notype, common, gnu_indirect_function',
    '.data; nop': 'section .data is not for instructions: it lacks the flag x',
    '.bss; .word 1': 'section .bss has no content, only a size',
    '.option frob': '.option frob: push, pop, rvc, norvc, relax, norelax, pic, nopic and arch are known',
    '.bss; .word Foo': 'section .bss has no content, only a size',
    ".byte ''": 'a character is missing behind the quote',
    '.byte Foo - Bar; Foo: .zero 300; Bar:': '-300 does not fit 8 bits',
    '.word Foo + (1 << 62)': 'the addend 4611686018427387904 is beyond ±2^53',
    '.set Foo, 1 << 62': '"Foo" would be beyond ±2^53',
    '.set Foo, Foo + 1; .word Foo': 'symbol "Foo" is defined by itself',
    '.comm Foo, -1': '.comm of -1 bytes (0 to 268435456)',
    '.section .text, "aw"': 'section .text has other flags or another type already',
    '.section .foo, "aM", @progbits, -1': 'section .foo: entries of -1 bytes (0 to 65536)',
    'Bar: .size Bar, 9; nop': '"Bar" has 9 bytes, with 2 to the end of its section',
    [`.word ${'('.repeat(5000)}`]: 'a value has more than 200 operators in a row',
    '.word 0128': '"0128": 0128 is octal, but 8 and 9 are no digits there',
    '.uleb128 -1': '-1 has a sign, which .uleb128 has no place for',
    '.uleb128 Foo': '.uleb128 takes numbers and differences of symbols',
    '.uleb128 Foo - Bar; Foo: c.nop; Bar:': '-2 has a sign, which .uleb128 has no place for',
    '.frob': 'the directive .frob is not known',
    '.option pop': '.option pop without .option push',
    '.size Foo, . - Bar': 'the size of "Foo" is not known when all is read',
  }
  for (const [source, message] of Object.entries(wrong))
    it(`${source.slice(0, 60)}: ${message}`, () => {
      const expected = message === 'no error' ? message : `foo.s:2: error: ${message}`
      expect(diagnosticsOf(`# line 1\n${source}${source.startsWith('.size') ? '\nFoo:' : ''}`)).to.equal(expected)
    })

  it('damaged sources are objects or diagnostics, nothing else (seed 5)', () => {
    const sources = ['program64', 'pseudo64', 'directives'].map((name) =>
      readFileSync(new URL(`${name}.s`, fixtures), 'utf8'),
    )
    const tokens = sources.join('\n').match(/[\w.$%@]+|[^\w]/g) ?? []
    let state = 5
    const random = (below: number): number => {
      state = (Math.imul(state, 0x19660d) + 0x3c6ef35f) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    for (let round = 0; round < 400; round++) {
      const text = (sources[round % 3] ?? '').match(/[\w.$%@]+|[^\w]/g) ?? []
      for (let change = 0; change < 3; change++) text[random(text.length)] = tokens[random(tokens.length)] ?? ''
      const outcome = assemble(text.join(''), 'foo.s', { isa, floatAbi: 'double' })
      if (outcome.ok) expect(readElfObject(outcome.value).ok, `round ${round}`).to.equal(true)
      else expect(outcome.error.code, `round ${round}`).to.equal('CompileFailed')
    }
  })

  it('reports several lines, in order, and stops where nothing makes sense', () => {
    expect(diagnosticsOf('nop\nfoo\nnop\nj Bar; bar\n')).to.equal(
      'foo.s:2: error: "foo" with 0 operands is no instruction\nfoo.s:4: error: "bar" with 0 operands is no instruction',
    )
    expect(diagnosticsOf('foo\n'.repeat(1000)).split('\n')).to.have.length(20)
  })

  it('RV32 has no instructions of RV64', () => {
    expect(diagnosticsOf('ld a0, 0(a1)', 32)).to.equal('foo.s:1: error: "ld" is an instruction of RV64 only')
  })
})
