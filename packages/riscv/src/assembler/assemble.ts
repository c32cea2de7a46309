// The assembler: a text in GNU's syntax for RISC-V becomes a relocatable ELF object. Statements are taken one after the
// other; what a statement cannot know yet, a fixup remembers. A wrong line is reported and the next one read.
//
// Branches to symbols are not shortened and not lengthened: one that does not reach is an error. Instructions without
// symbols are compressed where the C extension is on. Directives for debuggers and unwinders do nothing.
import { writeElfObject } from '@worc/elf'
import type { Expected } from '@worc/protocol'
import { failure, success } from '@worc/protocol'
import { assembleDirective } from './directives.js'
import { assembleInstruction } from './instructions.js'
import { ObjectBuilder } from './object-builder.js'
import type { AssemblerOptions } from './object-builder.js'
import { SourceError } from './source-error.js'
import type { Statement } from './statements.js'
import { statementsOf } from './statements.js'

/** More than these are a sign that the text is something else. */
const mostDiagnostics = 20

/**
 * The object's bytes. Error: CompileFailed, with a line `file:line: error: …` for each line that is wrong.
 */
export function assemble(
  source: string,
  fileName: string,
  options: AssemblerOptions,
): Expected<Uint8Array<ArrayBuffer>> {
  const builder = new ObjectBuilder(options)
  const problems: { readonly line: number; readonly message: string }[] = []
  const report = (line: number, { message }: SourceError): void => void problems.push({ line, message })
  for (const statement of statementsOf(source)) {
    builder.line = statement.line
    try {
      assembleStatement(builder, statement)
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      report(statement.line, error)
    }
    if (problems.length >= mostDiagnostics) break
  }
  const object = builder.finish(report)
  if (problems.length === 0) return success(writeElfObject(object))
  const diagnostics = problems
    .sort((a, b) => a.line - b.line)
    .map(({ line, message }) => `${fileName}:${line}: error: ${message}`)
  const rest = problems.length - 1
  const message = `${diagnostics[0] ?? ''}${rest > 0 ? ` (and ${rest} more)` : ''}`
  return failure({ code: 'CompileFailed', message, diagnostics: `${diagnostics.join('\n')}\n` })
}

function assembleStatement(builder: ObjectBuilder, { labels, name, operands }: Statement): void {
  for (const label of labels) builder.defineLabel(label)
  if (name === '') return
  if (name.startsWith('.')) assembleDirective(builder, name, operands)
  else assembleInstruction(builder, name, operands)
}
