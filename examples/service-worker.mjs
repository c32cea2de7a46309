// A piscina worker of service.mjs. It parks after each task, so that a thread waiting for work holds no memory back.
import { setTimeout as pause } from 'node:timers/promises'
import { attach } from 'worc'

let jit
let matches

export default async function ({ port, arrived, count, price }) {
  if (port !== undefined) {
    Atomics.add(arrived, 0, 1)
    while (Atomics.load(arrived, 0) < count) await pause(1)
    jit = await attach(port)
    jit.park()
    return undefined
  }
  for (;;) {
    try {
      matches ??= await jit.lookup('matches')
      const answer = matches(price)
      jit.park()
      return answer
    } catch (error) {
      if (error.code !== 'CodeRemoved') throw error
      matches = undefined
    }
  }
}
