// What an object wants to be called when it is there and before it goes: arrays of function pointers, in sections that say by
// their type or name when. Nothing refers to them, so they are roots; the pointers are read when they have been linked.
//
// Sources: System V gABI, "Initialization and Termination Functions"; GNU ld's default script for `.ctors` and `.dtors`
import { sectionType } from '@worc/elf'
import type { ElfObject, ElfSection } from '@worc/elf'
import { addSymbol } from '../link-graph.js'
import type { Block, LinkGraph } from '../link-graph.js'
import type { ElfParts } from './build-elf-graph.js'

/** The words of `block` are pointers to functions, to be called in this order or backwards. */
export interface RunList {
  /** Lower ones are called earlier. */
  readonly priority: number
  readonly block: Block
  readonly backwards: boolean
}

interface RunLists {
  readonly initializers: readonly RunList[]
  readonly finalizers: readonly RunList[]
}

interface Role {
  readonly when: 'initialize' | 'finalize'
  readonly priority: number
  readonly backwards: boolean
}

const beforeAll = -1
const withoutPriority = 65536

/** Those of `losing` blocks run where their group prevails. Call it once the object's edges are there: it adds roots. */
export function collectRunAtEnds(
  graph: LinkGraph,
  object: ElfObject,
  { blocks }: ElfParts,
  losing: ReadonlySet<Block>,
): RunLists {
  const initializers: RunList[] = []
  const finalizers: RunList[] = []
  for (const [index, section] of object.sections.entries()) {
    const role = roleOf(section)
    const block = blocks[index]
    if (role === undefined || block === undefined || losing.has(block)) continue
    addSymbol(graph, '', block, { scope: 'local', live: true })
    const { when, ...rest } = role
    if (when === 'initialize') initializers.push({ ...rest, block })
    else finalizers.push({ ...rest, block })
  }
  initializers.sort((one, other) => one.priority - other.priority)
  // Mirrored: what was initialized first goes last.
  finalizers.sort((one, other) => other.priority - one.priority)
  return { initializers, finalizers }
}

/** Undefined for a section that is no such array. */
export function roleOf({ type, name }: ElfSection): Role | undefined {
  if (type === sectionType.preinitArray) return { when: 'initialize', priority: beforeAll, backwards: false }
  if (type === sectionType.initArray) return { when: 'initialize', priority: priorityIn(name), backwards: false }
  if (type === sectionType.finiArray) return { when: 'finalize', priority: priorityIn(name), backwards: true }
  const [, old, digits] = /^\.(ctors|dtors)(?:\.(\d{1,5}))?$/.exec(name) ?? []
  if (old === undefined) return undefined
  // These are numbered, and walked, from the other end.
  const priority = digits === undefined ? withoutPriority : 65535 - Number(digits)
  return { when: old === 'ctors' ? 'initialize' : 'finalize', priority, backwards: old === 'ctors' }
}

function priorityIn(name: string): number {
  const [, digits] = /\.(\d{1,5})$/.exec(name) ?? []
  return digits === undefined ? withoutPriority : Number(digits)
}
