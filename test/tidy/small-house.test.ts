// The small house is clean by every check: whatever is found in it elsewhere was planted there.
import { describe } from 'mocha'
import { actorViolations, determinismViolations } from './determinism.js'
import { languageViolations } from './language.js'
import { builtinViolations, dependencyViolations, layeringViolations, roomViolations } from './layering.js'
import { catalogueViolations } from './message-unions.js'
import { deadExports, deadFiles } from './reachability.js'
import { barrelViolations, lengthViolations, nameViolations } from './shape.js'
import { itSays } from './small-house.js'
import type { House } from './source-tree.js'
import { wordViolations } from './words.js'

const words = ({ root }: House): readonly string[] => wordViolations(root)

describe('a clean house', () => {
  const checks: Readonly<Record<string, (house: House) => readonly string[]>> = {
    layeringViolations,
    dependencyViolations,
    roomViolations,
    builtinViolations,
    determinismViolations,
    actorViolations,
    languageViolations,
    nameViolations,
    lengthViolations,
    barrelViolations,
    deadFiles,
    deadExports,
    catalogueViolations,
    words,
  }
  for (const [name, check] of Object.entries(checks)) itSays(check, name, {}, undefined)
})
