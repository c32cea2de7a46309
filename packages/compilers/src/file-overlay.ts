// Text of a clang file overlay (llvm/lib/Support/VirtualFileSystem.cpp, RedirectingFileSystem): it shows files that lie somewhere
// under private names at the paths where the user has them. Diagnostics then need no rewriting, and `..` in a path is resolved
// by clang itself. JSON is YAML, which is what clang reads.

export interface OverlayFile {
  /** Absolute: where the compiler sees it. */
  readonly path: string
  /** Absolute: where the bytes are. */
  readonly contents: string
}

/** Directories are listed so that they exist even when nothing in them is shown. */
export function fileOverlay(files: readonly OverlayFile[], directories: readonly string[]): string {
  return JSON.stringify({
    version: 0,
    'case-sensitive': true,
    'use-external-names': false,
    roots: [
      ...directories.map((name) => ({ type: 'directory', name, contents: [] })),
      ...files.map((file) => ({ type: 'file', name: file.path, 'external-contents': file.contents })),
    ],
  })
}
