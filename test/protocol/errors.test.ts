// Errors as data: joined, named in one line, and thrown and caught again without losing anything.
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { throughBytes } from '../mailbox/through-bytes.js'
import type { JITErrorData, SymbolsByDylib } from '@worc/protocol'
import {
  JITError,
  errorData,
  failure,
  formatNames,
  formatSymbols,
  joinErrors,
  plainError,
  plainErrorCodes,
  success,
  symbolError,
  symbolErrorCodes,
  valueOf,
} from '@worc/protocol'

const Foo = plainError('UserError', 'Foo threw')
const Bar = plainError('ActorDied', 'Bar is gone')
const Baz = symbolError('SymbolsNotFound', 'symbols not found: Baz in main', [['main', ['Baz']]])

describe('joinErrors', () => {
  it('none: undefined; one: that one, itself', () => {
    expect(joinErrors([])).to.equal(undefined)
    expect(joinErrors([Baz])).to.equal(Baz)
  })

  it('two: the first one’s code and facts, a line each, both kept in order', () => {
    const joined = joinErrors([Baz, Foo])
    expect(joined).to.deep.equal({ ...Baz, message: `${Baz.message}\n${Foo.message}`, joined: [Baz, Foo] })
  })

  it('the order is the callers’', () => {
    expect(joinErrors([Foo, Bar])?.joined).to.deep.equal([Foo, Bar])
    expect(joinErrors([Bar, Foo])?.joined).to.deep.equal([Bar, Foo])
  })

  it('joined ones among them: one flat list, each once', () => {
    const pair = joinErrors([Foo, Bar])
    if (pair === undefined) throw new Error('two errors joined are one')
    expect(joinErrors([pair, Baz])?.joined).to.deep.equal([Foo, Bar, Baz])
    expect(joinErrors([Baz, pair])?.joined).to.deep.equal([Baz, Foo, Bar])
    expect(joinErrors([pair, pair])?.message.split('\n')).to.have.length(4)
  })

  it('leaves the errors that it joins as they were', () => {
    const first = Object.freeze({ ...Foo })
    expect(() => joinErrors([first, Object.freeze({ ...Bar })])).not.to.throw()
    expect(first).to.deep.equal(Foo)
  })
})

describe('JITErrorData', () => {
  it('has each code once, and no code is of two kinds', () => {
    const codes = [...symbolErrorCodes, ...plainErrorCodes, 'CompileFailed', 'Trap']
    expect(new Set(codes).size).to.equal(codes.length)
  })

  it('without a cause has no field for one: two such errors are deeply equal', () => {
    expect(plainError('Timeout', 'late')).to.have.all.keys('code', 'message')
    expect(symbolError('CodeRemoved', 'gone', [])).to.have.all.keys('code', 'message', 'symbols')
  })

  it('crosses a port as it is: cause, joined, backtrace, diagnostics', () => {
    for (const error of specimens()) {
      const [frame] = throughBytes([{ kind: 'reply', reply: 1, result: failure(error), attachments: 0 }])
      expect(frame).to.deep.equal({ kind: 'reply', reply: 1, result: { ok: false, error }, attachments: 0 })
      expect(structuredClone(error)).to.deep.equal(error)
    }
  })
})

describe('JITError', () => {
  it('to data and back: nothing is lost', () => {
    for (const error of specimens()) {
      const thrown = new JITError(error)
      expect(errorData(thrown)).to.equal(error)
      expect(errorData(new JITError(errorData(thrown)))).to.equal(error)
      expect(thrown).to.be.instanceOf(Error)
      expect(thrown.name).to.equal('JITError')
      expect(thrown.message).to.equal(error.message)
      expect(thrown.code).to.equal(error.code)
    }
  })

  it('cause: a JITError for each link of the chain', () => {
    const thrown = new JITError(plainError('SessionClosed', 'over', plainError('ActorDied', 'dead', Baz)))
    const cause = thrown.cause as JITError
    expect(cause).to.be.instanceOf(JITError)
    expect(cause.code).to.equal('ActorDied')
    expect((cause.cause as JITError).symbols).to.deep.equal(new Map([['main', ['Baz']]]))
    expect((cause.cause as JITError).cause).to.equal(undefined)
  })

  it('joined: the errors of the steps, none where there was one step', () => {
    const thrown = new JITError(joinErrors([Baz, Bar]) ?? Foo)
    expect(thrown.joined.map(({ data }) => data)).to.deep.equal([Baz, Bar])
    expect(new JITError(Foo).joined).to.deep.equal([])
  })

  it('symbols, diagnostics and backtrace: of the kinds that have them, otherwise undefined', () => {
    const [symbols, plain, compile, trap] = specimens().map((error) => new JITError(error))
    expect(symbols?.symbols?.get('main')).to.deep.equal(['Baz'])
    expect(plain?.symbols ?? plain?.diagnostics ?? plain?.backtrace).to.equal(undefined)
    expect(compile?.diagnostics).to.equal('foo.c:1:1: error: no\n')
    expect(trap?.backtrace).to.deep.equal([{ symbol: 'Foo', file: 'foo.c', line: 3 }, { symbol: 'main' }])
  })
})

describe('errorData', () => {
  it('(a JITError): its own', () => {
    expect(errorData(new JITError(Bar))).to.equal(Bar)
  })

  it('(an Error of the user’s): UserError with its name, unless that says nothing', () => {
    expect(errorData(new Error('Foo'))).to.deep.equal(plainError('UserError', 'Foo'))
    expect(errorData(new RangeError('Foo'))).to.deep.equal(plainError('UserError', 'RangeError: Foo'))
  })

  it('(an Error with a cause): the cause too, a JITError’s as its own', () => {
    const thrown = new Error('Foo', { cause: new JITError(Bar) })
    expect(errorData(thrown)).to.deep.equal(plainError('UserError', 'Foo', Bar))
    expect(errorData(new Error('Foo', { cause: 'Bar' })).cause).to.deep.equal(plainError('UserError', 'Bar'))
  })

  it('(anything else): what it says', () => {
    expect(errorData('Foo').message).to.equal('Foo')
    expect(errorData(undefined).message).to.equal('undefined')
    expect(errorData(Symbol('Foo')).message).to.equal('Symbol(Foo)')
  })
})

describe('Expected', () => {
  it('valueOf: the value, or the error thrown', () => {
    expect(valueOf(success(0))).to.equal(0)
    expect(() => valueOf(failure(Bar)))
      .to.throw(JITError, 'Bar is gone')
      .with.property('data', Bar)
  })
})

describe('formatSymbols', () => {
  it('names by dylib', () => {
    const symbols: SymbolsByDylib = [
      ['main', ['Foo', 'Bar']],
      ['libc', ['Baz']],
    ]
    expect(formatSymbols(symbols)).to.equal('Foo, Bar in main; Baz in libc')
    expect(formatSymbols([])).to.equal('')
  })

  it('eight names: all; nine: eight and a count', () => {
    const names = Array.from({ length: 9 }, (_, index) => `f${index}`)
    expect(formatNames(names.slice(0, 8))).to.equal('f0, f1, f2, f3, f4, f5, f6, f7')
    expect(formatNames(names)).to.equal('f0, f1, f2, f3, f4, f5, f6, f7 and 1 more')
  })

  it('256 characters: the name; 257: its beginning, no longer than that', () => {
    expect(formatNames(['x'.repeat(256)])).to.equal('x'.repeat(256))
    expect(formatNames(['x'.repeat(257)])).to.equal(`${'x'.repeat(253)}...`)
  })
})

/** One of each kind; the second has a cause, the last is joined. */
function specimens(): readonly JITErrorData[] {
  return [
    Baz,
    plainError('ActorDied', 'a link actor is gone', plainError('OutOfMemory', 'its heap was full', Baz)),
    { code: 'CompileFailed', message: '"foo.c" did not compile', diagnostics: 'foo.c:1:1: error: no\n' },
    {
      code: 'Trap',
      message: 'unreachable',
      backtrace: [{ symbol: 'Foo', file: 'foo.c', line: 3 }, { symbol: 'main' }],
    },
    joinErrors([Baz, Foo, Bar]) ?? Foo,
  ]
}
