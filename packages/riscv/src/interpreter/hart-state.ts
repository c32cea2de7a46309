// A hart's state as it lies in memory, at an address of its own: between two instructions it is all there, so whoever
// stops a hart can read its registers, and whoever changes them has changed them. Only the thread that runs the hart
// writes it while it runs. Little endian; a register of RV32 is the lower half of its slot.
//
//   0    x0 .. x31, 8 bytes each
//   256  the register that writes to x0 go to
//   264  f0 .. f31, 8 bytes each, singles boxed
//   520  pc
//   528  cause of the last trap, 4 bytes (`trapCause`)
//   532  fcsr, 4 bytes: frm << 5 | fflags
//   536  what the trap is about: an address, or the bits of an illegal instruction
//   544  address of the reservation, or all ones
//   552  what the reserved word held
//   560  instructions retired

export const hartState = {
  sink: 32,
  floats: 264,
  pc: 520,
  cause: 528,
  fcsr: 532,
  trapValue: 536,
  reservedAddress: 544,
  reservedValue: 552,
  retired: 560,
  sizeBytes: 576,
} as const

/** As the privileged specification numbers them (mcause). */
export const trapCause = {
  fetchFault: 1,
  illegalInstruction: 2,
  breakpoint: 3,
  loadMisaligned: 4,
  loadFault: 5,
  storeMisaligned: 6,
  storeFault: 7,
  environmentCall: 8,
} as const

/** Why `run` came back. */
export const runExit = { outOfFuel: 0, trap: 1, undecoded: 2 } as const
