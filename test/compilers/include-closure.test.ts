// Shows which files the include scan finds, over small trees written as path -> text. Finding too much is allowed, finding too
// little is not: what it misses, the compiler would not see either.
import { includeClosure, includeDirectives, type ClosureRequest, type IncludeClosure } from '@worc/compilers'
import { expect } from 'chai'
import { describe, it } from 'mocha'

const nowhere = { quote: [], angled: [], system: [], after: [], forced: [] }

function closure(files: Record<string, string>, request: Partial<ClosureRequest> = {}): IncludeClosure {
  const mainPath = '/p/src/main.c'
  const mainText = files[mainPath] ?? ''
  const base = { mainPath, mainText, directory: '/p', include: nowhere, sysroot: ['/sys'] }
  return includeClosure({ ...base, ...request }, (path) => files[path])
}

describe('includeDirectives', () => {
  const names = (text: string): string[] =>
    includeDirectives(text).names.map(({ name, quoted }) => (quoted ? `"${name}"` : `<${name}>`))

  it('reads every spelling of the directive', () => {
    const text =
      '#include "foo.h"\n # /* why */ include /* not */ <bar.h>\n%:include <baz.h>\n#inc\\\nlude "qux.h"\n#include_next <foo.h>\n'
    expect(names(text)).to.deep.equal(['"foo.h"', '<bar.h>', '<baz.h>', '"qux.h"', '<foo.h>'])
  })

  it('reads names that are only tested', () => {
    expect(names('#if __has_include(<foo.h>) && __has_include("bar.h")')).to.deep.equal(['<foo.h>', '"bar.h"'])
  })

  it('tells of names made by macros and of objects that depend on the clock', () => {
    expect(includeDirectives('#include FOO\n')).to.include({ computed: true, volatile: false })
    expect(includeDirectives('const char *t = __TIME__;\n')).to.include({ computed: false, volatile: true })
  })
})

describe('includeClosure', () => {
  it('follows quoted names from the including file, and .. as text', () => {
    const files = {
      '/p/src/main.c': '#include "a/foo.h"',
      '/p/src/a/foo.h': '#include "../bar.h"',
      '/p/src/bar.h': '#include "a/foo.h"',
    }
    expect(closure(files).headers).to.deep.equal(['/p/src/a/foo.h', '/p/src/bar.h'])
  })

  it('looks for angled names in the directories of the flags only', () => {
    const files = { '/p/src/main.c': '#include <foo.h>', '/p/src/foo.h': '', '/p/inc/foo.h': '' }
    expect(closure(files).headers).to.deep.equal([])
    expect(closure(files, { include: { ...nowhere, angled: ['inc'] } }).headers).to.deep.equal(['/p/inc/foo.h'])
  })

  it('takes every match, so that a header which appears earlier in the search changes the result', () => {
    const include = { ...nowhere, angled: ['one', 'two'] }
    const files: Record<string, string> = { '/p/src/main.c': '#include <foo.h>', '/p/two/foo.h': '' }
    expect(closure(files, { include }).headers).to.deep.equal(['/p/two/foo.h'])
    files['/p/one/foo.h'] = ''
    expect(closure(files, { include }).headers).to.deep.equal(['/p/one/foo.h', '/p/two/foo.h'])
  })

  it('finds the header of the user that a header of the sysroot includes', () => {
    const files = {
      '/p/src/main.c': '#include <stdio.h>',
      '/sys/stdio.h': '#include <features.h>',
      '/p/inc/features.h': '',
    }
    expect(closure(files, { include: { ...nowhere, angled: ['inc'] } }).headers).to.deep.equal(['/p/inc/features.h'])
  })

  it('follows a macro to the names it may stand for, in both orders', () => {
    const files = {
      '/p/src/main.c': '#include "foo.h"\n#include BAR\n',
      '/p/src/foo.h': '#define BAR "bar.h"',
      '/p/src/bar.h': '',
    }
    expect(closure(files)).to.deep.include({ headers: ['/p/src/foo.h', '/p/src/bar.h'], computed: true })
    const other = { '/p/src/main.c': '#define BAR "bar.h"\n#include BAR\n', '/p/src/bar.h': '' }
    expect(closure(other).headers).to.deep.equal(['/p/src/bar.h'])
  })

  it('looks for forced and revealed names', () => {
    const files = { '/p/foo.h': '', '/p/src/bar.h': '' }
    const found = closure(files, { include: { ...nowhere, forced: ['foo.h'] }, revealed: ['bar.h'] })
    expect(found.headers).to.deep.equal(['/p/foo.h', '/p/src/bar.h'])
  })

  it('reads each file once, however it is named, and ends in a circle', () => {
    const reads: string[] = []
    includeClosure(
      { mainPath: '/p/a.c', mainText: '#include "x/../x/foo.h"', directory: '/p', include: nowhere, sysroot: [] },
      (path) => {
        reads.push(path)
        return path === '/p/x/foo.h' ? '#include "../x/foo.h"\n#include "../a.c"' : undefined
      },
    )
    expect(reads).to.deep.equal(['/p/x/foo.h'])
  })
})
