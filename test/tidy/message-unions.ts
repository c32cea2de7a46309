// The message types of the protocol, read from its sources, and the rows of the catalogue: the compiler sees that a message of
// the unions that the catalogue knows has a row; a union that it does not know is found here.
import ts from 'typescript'
import type { House, SourceFile } from './source-tree.js'
import { nodesOf, placeOf } from './source-tree.js'

export function catalogueViolations(house: House): readonly string[] {
  const files = house.workspaces.find(({ folder }) => folder === 'protocol')?.files ?? []
  const types = files.filter(({ path }) => path.endsWith('-messages.ts')).flatMap(messageTypesOf)
  const catalogue = files.find(({ path }) => path === 'protocol/src/catalogue.ts')
  if (catalogue === undefined) return ['protocol/src/catalogue.ts is missing']
  const rows = rowsOf(catalogue)
  const names = new Set(types.map(({ name }) => name))
  return [
    ...types
      .filter(({ name }) => !rows.includes(name))
      .map(({ name, place }) => `${place}: message ${name} has no row in the catalogue`),
    ...rows.filter((row) => !names.has(row)).map((row) => `${catalogue.path}: row ${row} is no message`),
  ]
}

interface MessageType {
  readonly name: string
  readonly place: string
}

/** The literal types of `type` in the members of exported unions. A member that is taken from another union is that one's. */
function messageTypesOf(file: SourceFile): readonly MessageType[] {
  const aliases = file.ast.statements.filter((statement) => ts.isTypeAliasDeclaration(statement))
  return aliases.flatMap(({ type }) =>
    membersOf(type).flatMap((member) => {
      const name = literalTypeOf(member)
      return name === undefined ? [] : [{ name, place: placeOf(file, member) }]
    }),
  )
}

function membersOf(type: ts.TypeNode): readonly ts.TypeNode[] {
  if (ts.isParenthesizedTypeNode(type)) return membersOf(type.type)
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.flatMap(membersOf)
  return [type]
}

function literalTypeOf(member: ts.TypeNode): string | undefined {
  if (!ts.isTypeLiteralNode(member)) return undefined
  for (const property of member.members) {
    if (!ts.isPropertySignature(property) || property.name.getText() !== 'type' || property.type === undefined) continue
    const { type } = property
    if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return type.literal.text
  }
  return undefined
}

/** The keys of `export const catalogue = { … }`. */
function rowsOf({ ast }: SourceFile): readonly string[] {
  for (const node of nodesOf(ast)) {
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== 'catalogue' || node.initializer === undefined)
      continue
    const literal = [...nodesOf(node.initializer)].find((child) => ts.isObjectLiteralExpression(child))
    return literal?.properties.map((property) => property.name?.getText() ?? '') ?? []
  }
  return []
}
