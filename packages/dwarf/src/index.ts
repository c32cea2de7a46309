export { debugSectionNames } from './debug-sections.js'
export type { DebugSectionName, DebugSections } from './debug-sections.js'
export { addressLines } from './line-table.js'
export type { AddressLines, SourceLocation } from './line-table.js'
