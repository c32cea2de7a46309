export { buildSymbolIndex, memberContent, readArchive } from './archive.js'
export type { Archive, ArchiveMember, SymbolIndex } from './archive.js'
