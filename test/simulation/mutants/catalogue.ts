// Every mutant there is, each name once.
import { codeMutants } from './code-mutants.js'
import type { Mutant } from './mutant.js'
import { sessionMutants } from './session-mutants.js'

export const mutants: readonly Mutant[] = [...sessionMutants, ...codeMutants]

export function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((candidate) => candidate.name === name)
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`)
  return mutant
}
