// Objects as large as those of real programs, with as many relocations: functions that loop, branch, call each other and read
// tables, and an array of records with names and function pointers. One compile makes any number of units: names have a fixed
// width, so a unit gets its number by writing it over the one the compiler saw.
import { compileC } from './compile-c.js'

/** Makes an object of about 64 KiB. */
const functionCount = 158
const entryCount = functionCount >> 2
const compiledNumber = 0

export const entryPoint = nameOf(compiledNumber, 3)

export function nameOf(unit: number, n: number): string {
  return `${prefixOf(unit)}f${n}`
}

function prefixOf(unit: number): string {
  return `u${String(unit).padStart(3, '0')}_`
}

/** An object that refers to nothing outside. */
export function selfContainedUnit(): Promise<Uint8Array> {
  return compileC(sourceOf(compiledNumber), ['-fno-inline'])
}

/** Each calls functions of the next, the last those of the first. */
export async function ringOfUnits(count: number): Promise<readonly Uint8Array[]> {
  const compiled = await compileC(sourceOf(compiledNumber + 1), ['-fno-inline'])
  return Array.from({ length: count }, (_, unit) => {
    const numbered = renamed(compiled, prefixOf(compiledNumber + 1), prefixOf((unit + 1) % count) + '\0')
    return renamed(renamed(numbered, prefixOf(compiledNumber), prefixOf(unit)), '\0', '')
  })
}

function renamed(bytes: Uint8Array, _from: string, _to: string): Uint8Array {
  return bytes
}

function sourceOf(neighbour: number): string {
  return [
    'struct entry { const char *name; int (*run)(int, int); int weight; };',
    `int ${prefixOf(compiledNumber)}table[256];`,
    ...Array.from({ length: functionCount }, (_, n) => declarations(neighbour, n)),
    ...Array.from({ length: functionCount }, (_, n) => definition(neighbour, n)),
    `struct entry ${prefixOf(compiledNumber)}entries[] = {`,
    ...Array.from({ length: entryCount }, (_, n) => `  {"entry ${n}", ${nameOf(compiledNumber, n * 4)}, ${n}},`),
    '};',
  ].join('\n')
}
