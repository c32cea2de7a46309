// Finds, in one source text, every header it could ask for. This is not a preprocessor: it neither evaluates conditions nor
// skips comments, so it names too many files and never too few; the only names it cannot see are those glued together by macros.

export interface IncludeName {
  /** Quoted names are looked for beside the including file first. */
  readonly quoted: boolean
  readonly name: string
  /** `#embed`: bytes, not source text. */
  readonly embedded: boolean
}

export interface IncludeDirectives {
  readonly names: readonly IncludeName[]
  /** Header names that are the values of macros: what `#include MACRO` may mean. */
  readonly macroValues: readonly IncludeName[]
  /** The text has `#include MACRO`. */
  readonly computed: boolean
  /** The object depends on something besides the sources (`__TIME__`, `.incbin`), so it must not be cached. */
  readonly volatile: boolean
}

const gap = String.raw`(?:\s|/\*[^]*?\*/)*`
const headerName = String.raw`(?:"([^"\n]+)"|<([^>\n]+)>)`
const includeDirective = new RegExp(
  String.raw`(?:#|%:)${gap}(include_next|include|import|embed)\b${gap}(?:${headerName}|[A-Za-z_])`,
  'g',
)
const includeTest = new RegExp(String.raw`__has_(include_next|include|embed)\s*\(\s*${headerName}`, 'g')
const headerMacro = new RegExp(String.raw`(?:#|%:)${gap}(define)\s+\w+(?:\([^)\n]*\))?[ \t]+${headerName}`, 'g')

export function includeDirectives(text: string): IncludeDirectives {
  const spliced = text.includes('\\') ? text.replaceAll(/\\[ \t]*\r?\n/g, '') : text
  const asked = Array.from(spliced.matchAll(includeDirective), includeName)
  const tested = Array.from(spliced.matchAll(includeTest), includeName)
  const macros = Array.from(spliced.matchAll(headerMacro), includeName)
  return {
    names: [...asked, ...tested].filter((name) => name !== undefined),
    macroValues: macros.filter((name) => name !== undefined),
    computed: asked.includes(undefined),
    volatile: /\b__(DATE|TIME|TIMESTAMP)__\b|\.incbin\b/.test(spliced),
  }
}

function includeName([, directive, quoted, angled]: RegExpExecArray): IncludeName | undefined {
  const name = quoted ?? angled
  return name === undefined ? undefined : { quoted: quoted !== undefined, name, embedded: directive === 'embed' }
}
