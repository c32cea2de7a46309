// One object compiled or assembled once, and from it as many as are wanted: each defines a function under a name of its own that
// returns the unit's number. The number is written over the one that the compiler saw, in the name and in the data.
import { JITError } from '@worc/protocol'
import { assemble, fullIsa } from '@worc/riscv'
import type { JITOptions } from 'worc'
import { compileC } from '../bench/compile-c.js'

export type SoakTarget = NonNullable<JITOptions['target']>

/** Never in an object by chance. */
const marked = { name: 'value_9876543210', number: 0x0b5e_55ed }
const digits = marked.name.length - 'value_'.length

interface NumberedUnit {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Takes something of each arena: code, data, on WebAssembly a function pointer and a thread-local variable. */
const source = `static _Thread_local int calls; static volatile int data[64] = {${marked.number}};
static int get(void) { return data[calls]; }
static int (*volatile pointer)(void) = get; int ${marked.name}(void) { return pointer(); }`

function assembly(xlen: 32 | 64): string {
  const [load, word] = xlen === 64 ? ['ld', '.dword'] : ['lw', '.word']
  return `
  .text
  .globl ${marked.name}
  .type ${marked.name}, @function
${marked.name}:
  la a0, pointer
  ${load} a0, 0(a0)
  jr a0
get:
  la a0, data
  lw a0, 0(a0)
  ret
  .data
data: .word ${marked.number}
  .balign 8
pointer: ${word} get
`
}

export async function numberedUnits(target: SoakTarget): Promise<(number: number) => NumberedUnit> {
  const object = await template(target)
  const text = Buffer.from(object).toString('latin1')
  const data = Buffer.alloc(4)
  data.writeUInt32LE(marked.number)
  const at = text.indexOf(data.toString('latin1'))
  if (at < 0 || !text.includes(marked.name)) throw new Error('the object does not have what marks it')
  return (number) => {
    const name = `value_${String(number).padStart(digits, '0')}`
    const bytes = Buffer.from(text.replaceAll(marked.name, name), 'latin1')
    bytes.writeUInt32LE(number, at)
    return { name, bytes }
  }
}

async function template(target: SoakTarget): Promise<Uint8Array> {
  if (target === 'wasm') return compileC(source)
  const xlen = target === 'riscv64' ? 64 : 32
  const object = assemble(assembly(xlen), 'soak.s', { isa: fullIsa(xlen), floatAbi: 'double' })
  if (!object.ok) throw new JITError(object.error)
  return object.value
}
