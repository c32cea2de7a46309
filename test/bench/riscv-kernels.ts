// Small programs for harts, each with one kind of work in its loop. They need no linker and no library, leave with exit(0), and
// take the stack for their data, so that qemu runs them as they are.

const exit = 'li a0, 0\nli a7, 93\necall'

/** By name: RV64, some tens of millions of instructions each. */
export const kernels: Readonly<Record<string, string>> = {
  'bits of a checksum': program(`
    li s0, 400000
    li a0, -1
    li a2, 0xedb88320
  1: xor a0, a0, s0
    li s1, 8
  2: andi t0, a0, 1
    neg t0, t0
    and t0, t0, a2
    srliw a0, a0, 1
    xor a0, a0, t0
    addi s1, s1, -1
    bnez s1, 2b
    addi s0, s0, -1
    bnez s0, 1b`),
  'sieve in memory': program(`
    li t6, 32768
    sub sp, sp, t6
    li s0, 60
  1: mv a0, sp
    add a1, sp, t6
    li t0, 1
  2: sb t0, 0(a0)
    addi a0, a0, 1
    bne a0, a1, 2b
    li s1, 2
  3: add a0, sp, s1
    lbu t0, 0(a0)
    beqz t0, 5f
    add a0, a0, s1
  4: bgeu a0, a1, 5f
    sb zero, 0(a0)
    add a0, a0, s1
    j 4b
  5: addi s1, s1, 1
    mul t0, s1, s1
    bltu t0, t6, 3b
    addi s0, s0, -1
    bnez s0, 1b`),
  'calls, and a stack': program(
    `
    li a0, 29
    jal ra, 6f`,
    `
  6: li t0, 2
    bltu a0, t0, 7f
    addi sp, sp, -32
    sd ra, 24(sp)
    sd s0, 16(sp)
    mv s0, a0
    addi a0, a0, -1
    jal ra, 6b
    sd a0, 8(sp)
    addi a0, s0, -2
    jal ra, 6b
    ld t0, 8(sp)
    add a0, a0, t0
    ld ra, 24(sp)
    ld s0, 16(sp)
    addi sp, sp, 32
  7: ret`,
  ),
  'a matrix of integers': program(
    `
    li t6, 3200
    sub sp, sp, t6
    li s0, 250
  1: li s1, 0
  2: li s2, 0
  3: li a0, 0
    li s3, 0
    slli a1, s1, 5
    add a1, a1, sp
    slli a2, s2, 2
    add a2, a2, sp
  4: lw t0, 0(a1)
    lw t1, 1024(a2)
    mul t0, t0, t1
    addw a0, a0, t0
    addi a1, a1, 4
    addi a2, a2, 32
    addi s3, s3, 1
    li t0, 16
    bne s3, t0, 4b
    slli a1, s1, 5
    add a1, a1, sp
    slli a2, s2, 2
    add a1, a1, a2
    sw a0, 2040(a1)
    addi s2, s2, 1
    li t0, 16
    bne s2, t0, 3b
    addi s1, s1, 1
    bne s1, t0, 2b
    addi s0, s0, -1
    bnez s0, 1b`,
  ),
  'doubles, fused': program(`
    li s0, 1000000
    li t0, 3
    fcvt.d.l fa0, t0
    li t0, 7
    fcvt.d.l fa1, t0
    fdiv.d fa2, fa0, fa1
    fmv.d fa3, fa2
  1: fmadd.d fa3, fa3, fa2, fa1
    fmul.d fa4, fa3, fa2
    fsub.d fa4, fa4, fa0
    fadd.d fa3, fa4, fa2
    addi s0, s0, -1
    bnez s0, 1b`),
  'atomic additions': program(`
    addi sp, sp, -16
    li s0, 2000000
    li a1, 1
  1: amoadd.d a0, a1, (sp)
    addi s0, s0, -1
    bnez s0, 1b`),
}

function program(main: string, functions: string = ''): string {
  return `.option norelax\n.globl _start\n_start:\n${main}\n${exit}\n${functions}\n`
}
