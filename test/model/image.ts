// A session's state as text, so that two moments can be compared: every object that can be reached from it has a number, in the
// order in which it is met, and a line with what it holds. Tables are asked for what is in them, however they keep it.

/** Which message last named what is a note of the session's to itself. */
const notes: ReadonlySet<string> = new Set(['named', 'naming'])

export function imageOf(state: object): string {
  const met: object[] = [state]
  const numbers = new Map<unknown, number>([[state, 0]])
  const name = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return String(value)
    const known = numbers.get(value)
    if (known !== undefined) return `#${known}`
    numbers.set(value, met.length)
    met.push(value)
    return `#${met.length - 1}`
  }
  const lines: string[] = []
  for (const value of met) {
    const fields = Object.entries(value).filter(([field]) => !notes.has(field))
    const held = [...fields, ...contentsOf(value)]
    lines.push(held.map(([field, of]) => `${name(field)}: ${name(of)}`).join(', '))
  }
  return lines.join('\n')
}

function contentsOf(value: object): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(value)) return []
  if ('entries' in value && typeof value.entries === 'function') {
    return [...(value.entries as () => Iterable<readonly [unknown, unknown]>).call(value)]
  }
  if ('values' in value && typeof value.values === 'function') {
    return [...(value.values as () => Iterable<unknown>).call(value)].map((item) => ['', item])
  }
  return []
}
