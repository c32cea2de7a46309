export type {
  Comdat,
  ComdatEntryKind,
  CustomSection,
  DataSegment,
  FunctionBody,
  FunctionType,
  Import,
  ImportDescription,
  InitFunction,
  Limits,
  ObjectFile,
  ObjectSymbol,
  Relocation,
  SegmentFlags,
  SymbolBinding,
  SymbolFlags,
  ValueType,
} from './object-file.js'
export { readObject } from './read-object.js'
export { readObjectInterface } from './object-interface.js'
export type { DefinedSymbol, ObjectInterface, UndefinedSymbol } from './object-interface.js'
export { relocationTable } from './relocation-table.js'
export type { RelocationEncoding, RelocationKind } from './relocation-table.js'
export { ByteWriter, paddedLeb32Bytes } from './byte-writer.js'
export { ModuleWriter } from './module-writer.js'
export type { WrittenModule } from './module-writer.js'
export { moduleHeader, sectionId } from './binary-format.js'
export type { ExternalKind, SectionName } from './binary-format.js'
export { instructionCode, opcodeTable } from './opcode-table.js'
export type { Immediates, Opcode } from './opcode-table.js'
export { walkFunctionBody } from './function-body.js'
export type { InstructionVisitor, WalkedBody } from './function-body.js'
export { readLineTable } from './line-table.js'
