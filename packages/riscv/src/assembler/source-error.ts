// What is wrong with a line of source. Thrown inside the assembler, caught at the statement, which knows its line; the
// next statement is then read as if nothing had happened.

/** It quotes the source, which may be anything. */
const longestMessage = 400

export class SourceError extends Error {
  /** It is not written like this instruction at all, so it may be meant to be another one of the same name. */
  readonly isShape: boolean

  constructor(message: string, isShape: boolean = false) {
    super(message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message)
    this.isShape = isShape
  }
}
