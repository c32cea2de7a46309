// A line per unit being compiled, on a terminal; nothing when piped.
const clearLine = '\r\u001b[K'

export interface Progress {
  started(name: string): void
  finished(name: string, detail: string): void
  /** Leaves the terminal as it was found. */
  end(): void
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { started: nothing, finished: nothing, end: nothing }
  const running = new Set<string>()
  const draw = (): void => {
    const line = running.size === 0 ? '' : `compiling ${[...running].join(', ')}`
    stream.write(clearLine + line.slice(0, Math.max(0, stream.columns - 1)))
  }
  return {
    started: (name) => {
      running.add(name)
      draw()
    },
    finished: (name, detail) => {
      running.delete(name)
      stream.write(`${clearLine}${name}  ${detail}\n`)
      draw()
    },
    end: () => void stream.write(clearLine),
  }
}

function nothing(): void {
  return undefined
}

export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
    : `${(milliseconds / 1000).toFixed(2)} s`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`
}
