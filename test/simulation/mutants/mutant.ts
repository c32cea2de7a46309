// A planted bug: one place in the compiled text of one file, and what stands there instead. It is applied as the file is
// loaded, so nothing is copied, and a change of the source that moves the place is noticed at once.

export interface Mutant {
  /** Kebab case; names it on the command line. */
  readonly name: string
  /** Where such a bug was seen or feared. */
  readonly origin: string
  /** From the repository's root, as compiled. */
  readonly file: string
  /** Occurs exactly once. */
  readonly find: string
  readonly replace: string
}

/** The text with the bug in it. Throws where the place is not found, or not one. */
export function mutate({ name, file, find, replace }: Mutant, text: string): string {
  const [before, after, ...more] = text.split(find)
  if (before === undefined || after === undefined || more.length > 0) {
    const count = text.split(find).length - 1
    throw new Error(`mutant ${name}: ${file} has ${count} places, not 1, that read ${JSON.stringify(find)}`)
  }
  return `${before}${replace}${after}`
}
