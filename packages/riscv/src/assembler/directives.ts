// Directives: what a line that begins with a dot does. Those that only inform a debugger or another tool are read and
// do nothing.
import type { SymbolType } from '@worc/elf'
import type { Extension } from '../instruction.js'
import { slebBytes, ulebBytes } from './leb128.js'
import type { ObjectBuilder } from './object-builder.js'
import { enterSection, namedSection } from './section-directive.js'
import { SourceError } from './source-error.js'
import { splitOperands, unquoted } from './statements.js'
import { checkFits, isConstant, parseConstant, parseString, parseValue } from './values.js'

type Directive = (builder: ObjectBuilder, operands: readonly string[], name: string) => void

/** Throws SourceError. */
export function assembleDirective(builder: ObjectBuilder, name: string, text: string): void {
  if (isIgnored(name)) return
  const directive = directives[name]
  if (directive === undefined) throw new SourceError(`the directive ${name} is not known`)
  directive(builder, splitOperands(text), name)
}

function isIgnored(name: string): boolean {
  return /^\.(attribute|file|ident|loc|addrsig|addrsig_sym|variant_cc|cfi_\w+)$/.test(name)
}

// ---- data

function data(sizeBytes: 1 | 2 | 4 | 8): Directive {
  return (builder, operands) => {
    const { section, line } = builder
    for (const text of operands) {
      // `.` is where this very datum stands.
      const value = parseValue(text, builder.lookup)
      if (isConstant(value)) section.append(fitting(value.constant, sizeBytes), sizeBytes)
      else {
        builder.addFixup({ kind: 'data', line, offset: section.sizeBytes, value, sizeBytes })
        section.append(0n, sizeBytes)
      }
    }
  }
}

function fitting(value: bigint, sizeBytes: number): bigint {
  checkFits(value, 8 * sizeBytes)
  return value
}

/** Of a distance to a label that comes later: four bytes, 256 MiB, as large as a section can be. */
const unknownLebBytes = 4

const uleb: Directive = (builder, operands, name) => {
  const { section, line } = builder
  for (const text of operands) {
    const value = parseValue(text, builder.lookup)
    const known = builder.distanceSoFar(value)
    if (known !== undefined && known < 0n) throw new SourceError(`${known} has a sign, which ${name} has no place for`)
    if (known !== undefined) checkFits(known, 64)
    const bytes = known === undefined ? ulebBytes(0n, unknownLebBytes) : ulebBytes(known)
    if (!isConstant(value)) {
      builder.addFixup({ kind: 'leb', line, offset: section.sizeBytes, value, sizeBytes: bytes.length })
    }
    section.appendBytes(bytes)
  }
}

const sleb: Directive = (builder, operands) => {
  for (const text of operands) {
    const value = parseConstant(text, builder.lookup)
    checkFits(value, 64)
    builder.section.appendBytes(slebBytes(value))
  }
}

function strings(terminator: readonly number[]): Directive {
  return ({ section }, operands) => {
    for (const text of operands) section.appendBytes([...parseString(text), ...terminator])
  }
}

const largestRepeat = 1 << 28

/** `.zero SIZE`, `.space SIZE, FILL`. */
const space: Directive = (builder, [size = '', fill = '0'], name) => {
  const sizeBytes = Number(parseConstant(size, builder.lookup))
  const byte = fitting(parseConstant(fill, builder.lookup), 1)
  if (sizeBytes < 0 || sizeBytes > largestRepeat)
    throw new SourceError(`${name} of ${sizeBytes} bytes (0 to ${largestRepeat})`)
  if (byte === 0n) builder.section.zeros(sizeBytes)
  else builder.section.appendBytes(new Uint8Array(sizeBytes).fill(Number(BigInt.asUintN(8, byte))))
}

// ---- alignment

function align(unit: 'bytes' | 'power of two'): Directive {
  return (builder, [amount = '', fill = ''], name) => {
    const number = Number(parseConstant(amount, builder.lookup))
    const bytes = unit === 'bytes' ? Math.max(1, number) : 2 ** number
    if (!Number.isInteger(Math.log2(bytes)) || bytes < 1 || bytes > 2 ** 20)
      throw new SourceError(`${name} ${amount}: ${bytes} is no power of two up to 2^20`)
    alignTo(builder, bytes, fill === '' ? undefined : Number(parseConstant(fill, builder.lookup)))
  }
}

function alignTo(builder: ObjectBuilder, alignmentBytes: number, fill: number | undefined): void {
  const { section, modes } = builder
  section.alignmentBytes = Math.max(section.alignmentBytes, alignmentBytes)
  const isCompressed = modes.isa.extensions.has('c')
  const shortest = isCompressed ? 2 : 4
  if (section.isCode && modes.relaxes && fill === undefined && alignmentBytes > shortest) {
    // A linker that shortens code removes of these as many as it has to.
    const nopBytes = alignmentBytes - shortest
    builder.relocate(section, section.sizeBytes, 'R_RISCV_ALIGN', undefined, BigInt(nopBytes))
    section.relaxes = true
    return appendNops(builder, nopBytes)
  }
  const padding = (alignmentBytes - (section.sizeBytes % alignmentBytes)) % alignmentBytes
  if (section.isCode && fill === undefined) appendNops(builder, padding)
  else if (fill === undefined || fill === 0) section.zeros(padding)
  else section.appendBytes(new Uint8Array(padding).fill(fill))
}

function appendNops({ section }: ObjectBuilder, sizeBytes: number): void {
  section.zeros(sizeBytes % 2)
  if (sizeBytes % 4 >= 2) section.append(0x0001n, 2)
  for (let left = Math.floor(sizeBytes / 4); left > 0; left--) section.append(0x13n, 4)
}

// ---- symbols

function eachSymbol(change: (symbol: ReturnType<ObjectBuilder['symbol']>) => void): Directive {
  return (builder, operands, name) => {
    if (operands.length === 0) throw new SourceError(`${name} needs a symbol`)
    for (const text of operands) change(builder.symbol(unquoted(text)))
  }
}

const symbolTypes: Readonly<Record<string, SymbolType>> = {
  function: 'function',
  object: 'object',
  tls_object: 'tls',
  notype: 'none',
  common: 'common',
  gnu_indirect_function: 'indirect function',
}

const typeDirective: Directive = (builder, [symbol = '', word = '']) => {
  const type = symbolTypes[word.replace(/^[@%]|^STT_/, '').toLowerCase()]
  if (type === undefined)
    throw new SourceError(`"${word}" is no type of a symbol: ${Object.keys(symbolTypes).join(', ')}`)
  builder.symbol(unquoted(symbol)).type = type
}

const size: Directive = (builder, [symbol = '', text = '']) => {
  const value = parseValue(text, builder.lookup)
  builder.symbol(unquoted(symbol)).size = { line: builder.line, value }
}

const common: Directive = (builder, [symbol = '', size = '', alignment = '1']) => {
  const sizeBytes = Number(parseConstant(size, builder.lookup))
  const alignmentBytes = Number(parseConstant(alignment, builder.lookup))
  if (!Number.isInteger(Math.log2(alignmentBytes)))
    throw new SourceError(`.comm: alignment ${alignmentBytes} is no power of two`)
  if (sizeBytes < 0 || sizeBytes > largestRepeat)
    throw new SourceError(`.comm of ${sizeBytes} bytes (0 to ${largestRepeat})`)
  const { place, alias } = builder.symbol(unquoted(symbol))
  if (place !== undefined || alias !== undefined) throw new SourceError(`symbol "${symbol}" is already defined`)
  const isLocal = builder.symbol(unquoted(symbol)).binding === 'local'
  if (!isLocal) builder.symbol(unquoted(symbol)).common = { sizeBytes, alignmentBytes }
  else placeLocalCommon(builder, unquoted(symbol), sizeBytes, alignmentBytes)
}

/** `.local` and `.comm` together are a symbol in .bss. */
function placeLocalCommon(builder: ObjectBuilder, symbol: string, sizeBytes: number, alignmentBytes: number): void {
  const before = builder.section
  builder.section = namedSection(builder, '.bss')
  alignTo(builder, alignmentBytes, 0)
  builder.defineLabel(symbol)
  builder.section.zeros(sizeBytes)
  builder.section = before
  const { line } = builder
  const value = { constant: BigInt(sizeBytes), plus: undefined, minus: undefined }
  Object.assign(builder.symbol(symbol), { size: { line, value }, type: 'object' })
}

const set: Directive = (builder, [symbol = '', text = '']) => {
  const value = parseValue(text, builder.lookup)
  if (value.minus !== undefined) throw new SourceError(`"${text}": a symbol cannot be a difference`)
  if (!Number.isSafeInteger(Number(value.constant))) throw new SourceError(`"${symbol}" would be beyond ±2^53`)
  if (builder.symbol(unquoted(symbol)).place !== undefined)
    throw new SourceError(`symbol "${symbol}" is already defined`)
  builder.symbol(unquoted(symbol)).alias = value
}

// ---- options

const options: Readonly<Record<string, (builder: ObjectBuilder) => void>> = {
  push: (builder) => builder.pushModes(),
  pop: (builder) => builder.popModes(),
  rvc: (builder) => setExtensions(builder, ['+c']),
  norvc: (builder) => setExtensions(builder, ['-c']),
  relax: (builder) => builder.setModes({ relaxes: true }),
  norelax: (builder) => builder.setModes({ relaxes: false }),
  pic: (builder) => builder.setModes({ isPic: true }),
  nopic: (builder) => builder.setModes({ isPic: false }),
}

const option: Directive = (builder, [name = '', ...more]) => {
  if (name === 'arch') return setExtensions(builder, more)
  const apply = options[name]
  if (apply === undefined)
    throw new SourceError(`.option ${name}: ${Object.keys(options).join(', ')} and arch are known`)
  apply(builder)
}

/** `+zbb`, `-c`. An extension that the table has not brings nothing, and its instructions are not known. */
function setExtensions(builder: ObjectBuilder, changes: readonly string[]): void {
  const { xlen, extensions } = builder.modes.isa
  const changed = new Set(extensions)
  for (const change of changes) {
    const extension = change.slice(1).replace(/[\dp.]+$/, '') as Extension
    if (change.startsWith('+')) changed.add(extension)
    else if (change.startsWith('-')) changed.delete(extension)
    else throw new SourceError(`.option arch, ${change}: extensions begin with + or -`)
  }
  builder.setModes({ isa: { xlen, extensions: changed } })
}

const directives: Readonly<Record<string, Directive>> = {
  '.byte': data(1),
  '.half': data(2),
  '.short': data(2),
  '.2byte': data(2),
  '.word': data(4),
  '.long': data(4),
  '.4byte': data(4),
  '.dword': data(8),
  '.quad': data(8),
  '.8byte': data(8),
  '.uleb128': uleb,
  '.sleb128': sleb,
  '.ascii': strings([]),
  '.asciz': strings([0]),
  '.string': strings([0]),
  '.zero': space,
  '.space': space,
  '.skip': space,

  '.align': align('power of two'),
  '.p2align': align('power of two'),
  '.balign': align('bytes'),

  '.text': (builder) => builder.enter(namedSection(builder, '.text')),
  '.data': (builder) => builder.enter(namedSection(builder, '.data')),
  '.bss': (builder) => builder.enter(namedSection(builder, '.bss')),
  '.rodata': (builder) => builder.enter(namedSection(builder, '.rodata')),
  '.section': (builder, operands) => builder.enter(enterSection(builder, operands)),
  '.pushsection': (builder, operands) => builder.pushSection(enterSection(builder, operands)),
  '.popsection': (builder) => builder.popSection(),
  '.previous': (builder) => builder.enterPrevious(),

  '.globl': eachSymbol((symbol) => (symbol.binding = 'global')),
  '.global': eachSymbol((symbol) => (symbol.binding = 'global')),
  '.weak': eachSymbol((symbol) => (symbol.binding = 'weak')),
  '.local': eachSymbol((symbol) => (symbol.binding = 'local')),
  '.hidden': eachSymbol((symbol) => (symbol.visibility = 'hidden')),
  '.protected': eachSymbol((symbol) => (symbol.visibility = 'protected')),
  '.internal': eachSymbol((symbol) => (symbol.visibility = 'internal')),
  '.type': typeDirective,
  '.size': size,
  '.comm': common,
  '.set': set,
  '.equ': set,
  '.option': option,
}
