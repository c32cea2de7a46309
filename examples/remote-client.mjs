// A client of a session in another process: `worc serve`, then `node remote-client.mjs URL`. The same words as in a thread; functions
// return promises, and are called by the server's executors.
import { Buffer } from 'node:buffer'
import { connect } from 'worc'

const [url] = process.argv.slice(2)
const jit = await connect(url, { onDisconnect: 'remove' }) // where Node has it: await using jit = await connect(url)
const tracker = jit.main.createResourceTracker()
await jit.addC(
  `int add(int a, int b) { return a + b; }
   void reverse(char *text, int n) { for (int i = 0; i < n / 2; i++) { char c = text[i]; text[i] = text[n - 1 - i]; text[n - 1 - i] = c; } }
   int forever(void) { for (volatile int go = 1; go;) ; return 0; }`,
  { tracker },
)

const add = await jit.lookup('add')
const sums = await Promise.all([1, 2, 3].map((n) => add(n, n))) // in one frame, and in parallel
console.log(`sums: ${sums.join(' ')}`)

const text = Buffer.from('olleh')
await (
  await jit.lookup('reverse')
)(text, text.length) // copied in and back
console.log(text.toString())

const forever = (await jit.lookup('forever')).withDeadline(100)
await forever().catch((error) => console.log(`forever: ${error.code}`))

await tracker.remove()
await add(2, 3).catch((error) => console.log(`after removal: ${error.code}`))
await jit[Symbol.asyncDispose]()
