// Assembly of a unit that calls and refers to itself and to others, near and far, with padding between: linkers must agree on
// every byte of it.
import type { Xlen } from '@worc/riscv'
import { RandomSource } from '../../orc/random-source.js'

const functionCount = 5

export function randomUnit(seed: number, xlen: Xlen): string {
  const random = new RandomSource(seed)
  const lines: string[] = [
    `.option ${random.chance(0.8) ? 'relax' : 'norelax'}`,
    `.option ${random.chance(0.5) ? 'pic' : 'nopic'}`,
  ]
  const name = (): string => `F${random.below(functionCount)}`
  for (let index = 0; index < functionCount; index++) {
    lines.push(random.chance(0.5) ? '.text' : `.section .text.F${index},"ax"`)
    if (random.chance(0.3)) lines.push(`.p2align ${1 + random.below(6)}`)
    lines.push(index === 0 || random.chance(0.7) ? `.globl F${index}` : '', `.type F${index}, @function`, `F${index}:`)
    for (let count = random.below(12); count > 0; count--) lines.push(...statement(random, index, count, name()))
    lines.push(`.L${index}:`, 'ret', `.size F${index}, .-F${index}`)
  }
  lines.push('.data', '.p2align 3', 'D0:')
  const word = xlen === 64 ? '.dword' : '.word'
  for (let count = random.below(6); count > 0; count--) {
    lines.push(random.chance(0.5) ? `${word} ${name()} + ${random.below(9)}` : `.word ${name()} - ${name()}`)
  }
  lines.push('.bss', '.globl B0', `.p2align ${random.below(5)}`, 'B0:', `.zero ${1 + random.below(300)}`)
  return `${lines.join('\n')}\n`
}

function statement(random: RandomSource, own: number, count: number, target: string): readonly string[] {
  const data = random.pick(['D0', 'B0', 'elsewhere']) ?? 'B0'
  switch (random.below(12)) {
    case 0:
      return [`call ${target}`]
    case 1:
      return [`tail ${target}`]
    case 2:
      return [`call ${random.pick(['external', 'other']) ?? 'external'}`]
    case 3:
      return [`.p2align ${1 + random.below(6)}`]
    case 4:
      return [`beqz a0, .L${own}_${count}`, 'c.nop', `.L${own}_${count}:`]
    case 5:
      return [`j .L${own}`]
    case 6:
      return [`la a${random.below(6)}, ${data}`]
    case 7:
      return [`lla a1, ${random.pick(['D0', 'B0']) ?? 'B0'}`, 'lw a2, 0(a1)']
    case 8:
      return [`lui a3, %hi(B0 + ${count})`, `sw a0, %lo(B0 + ${count})(a3)`]
    case 9:
      return ['nop', 'c.nop', 'nop']
    case 10:
      // Far enough to be out of reach of short jumps, seldom.
      return random.chance(0.3) ? [`.zero ${2 * random.below(1500)}`] : ['c.nop']
    default:
      return [`jal ${target}`]
  }
}
