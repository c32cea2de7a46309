// A module loader hook that plants one mutant: whoever imports its file gets the text with the bug in it. Registered, and
// told which, by the campaign's process.
import type { InitializeHook, LoadHook } from 'node:module'
import type { Mutant } from './mutant.js'
import { mutate } from './mutant.js'

export interface Planting {
  readonly mutant: Mutant
  /** Of the mutant's file. */
  readonly url: string
}

let planting: Planting | undefined

export const initialize: InitializeHook<Planting> = (told) => {
  planting = told
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context)
  if (planting === undefined || url !== planting.url) return loaded
  const { source } = loaded
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
  return { ...loaded, source: mutate(planting.mutant, text) }
}
