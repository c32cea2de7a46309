// How files are named, how long they are, and where names are passed on: a file is one idea, and its name is that idea.
import ts from 'typescript'
import type { House, SourceFile } from './source-tree.js'
import { filesBelow, placeOf } from './source-tree.js'

const codeFile = /\.(ts|mts|mjs|cjs|js)$/
const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*$/
/** Names that say where things are put, not what they are. */
const drawer = /(^|-)(utils?|common|helpers?|misc|stuff)$/

export function nameViolations(house: House): readonly string[] {
  const paths = ['protocol', 'packages', 'actors', 'test', 'examples', '.ci'].flatMap((room) =>
    filesBelow(house.root, room, codeFile),
  )
  return paths.flatMap((path) => {
    const names = path.replace(/(\.test|\.d)?\.[a-z]+$/, '').split('/')
    return [
      ...names.filter((name) => !kebabCase.test(name)).map((name) => `${path}: "${name}" is not in kebab case`),
      ...names.filter((name) => drawer.test(name)).map((name) => `${path}: "${name}" is a drawer, not an idea`),
    ]
  })
}

// ---- length

export const usualLines = 350
const maximumLines = 600

interface LongFile {
  readonly path: string
  readonly lines: number
}

export function filesOver(house: House, lines: number): readonly LongFile[] {
  return house.workspaces
    .flatMap(({ files }) => files)
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter((file) => file.lines > lines)
    .sort((a, b) => b.lines - a.lines)
}

export function lengthViolations(house: House): readonly string[] {
  return filesOver(house, maximumLines).map(
    ({ path, lines }) => `${path} has ${lines} lines, more than ${maximumLines}: it is more than one idea`,
  )
}

// ---- barrels

/** One index in a package, which only lists; nobody else passes names on. */
export function barrelViolations(house: House): readonly string[] {
  return house.workspaces.flatMap(({ folder, layer, files }) => {
    const index = `${folder}/src/index.ts`
    const missing = layer === 'test' || files.some(({ path }) => path === index) ? [] : [`${index} is missing`]
    return [...missing, ...files.flatMap((file) => (file.path === index ? definitionsIn(file) : passedOnBy(file)))]
  })
}

function definitionsIn(file: SourceFile): readonly string[] {
  return file.ast.statements
    .filter((statement) => !ts.isExportDeclaration(statement))
    .map((statement) => `${placeOf(file, statement)} is not a list entry: an index only lists`)
}

function passedOnBy(file: SourceFile): readonly string[] {
  const isIndex = /(^|\/)index\.ts$/.test(file.path)
  const passedOn = file.ast.statements.filter(
    (statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined,
  )
  return [
    ...(isIndex ? [`${file.path}: a package has one index, src/index.ts`] : []),
    ...passedOn.map((statement) => `${placeOf(file, statement)} passes names on: only src/index.ts does`),
  ]
}
