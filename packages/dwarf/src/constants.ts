// The numbers of DWARF that signatures are read by. Source: DWARF 5, section 7.5.

export const tag = {
  enumerationType: 0x04,
  formalParameter: 0x05,
  pointerType: 0x0f,
  referenceType: 0x10,
  compileUnit: 0x11,
  typedef: 0x16,
  unspecifiedParameters: 0x18,
  baseType: 0x24,
  constType: 0x26,
  subprogram: 0x2e,
  volatileType: 0x35,
  restrictType: 0x37,
  rvalueReferenceType: 0x42,
  atomicType: 0x47,
} as const

export const attribute = {
  name: 0x03,
  byteSize: 0x0b,
  lowPc: 0x11,
  language: 0x13,
  producer: 0x25,
  prototyped: 0x27,
  abstractOrigin: 0x31,
  /** Made by the compiler: `this`, and more. */
  artificial: 0x34,
  encoding: 0x3e,
  external: 0x3f,
  specification: 0x47,
  type: 0x49,
  ranges: 0x55,
  linkageName: 0x6e,
  stringOffsetsBase: 0x72,
  /** What DW_AT_linkage_name was before version 4. */
  mipsLinkageName: 0x2007,
} as const

/** DW_ATE: what the bits of a base type mean. */
export const encoding = {
  boolean: 0x02,
  float: 0x04,
  signed: 0x05,
  signedChar: 0x06,
  unsigned: 0x07,
  unsignedChar: 0x08,
  utf: 0x10,
} as const

/** DW_UT: kinds of units, which differ in what their headers end with. */
export const unitType = { type: 2, skeleton: 4, splitCompile: 5, splitType: 6 } as const

export const languagesOfC: ReadonlySet<number> = new Set([
  0x0001, // C89
  0x0002, // C
  0x000c, // C99
  0x001d, // C11
  0x002c, // C17
])
export const assemblerLanguage = 0x8001
