// A definition of our own: the source of each symbol is made when somebody looks it up, and handed to the compile layer.
import { JIT } from 'worc'

const jit = await JIT.start()
for (const n of [2, 3, 10]) {
  await jit.main.define({
    name: `times ${n}`,
    symbols: { [`times${n}`]: { exported: true, callable: true } },
    materialize: (responsibility) =>
      jit.compile.emit(responsibility, { language: 'c', text: `int times${n}(int a) { return a * ${n}; }` }),
  })
}
const times10 = await jit.lookup('times10')
console.log(`times10(7) = ${times10(7)}; times2 and times3 were never compiled`)
await jit[Symbol.asyncDispose]()
