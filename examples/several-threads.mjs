// Four threads attach to one session and call the same function, each locally; they share its data.
import { once } from 'node:events'
import { Worker, isMainThread, workerData } from 'node:worker_threads'
import { JIT, attach } from 'worc'

if (isMainThread) {
  const jit = await JIT.start()
  await jit.addC(`
    #include <stdatomic.h>
    static atomic_int total;
    int count(int n) { return atomic_fetch_add(&total, n) + n; }`)
  const threads = Array.from({ length: 4 }, () => {
    const port = jit.port()
    return new Worker(new URL(import.meta.url), { workerData: port, transferList: [port] })
  })
  await Promise.all(threads.map((thread) => once(thread, 'exit')))
  const count = await jit.lookup('count')
  console.log(`four threads counted to ${count(0)}`)
  await jit[Symbol.asyncDispose]()
} else {
  const jit = await attach(workerData)
  const count = await jit.lookup('count')
  for (let i = 0; i < 1000; i += 1) count(1)
  await jit[Symbol.asyncDispose]()
}
