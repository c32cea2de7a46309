// What decides must decide the same way twice. protocol/ and packages/ are compiled without Node's and the browser's types and
// read no clock and no randomness; an actor is one synchronous turn after the other, and so is all that it calls in its folder.
import ts from 'typescript'
import { importsOf, isBuiltin, isRelative, sourceNamed } from './imports.js'
import type { House, SourceFile, Workspace } from './source-tree.js'
import { nodesOf, placeOf } from './source-tree.js'

/** Globals that tell the time, draw numbers, wait, or reach outside. */
const outside: ReadonlySet<string> = new Set([
  'Date',
  'Temporal',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'console',
  'fetch',
])

export function determinismViolations(house: House): readonly string[] {
  return house.workspaces
    .filter(({ layer }) => layer === 'protocol' || layer === 'packages')
    .flatMap((workspace) => [...configViolations(workspace), ...workspace.files.flatMap(decidingViolations)])
}

function configViolations({ folder, options }: Workspace): readonly string[] {
  const hosts = (options.lib ?? []).filter((lib) => /\.(dom|webworker|scripthost)/.test(lib))
  return [
    ...(options.types?.length === 0 ? [] : [`${folder}/tsconfig.json must say "types": []`]),
    ...(options.lib === undefined ? [`${folder}/tsconfig.json must name its lib: the default has the DOM`] : []),
    ...hosts.map((lib) => `${folder}/tsconfig.json has ${lib}, which brings timers, ports and workers`),
  ]
}

function decidingViolations(file: SourceFile): readonly string[] {
  const { typeReferenceDirectives, libReferenceDirectives } = file.ast
  const directives = [...typeReferenceDirectives, ...libReferenceDirectives].map(
    ({ fileName }) => `${file.path} references ${fileName}: deciding code sees no types but its own`,
  )
  return [...directives, ...outsideViolations(file)]
}

function outsideViolations(file: SourceFile): readonly string[] {
  const own = namesDeclaredIn(file)
  return [...nodesOf(file.ast)].flatMap((node) => {
    if (isMathRandom(node)) return `${placeOf(file, node)} uses Math.random`
    if (!ts.isIdentifier(node) || !outside.has(node.text) || own.has(node.text) || !isFreeUse(node)) return []
    return `${placeOf(file, node)} uses ${node.text}`
  })
}

function isMathRandom(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && node.name.text === 'random' && node.expression.getText() === 'Math'
}

/** A name by itself or of globalThis: not a property's, not a type's. */
function isFreeUse(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return parent.expression.getText() === 'globalThis'
  const isName = 'name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent)
  return !isName && !ts.isTypeReferenceNode(parent) && !ts.isImportSpecifier(parent)
}

/** Variables, parameters and imports; what is only declared to exist is not the file's own. */
function namesDeclaredIn(file: SourceFile): ReadonlySet<string> {
  const names = new Set<string>()
  for (const node of nodesOf(file.ast)) {
    const declares =
      ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isImportSpecifier(node) || ts.isBindingElement(node)
    if (declares && ts.isIdentifier(node.name) && !isAmbient(node)) names.add(node.name.text)
  }
  return names
}

function isAmbient(node: ts.Node): boolean {
  return ts.isVariableDeclaration(node) && (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient) !== 0
}

// ---- actors

export function actorViolations(house: House): readonly string[] {
  return house.workspaces.filter(({ layer }) => layer === 'actors').flatMap(actorViolationsOf)
}

function actorViolationsOf({ files }: Workspace): readonly string[] {
  const actors = files.filter(implementsActor)
  const misnamed = actors.filter(({ path }) => !path.endsWith('-actor.ts'))
  const inTurns = new Map<SourceFile, SourceFile>()
  for (const actor of actors) for (const file of calledBy(actor, files)) inTurns.set(file, actor)
  return [
    ...misnamed.map(({ path }) => `${path} implements Actor: its name ends with -actor.ts`),
    ...[...inTurns].flatMap(([file, actor]) =>
      turnViolations(file).map(
        (violation) => `${violation}: a turn of ${actor.path} is synchronous and decides by messages`,
      ),
    ),
  ]
}

function implementsActor({ ast }: SourceFile): boolean {
  return ast.statements.some(
    (statement) =>
      ts.isClassDeclaration(statement) &&
      (statement.heritageClauses ?? []).some(
        ({ token, types }) =>
          token === ts.SyntaxKind.ImplementsKeyword &&
          types.some(({ expression }) => expression.getText(ast) === 'Actor'),
      ),
  )
}

/** The actor's file and, file by file, what it imports from its folder for more than types. */
function calledBy(actor: SourceFile, files: readonly SourceFile[]): ReadonlySet<SourceFile> {
  const called = new Set([actor])
  for (const file of called) {
    for (const entry of importsOf(file)) {
      if (entry.typeOnly || entry.kind !== 'import' || !isRelative(entry)) continue
      const target = files.find(({ path }) => path === sourceNamed(entry))
      if (target !== undefined) called.add(target)
    }
  }
  return called
}

function turnViolations(file: SourceFile): readonly string[] {
  const waits = [...nodesOf(file.ast)].filter(
    ({ kind }) =>
      kind === ts.SyntaxKind.AwaitKeyword ||
      kind === ts.SyntaxKind.AwaitExpression ||
      kind === ts.SyntaxKind.AsyncKeyword,
  )
  const builtins = importsOf(file).filter(isBuiltin)
  return [
    ...waits.map((node) => `${placeOf(file, node)} awaits`),
    ...builtins.map(({ node, specifier }) => `${placeOf(file, node)} imports ${specifier}`),
    ...outsideViolations(file),
  ]
}
