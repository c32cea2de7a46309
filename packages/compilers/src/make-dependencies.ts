// Reads the rule that `clang -MD` writes for make: `target: file file \` and so on. Quoting is clang's (DependencyFile.cpp,
// PrintFilename): `\ ` is a space, `\#` a hash, `$$` a dollar, and a line may end with a backslash.

/** The prerequisites, as written by the compiler, first the main file. */
export function makeDependencies(rule: string): readonly string[] {
  const oneLine = rule.replaceAll(/\\\r?\n/g, ' ')
  const colon = /:\s/.exec(oneLine)
  if (colon === null) return []
  const words = oneLine.slice(colon.index + 1).match(/(?:\\[ #]|[^\s])+/g) ?? []
  return words.map((word) => word.replaceAll(/\\([ #])/g, '$1').replaceAll('$$', '$'))
}
