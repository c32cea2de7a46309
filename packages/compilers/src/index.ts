export type {
  CancelSignal,
  CompiledObject,
  CompileOptions,
  Compiler,
  CompileRequest,
  SourceLanguage,
} from './compiler.js'
export { classifyFlags, type ClassifiedFlags, type IncludeFlags } from './classify-flags.js'
export {
  cc1Arguments,
  driverArguments,
  parseDriverOutput,
  placeholderName,
  type Cc1Names,
  type DriverOutput,
} from './command-line.js'
export { includeDirectives, type IncludeDirectives, type IncludeName } from './include-directives.js'
export { includeClosure, type ClosureRequest, type IncludeClosure, type ReadText } from './include-closure.js'
export { absolutePath, directoryOf, isAbsolutePath } from './path-text.js'
export { fileOverlay, type OverlayFile } from './file-overlay.js'
export { makeDependencies } from './make-dependencies.js'
export { compileTarget, type CompileTarget } from './target.js'
export { defaultLibraries, libraryDirectory, libraryFileName } from './default-libraries.js'
export { compileKey, type Digest, type KeyedCompile, type KeyedFile } from './cache-key.js'
export { decodeCacheEntry, encodeCacheEntry, type CacheEntry, type Checksum } from './cache-entry.js'
export { compileFailed, missingHeader } from './diagnostics.js'
