export { readElfObject } from './read-object.js'
export { writeElfObject } from './write-object.js'
export { readSignatures } from './signatures.js'
export { readLineTable } from './line-table.js'
export type { ElfLineTable } from './line-table.js'
export { machineRiscV, sectionFlag, sectionType } from './format.js'
export type {
  ElfClass,
  ElfGroup,
  ElfObject,
  ElfRelocation,
  ElfSection,
  ElfSymbol,
  SymbolBinding,
  SymbolPlace,
  SymbolType,
  SymbolVisibility,
} from './object.js'
