// Instructions that are only ways of writing others, as a table of templates: `$1` is the first operand as it was written,
// `@` a label of the expansion's own. A `!` keeps an instruction from being compressed, since a linker patches both halves
// of a pair as they stand.
//
// Sources: RISC-V assembly programmer's manual, "pseudoinstructions"; Unprivileged ISA, chapter "RISC-V Assembly".
import { callModifier } from './relocation-types.js'

/** `name count -> instruction; instruction`, where count is how many operands were written. */
const templates = `
nop 0 -> addi zero, zero, 0
mv 2 -> addi $1, $2, 0
move 2 -> addi $1, $2, 0
not 2 -> xori $1, $2, -1
neg 2 -> sub $1, zero, $2
negw 2 -> subw $1, zero, $2
sext.w 2 -> addiw $1, $2, 0
zext.b 2 -> andi $1, $2, 255
zext.w 2 -> add.uw $1, $2, zero
seqz 2 -> sltiu $1, $2, 1
snez 2 -> sltu $1, zero, $2
sltz 2 -> slt $1, $2, zero
sgtz 2 -> slt $1, zero, $2
sgt 3 -> slt $1, $3, $2
sgtu 3 -> sltu $1, $3, $2
add 3 -> addi $1, $2, $3
addw 3 -> addiw $1, $2, $3
and 3 -> andi $1, $2, $3
or 3 -> ori $1, $2, $3
xor 3 -> xori $1, $2, $3
slt 3 -> slti $1, $2, $3
sltu 3 -> sltiu $1, $2, $3
sll 3 -> slli $1, $2, $3
srl 3 -> srli $1, $2, $3
sra 3 -> srai $1, $2, $3
sllw 3 -> slliw $1, $2, $3
srlw 3 -> srliw $1, $2, $3
sraw 3 -> sraiw $1, $2, $3
ror 3 -> rori $1, $2, $3
rorw 3 -> roriw $1, $2, $3

beqz 2 -> beq $1, zero, $2
bnez 2 -> bne $1, zero, $2
blez 2 -> bge zero, $1, $2
bgez 2 -> bge $1, zero, $2
bltz 2 -> blt $1, zero, $2
bgtz 2 -> blt zero, $1, $2
bgt 3 -> blt $2, $1, $3
ble 3 -> bge $2, $1, $3
bgtu 3 -> bltu $2, $1, $3
bleu 3 -> bgeu $2, $1, $3
j 1 -> jal zero, $1
jal 1 -> jal ra, $1
jr 1 -> jalr zero, $1
jalr 1 -> jalr ra, $1
jalr 2 -> jalr $1, 0($2)
jalr 3 -> jalr $1, $3($2)
ret 0 -> jalr zero, 0(ra)
call 1 -> auipc ra, %${callModifier}($1); !jalr ra, 0(ra)
call 2 -> auipc $1, %${callModifier}($2); !jalr $1, 0($1)
tail 1 -> auipc t1, %${callModifier}($1); !jalr zero, 0(t1)
jump 2 -> auipc $2, %${callModifier}($1); !jalr zero, 0($2)
fence 0 -> fence iorw, iorw

lla 2 -> @: auipc $1, %pcrel_hi($2); addi $1, $1, %pcrel_lo(@)
la.tls.gd 2 -> @: auipc $1, %tls_gd_pcrel_hi($2); addi $1, $1, %pcrel_lo(@)

csrr 2 -> csrrs $1, $2, zero
csrw 2 -> csrrw zero, $1, $2
csrs 2 -> csrrs zero, $1, $2
csrc 2 -> csrrc zero, $1, $2
csrw 2 -> csrrwi zero, $1, $2
csrs 2 -> csrrsi zero, $1, $2
csrc 2 -> csrrci zero, $1, $2
csrrw 3 -> csrrwi $1, $2, $3
csrrs 3 -> csrrsi $1, $2, $3
csrrc 3 -> csrrci $1, $2, $3
csrwi 2 -> csrrwi zero, $1, $2
csrsi 2 -> csrrsi zero, $1, $2
csrci 2 -> csrrci zero, $1, $2
frcsr 1 -> csrrs $1, fcsr, zero
fscsr 1 -> csrrw zero, fcsr, $1
fscsr 2 -> csrrw $1, fcsr, $2
frrm 1 -> csrrs $1, frm, zero
fsrm 1 -> csrrw zero, frm, $1
fsrm 2 -> csrrw $1, frm, $2
fsrmi 1 -> csrrwi zero, frm, $1
fsrmi 2 -> csrrwi $1, frm, $2
frflags 1 -> csrrs $1, fflags, zero
fsflags 1 -> csrrw zero, fflags, $1
fsflags 2 -> csrrw $1, fflags, $2
fsflagsi 1 -> csrrwi zero, fflags, $1
fsflagsi 2 -> csrrwi $1, fflags, $2
rdcycle 1 -> csrrs $1, cycle, zero
rdtime 1 -> csrrs $1, time, zero
rdinstret 1 -> csrrs $1, instret, zero
rdcycleh 1 -> csrrs $1, cycleh, zero
rdtimeh 1 -> csrrs $1, timeh, zero
rdinstreth 1 -> csrrs $1, instreth, zero
`

/** Of both formats; \`%\` is its letter. */
const floatTemplates = `
fmv.% 2 -> fsgnj.% $1, $2, $2
fabs.% 2 -> fsgnjx.% $1, $2, $2
fneg.% 2 -> fsgnjn.% $1, $2, $2
fgt.% 3 -> flt.% $1, $3, $2
fge.% 3 -> fle.% $1, $3, $2
`

const loads = ['lb', 'lh', 'lw', 'ld', 'lbu', 'lhu', 'lwu']

/** Reads and writes of a symbol; what is no integer register needs one for the address. */
const symbolTemplates: readonly string[] = [
  ...loads.map((name) => `${name} 2 -> @: auipc $1, %pcrel_hi($2); ${name} $1, %pcrel_lo(@)($1)`),
  ...['flw', 'fld', 'sb', 'sh', 'sw', 'sd', 'fsw', 'fsd'].map(
    (name) => `${name} 3 -> @: auipc $3, %pcrel_hi($2); ${name} $1, %pcrel_lo(@)($3)`,
  ),
]

const table = tableOf([
  ...lines(templates),
  ...['s', 'd'].flatMap((letter) => lines(floatTemplates.replaceAll('%', letter))),
  ...symbolTemplates,
])

/** Instructions that stand for the one written, in the order in which they are to be tried. */
export function expansionsOf(
  name: string,
  operands: readonly string[],
  { isPic, xlen }: { readonly isPic: boolean; readonly xlen: 32 | 64 },
): readonly (readonly string[])[] {
  const written = [...(table.get(`${name} ${operands.length}`) ?? []), ...addressTemplates(name, isPic, xlen)]
  return written.map((template) =>
    template.map((part) => part.replace(/\$(\d)/g, (_, n) => operands[Number(n) - 1] ?? '')),
  )
}

/** Where an address comes from depends on the code model, and a load of one on XLEN. */
function addressTemplates(name: string, isPic: boolean, xlen: 32 | 64): readonly (readonly string[])[] {
  const fromTable = (operator: string): readonly (readonly string[])[] => [
    [`@: auipc $1, %${operator}($2)`, `${xlen === 64 ? 'ld' : 'lw'} $1, %pcrel_lo(@)($1)`],
  ]
  if (name === 'lga' || (name === 'la' && isPic)) return fromTable('got_pcrel_hi')
  if (name === 'la') return table.get('lla 2') ?? []
  return name === 'la.tls.ie' ? fromTable('tls_ie_pcrel_hi') : []
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function tableOf(rows: readonly string[]): ReadonlyMap<string, readonly (readonly string[])[]> {
  const found = new Map<string, (readonly string[])[]>()
  for (const row of rows) {
    const [key = '', expansion = ''] = row.split(' -> ')
    found.set(key, [...(found.get(key) ?? []), expansion.split('; ')])
  }
  return found
}
