// A client's thread, seen from the campaign.
import { Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { FromClient, ToClient } from './client-thread.js'

type Answer = Exclude<FromClient, { type: 'give' }>
type Given = Extract<FromClient, { type: 'give' }>

export class ClientDied extends Error {}

export class Client {
  readonly number: number
  readonly #worker: Worker
  readonly #onGive: (given: Given) => void
  readonly #waiting = new Map<Answer['type'], { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  #end: ClientDied | undefined
  #thrown: unknown

  private constructor(number: number, port: MessagePort, onGive: (given: Given) => void) {
    this.number = number
    this.#onGive = onGive
    this.#worker = new Worker(new URL('./client-thread.js', import.meta.url), {
      workerData: port,
      transferList: [port],
      name: `client ${number}`,
    })
    this.#worker.on('message', (message: FromClient) => this.#hear(message))
    this.#worker.on('error', (thrown) => (this.#thrown = thrown))
    this.#worker.on('exit', (code) => this.#ended(code))
  }

  static async start(number: number, port: MessagePort, onGive: (given: Given) => void): Promise<Client> {
    const client = new Client(number, port, onGive)
    await client.answer('attached')
    return client
  }

  get alive(): boolean {
    return this.#end === undefined
  }

  /** The next one of that type. Rejects with ClientDied. */
  answer<T extends Answer['type']>(type: T): Promise<Extract<Answer, { type: T }>> {
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return new Promise((resolve, reject) =>
      this.#waiting.set(type, { resolve: resolve as (answer: Answer) => void, reject }),
    )
  }

  say(message: ToClient): void {
    this.#worker.postMessage(message)
  }

  /** In the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }

  #hear(message: FromClient): void {
    if (message.type === 'give') return this.#onGive(message)
    const waiting = this.#waiting.get(message.type)
    this.#waiting.delete(message.type)
    waiting?.resolve(message)
  }

  #ended(code: number): void {
    const why = this.#thrown instanceof Error ? (this.#thrown.stack ?? this.#thrown.message) : `exit code ${code}`
    this.#end = new ClientDied(`client ${this.number} died: ${why}`)
    for (const { reject } of this.#waiting.values()) reject(this.#end)
    this.#waiting.clear()
  }
}
