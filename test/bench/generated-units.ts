// Objects as large as those of real programs, with as many relocations: functions that loop, branch, call each other and read
// tables, and an array of records with names and function pointers. One compile makes any number of units: names have a fixed
// width, so a unit's number is written over the one that the compiler saw.
import { compileC } from './compile-c.js'

/** Makes an object of about 64 KiB. */
const functionCount = 158
const entryCount = functionCount >> 2
/** What the compiler sees: a unit, and another one that it calls. */
const self = 0
const neighbour = 1

/** A function of a unit, to look up or to call. */
export function functionName(unit: number, n = 0): string {
  return `${prefix(unit)}f${n}`
}

function prefix(unit: number): string {
  return `u${String(unit).padStart(3, '0')}_`
}

/** Unit 0: refers to nothing outside. */
export function selfContainedUnit(): Promise<Uint8Array> {
  return compileC(sourceText(self), ['-fno-inline'])
}

/** Units from 0: each calls functions of the next, the last those of the first. */
export async function ringOfUnits(count: number): Promise<readonly Uint8Array[]> {
  const compiled = await compileC(sourceText(neighbour), ['-fno-inline'])
  const text = Buffer.from(compiled).toString('latin1')
  const names = new RegExp(`${prefix(self)}|${prefix(neighbour)}`, 'g')
  return Array.from({ length: count }, (_, unit) => {
    const numbered = text.replace(names, (name) => prefix(name === prefix(self) ? unit : (unit + 1) % count))
    return new Uint8Array(Buffer.from(numbered, 'latin1'))
  })
}

function sourceText(far: number): string {
  const numbers = Array.from({ length: functionCount }, (_, n) => n)
  return [
    'struct entry { const char *name; int (*run)(int, int); int weight; };',
    `int ${prefix(self)}table[256];`,
    ...numbers.map((n) => `int ${functionName(self, n)}(int, int);`),
    ...(far === self ? [] : numbers.map((n) => `int ${functionName(far, n)}(int, int);`)),
    ...numbers.map((n) => functionText(n, functionName(far, (n * 5 + 1) % functionCount))),
    `struct entry ${prefix(self)}entries[] = {`,
    ...numbers.slice(0, entryCount).map((n) => `{"entry number ${n}", ${functionName(self, n * 4)}, ${n}},`),
    '};',
  ].join('\n')
}

/** Ends for all arguments: what it calls gets half its count. */
function functionText(n: number, far: string): string {
  const near = functionName(self, (n * 7 + 3) % functionCount)
  return `int ${functionName(self, n)}(int a, int b) {
  if (b <= 0) return a;
  int s = a * ${2 * n + 1} + b;
  for (int i = 0; i < (b & 15); i++) s += ${prefix(self)}table[(s + i) & 255] ^ (i << ${n % 7});
  if (s & ${1 << (n % 9)}) s += ${near}(s, b >> 1);
  else ${prefix(self)}table[s & 255] = ${far}(s, b >> 1) + ${n};
  switch (s & 7) {
    case 0: s ^= a; break;
    case 1: s -= b * 3; break;
    case 2: s = s * 5 + a; break;
    case 3: s /= b | 1; break;
    case 5: s = ~s; break;
  }
  return s;
}`
}
