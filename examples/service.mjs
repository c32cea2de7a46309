// A filter service: each request is answered by a piscina worker with JIT'd code, while the main thread replaces the rule.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { Piscina } from 'piscina'
import { JIT } from 'worc'

const jit = await JIT.start()
const rule = await addRule('price > 100')
const ports = Array.from({ length: 2 }, () => jit.port())
const pool = new Piscina({
  filename: new URL('./service-worker.mjs', import.meta.url).href,
  minThreads: 2,
  maxThreads: 2,
})
// Each worker gets a port of its own: none takes a second one before all have come.
const arrived = new Int32Array(new SharedArrayBuffer(4))
await Promise.all(ports.map((port) => pool.run({ port, arrived, count: ports.length }, { transferList: [port] })))

const server = createServer(async (request, response) => {
  const price = Number(new URL(request.url, 'http://localhost').searchParams.get('price'))
  response.end(String(await pool.run({ price })))
})
server.listen(0)
await once(server, 'listening')

console.log(`price > 100: ${await ask(150)} ${await ask(50)}`)
await rule.remove()
await addRule('price < 100')
console.log(`price < 100: ${await ask(150)} ${await ask(50)}`)

server.close()
await pool.destroy()
await jit[Symbol.asyncDispose]()

async function addRule(condition) {
  const tracker = jit.main.createResourceTracker()
  await jit.addC(`int matches(double price) { return ${condition}; }`, { tracker, flags: ['-O2'] })
  return tracker
}

async function ask(price) {
  const response = await fetch(`http://localhost:${server.address().port}/?price=${price}`)
  return (await response.text()) === '1' ? 'yes' : 'no'
}
