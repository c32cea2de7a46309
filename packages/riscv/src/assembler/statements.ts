// Source text to statements: labels, a name, and the text of the operands. Comments are `#`, `//` and `/* */`; a line may
// hold several statements, parted by `;`.

export interface Statement {
  readonly line: number
  /** Of this statement's address: names, or numbers for local labels. */
  readonly labels: readonly string[]
  /** An instruction, or a directive with its dot; empty where there are only labels. */
  readonly name: string
  readonly operands: string
}

const labelPattern = /^\s*([\w.$]+|"[^"]*")\s*:/
const assignmentPattern = /^\s*([A-Za-z_.$][\w.$]*)\s*=(?!=)(.*)$/

export function statementsOf(source: string): readonly Statement[] {
  const lines = withoutComments(source).split('\n')
  return lines.flatMap((text, index) => splitOutside(text, ';').flatMap((part) => statementOf(part, index + 1) ?? []))
}

/** The operands, parted by commas that are not inside brackets or quotes. */
export function splitOperands(text: string): readonly string[] {
  return text.trim() === '' ? [] : splitOutside(text, ',').map((part) => part.trim())
}

function statementOf(text: string, line: number): Statement | undefined {
  const labels: string[] = []
  let rest = text
  for (let match = labelPattern.exec(rest); match !== null; match = labelPattern.exec(rest)) {
    labels.push(unquoted(match[1] ?? ''))
    rest = rest.slice(match[0].length)
  }
  // `name = value` is another way to write .set.
  const assignment = assignmentPattern.exec(rest)
  if (assignment !== null) return { line, labels, name: '.set', operands: `${assignment[1]}, ${assignment[2]}` }
  const [, name = '', operands = ''] = /^\s*(\S*)\s*([^]*)$/.exec(rest) ?? []
  return labels.length === 0 && name === '' ? undefined : { line, labels, name, operands: operands.trim() }
}

export function unquoted(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text
}

/** Comments become blanks, so that lines keep their numbers. */
function withoutComments(source: string): string {
  return source.replace(/"(?:\\[^]|[^"\\\n])*"|'(?:\\.|[^\\\n])'?|\/\*[^]*?(?:\*\/|$)|(?:#|\/\/)[^\n]*/g, (part) =>
    /^["']/.test(part) ? part : part.replace(/[^\n]/g, ' '),
  )
}

function splitOutside(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let [from, depth] = [0, 0]
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quote !== '') {
      if (character === '\\') at++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '(') depth++
    else if (character === ')') depth--
    else if (character === separator && (depth === 0 || separator === ';')) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}
