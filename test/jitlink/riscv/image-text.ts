// An image as text that can be compared and kept: protections, addresses, bytes.
import { defaultAddress } from './linked.js'
import type { Linked } from './linked.js'

const bytesPerLine = 32

export function imageText({ image, definitions }: Linked): string {
  const lines = image.segments.flatMap(({ prot, offsetBytes, content, zeroFillBytes }) => {
    const start = defaultAddress + offsetBytes
    const bytes = Array.from({ length: Math.ceil(content.length / bytesPerLine) }, (_, line) => {
      const part = content.slice(line * bytesPerLine, (line + 1) * bytesPerLine)
      return `${(start + line * bytesPerLine).toString(16)}: ${Buffer.from(part).toString('hex')}`
    })
    return [`${prot}, ${content.length} bytes and ${zeroFillBytes} of zeros`, ...bytes]
  })
  const names = definitions.map(({ name, address, kind }) => `${address.toString(16)}: ${kind} ${name}`)
  return `${[...lines, ...names].join('\n')}\n`
}
