// Compile a C function, call it, take it out again.
import { JIT } from 'worc'

const jit = await JIT.start() // where Node has it: await using jit = await JIT.start()
const tracker = jit.main.createResourceTracker()
await jit.addC('int add(int a, int b) { return a + b; }', { tracker })

const add = await jit.lookup('add')
console.log(`add(2, 3) = ${add(2, 3)}`)

await tracker.remove()
try {
  add(2, 3)
} catch (error) {
  console.log(`after removal: ${error.code}`)
}
await jit[Symbol.asyncDispose]()
