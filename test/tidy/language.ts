// The parts of the language that are not spoken here: `any`, `export *`, and comments that silence a tool.
import ts from 'typescript'
import type { House, SourceFile } from './source-tree.js'
import { nodesOf, placeOf } from './source-tree.js'

export function languageViolations(house: House): readonly string[] {
  const files = [...house.workspaces.flatMap((workspace) => workspace.files), ...house.examples]
  return files.flatMap((file) => [...syntaxViolations(file), ...silencers(file)])
}

function syntaxViolations(file: SourceFile): readonly string[] {
  return [...nodesOf(file.ast)].flatMap((node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) return `${placeOf(file, node)} says any: unknown is a door, any a hole`
    if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) return []
    const isStar = node.exportClause === undefined || ts.isNamespaceExport(node.exportClause)
    return isStar ? `${placeOf(file, node)} exports *: an index names what it offers, one by one` : []
  })
}

const silencer = /@ts-(ignore|expect-error|nocheck)|eslint-disable/g

/** In comments; a string may name one. */
function silencers({ path, text, ast }: SourceFile): readonly string[] {
  const found = [...text.matchAll(silencer)]
  if (found.length === 0) return []
  const literals = [...nodesOf(ast)].filter(
    (node) => ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node),
  )
  return found
    .filter(({ index }) => !literals.some((literal) => literal.getStart(ast) <= index && index < literal.end))
    .map(
      ({ index, 0: word }) => `${path}:${ast.getLineAndCharacterOfPosition(index).line + 1} silences a tool: ${word}`,
    )
}
