// What code a session links and runs: WebAssembly modules, or machine code in memory that its threads execute themselves.
export const targetNames = ['wasm', 'riscv64', 'riscv32'] as const

export type TargetName = (typeof targetNames)[number]
