// What lies where in executable memory: which unit an address belongs to, which of its functions. Units have pages of their own.
// One that is gone is known until another has its pages, so that whoever runs into it can be told what it was.
import type { ExecutorAddr, InstalledUnit } from '@worc/protocol'
import { pageBytes } from '@worc/executor-memory'
import type { FunctionBounds } from '@worc/riscv'

export interface MappedUnit<U> {
  readonly facts: InstalledUnit
  readonly unit: U
  gone: boolean
}

export class CodeMap<U> {
  readonly #byPage = new Map<number, MappedUnit<U>>()

  add(facts: InstalledUnit, unit: U): MappedUnit<U> {
    const mapped: MappedUnit<U> = { facts, unit, gone: false }
    for (const page of pagesOf(facts)) this.#byPage.set(page, mapped)
    return mapped
  }

  /** Undefined where no code is or was. */
  at(address: ExecutorAddr): MappedUnit<U> | undefined {
    const mapped = this.#byPage.get(Math.floor(address / pageBytes))
    const { code } = mapped?.facts ?? { code: null }
    return code !== null && address >= code.address && address < code.address + code.sizeBytes ? mapped : undefined
  }

  functionAt(address: ExecutorAddr): FunctionBounds | undefined {
    const facts = this.at(address)?.facts
    const index = facts === undefined ? -1 : indexAt(facts, address)
    const [start] = facts?.code?.functions[index] ?? []
    return start === undefined ? undefined : { symbol: facts?.functions[index]?.[0] ?? '', start }
  }
}

/** The function that the address lies in: the last that begins at or before it. -1 where there is none. */
export function indexAt({ code }: InstalledUnit, address: ExecutorAddr): number {
  const functions = code?.functions ?? []
  let [low, high] = [0, functions.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((functions[middle]?.[0] ?? 0) <= address) low = middle + 1
    else high = middle
  }
  return low - 1
}

function* pagesOf({ code }: InstalledUnit): Generator<number, undefined> {
  if (code === null || code.sizeBytes === 0) return
  const last = Math.floor((code.address + code.sizeBytes - 1) / pageBytes)
  for (let page = Math.floor(code.address / pageBytes); page <= last; page++) yield page
}
