// What happened, as one number: two runs of one seed must agree on it. And as text, for whoever reads along.

export class TraceHash {
  #hash = 0x811c_9dc5
  readonly #write: ((line: string) => void) | undefined

  constructor(write?: (line: string) => void) {
    this.#write = write
  }

  get value(): number {
    return this.#hash >>> 0
  }

  note(what: string, where: string, details: unknown): void {
    const line = `${what} ${where} ${JSON.stringify(details, plain)}`
    for (let at = 0; at < line.length; at++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(at), 0x0100_0193)
    this.#write?.(line)
  }
}

/** Bytes are said by their length: what they are follows from the plan. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `${value.length} bytes` : value
}
