// Functions that are linked when somebody calls them: one of many rules of an object, and one that is compiled on demand.
import { JIT, lazyReexports } from 'worc'

const jit = await JIT.start()
const tracker = jit.main.createResourceTracker()
await jit.addC('int triple(int a) { return 3 * a; } int half(int a) { return a / 2; }', { tracker, lazy: true })

// The bodies live in a dylib of their own and are made when they are first called; the stubs are main's.
const rules = await jit.session.createJITDylib('rules')
const compiled = []
for (const n of [2, 3, 10]) {
  await rules.define({
    name: `times ${n}`,
    symbols: { [`times${n}`]: { exported: true, callable: true } },
    materialize: (responsibility) => {
      compiled.push(n)
      return jit.compile.emit(responsibility, { language: 'c', text: `int times${n}(int a) { return a * ${n}; }` })
    },
  })
}
const flags = { exported: true, callable: true }
const signature = { parameters: ['i32'], results: ['i32'] }
const stubs = Object.fromEntries([2, 3, 10].map((n) => [`times${n}`, { aliasee: `times${n}`, flags, signature }]))
await jit.main.define(lazyReexports(rules, stubs), tracker)

// The table refers to all of them; what is called is compiled.
await jit.addC(
  `int triple(int); int times2(int); int times3(int); int times10(int);
  int (*const table[])(int) = { triple, times2, times3, times10 };
  int apply(int rule, int a) { return table[rule](a); }`,
  { tracker },
)
const apply = await jit.lookup('apply')
console.log(`linked: compiled [${compiled}]`)
console.log(`apply(0, 7) = ${apply(0, 7)}, apply(3, 7) = ${apply(3, 7)}: compiled [${compiled}]`)
await tracker.remove()
try {
  apply(1, 7)
} catch (error) {
  console.log(`after removal: ${error.code}, compiled [${compiled}]`)
}
await jit[Symbol.asyncDispose]()
