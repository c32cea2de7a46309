// Shows which flags reach the preprocessor, which the driver, and which are refused by name.
import { classifyFlags, type ClassifiedFlags } from '@worc/compilers'
import { expect } from 'chai'
import { describe, it } from 'mocha'

function classified(...flags: string[]): ClassifiedFlags {
  const result = classifyFlags(flags, 'c')
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}

function refusal(...flags: string[]): string {
  const result = classifyFlags(flags, 'c')
  if (result.ok) throw new Error(`${flags.join(' ')} was accepted`)
  expect(result.error.code).to.equal('BadArgument')
  return result.error.message
}

describe('classifyFlags', () => {
  it('takes joined and separate values alike', () => {
    const joined = classified('-DFoo=1', '-UBar', '-Iinc', '-isystemsys', '-iquoteq', '-idirafterlate', '-includefoo.h')
    const separate = classified(
      ...[
        '-D',
        'Foo=1',
        '-U',
        'Bar',
        '-I',
        'inc',
        '-isystem',
        'sys',
        '-iquote',
        'q',
        '-idirafter',
        'late',
        '-include',
        'foo.h',
      ],
    )
    expect(joined).to.deep.equal(separate)
    expect(joined.preprocessor.slice(0, 4)).to.deep.equal(['-D', 'Foo=1', '-U', 'Bar'])
    expect(joined.include).to.deep.equal({
      quote: ['q'],
      angled: ['inc'],
      system: ['sys'],
      after: ['late'],
      forced: ['foo.h'],
    })
    expect(joined.driver).to.deep.equal([])
  })

  it('hands the rest to the driver in order', () => {
    const flags = [
      '-O2',
      '-std=c11',
      '-g',
      '-Wall',
      '-Werror=format',
      '-fwrapv',
      '-msimd128',
      '-pthread',
      '-mllvm',
      '-stats',
    ]
    expect(classified(...flags).driver).to.deep.equal(flags)
  })

  it('lets -x choose the language, and drops -c, which is what it does anyway', () => {
    expect(classified('-c', '-x', 'c++'))
      .to.include({ language: 'c++' })
      .and.to.have.deep.property('driver', [])
    expect(classified('-xc').language).to.equal('c')
    expect(refusal('-x', 'assembler')).to.equal('flag "-x assembler" is refused: the languages are c and c++')
  })

  for (const flag of [
    '-o',
    '-E',
    '-S',
    '-M',
    '-MD',
    '-shared',
    '-Wl,--gc-sections',
    '-lm',
    '-L.',
    '--target=x86_64',
    '-flto',
    '-r',
    '@list',
  ]) {
    it(`refuses ${flag} by name`, () => {
      expect(refusal('-O1', flag))
        .to.match(/^flag ".*" is refused: /)
        .and.to.include(`"${flag}"`)
    })
  }

  it('refuses what is no flag of a compile at all', () => {
    expect(refusal('-Q')).to.equal('unknown flag "-Q"')
    expect(refusal('-O9')).to.equal('unknown flag "-O9"')
    expect(refusal('foo.c')).to.equal('"foo.c" is not a flag')
  })

  it('refuses a flag whose value is missing', () => {
    expect(refusal('-D')).to.equal('flag "-D" needs a value')
    expect(refusal('-O2', '-mllvm')).to.equal('flag "-mllvm" needs a value')
  })
})
